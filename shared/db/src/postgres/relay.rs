//! Gives committed events their place in the feed, and tells this process of what others committed.
//!
//! Identity columns count when a row is written, but transactions commit in any order: who reads "everything after 17" by such
//! a number misses 16 if it commits later. So the place is given by one relay at a time, only to rows that it can see, that is,
//! to committed ones. It works in one short transaction under an advisory lock that ends with it: whenever a relay dies, its
//! transaction is undone whole, and the relay of any other process goes on. See ADR 0010.

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl as _;
use tokio::sync::watch;

use super::connect::ConnectError;
use super::{READ, Session, Shared, WRITE};
use crate::{Backend, Conn, DbError, LockKey, on_conn, outbox};

/// How long events of other processes may stay unnoticed.
const INTERVAL: Duration = Duration::from_millis(100);
/// Events that come thick are placed together.
const GATHER: Duration = Duration::from_millis(5);
/// After a failure.
const PAUSE: Duration = Duration::from_millis(250);
const PAGE: u16 = 1000;

#[derive(diesel::QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

#[derive(diesel::QueryableByName)]
struct State {
    #[diesel(sql_type = BigInt)]
    newest: i64,
    #[diesel(sql_type = Bool)]
    waiting: bool,
}

/// The places are given in the order of `id_order`. For one key that is the order of versions: version 2 was written by someone who
/// saw version 1, so after it, and who sees version 2 committed sees version 1 too.
const PLACE: &str = "WITH waiting AS MATERIALIZED ( \
         SELECT id_order, row_number() OVER (ORDER BY id_order) AS place \
         FROM (SELECT id_order FROM vitrine.outbox WHERE sequence IS NULL ORDER BY id_order LIMIT 1000) AS first_ones), \
     newest AS ( \
         UPDATE vitrine.outbox_newest SET sequence = sequence + (SELECT count(*) FROM waiting) \
         RETURNING sequence - (SELECT count(*) FROM waiting) AS before) \
     UPDATE vitrine.outbox SET sequence = newest.before + waiting.place \
     FROM waiting, newest WHERE outbox.id_order = waiting.id_order";

pub(super) async fn run(shared: Arc<Shared>, mut seen: i64, mut stop: watch::Receiver<bool>) {
    let mut relay: Option<Relay> = None;
    let mut told_of_failure = false;
    loop {
        let pause = if told_of_failure { PAUSE } else { INTERVAL };
        tokio::select! {
            // Said once, or by whoever held the sender going away.
            _ = stop.changed() => return,
            () = shared.waiting_events.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        tokio::time::sleep(GATHER).await;
        let outcome = match &mut relay {
            Some(relay) => relay.step(&shared, &mut seen).await,
            None => match Relay::new(&shared).await {
                Ok(mut fresh) => {
                    let outcome = fresh.step(&shared, &mut seen).await;
                    relay = Some(fresh);
                    outcome
                }
                Err(error) => Err(DbError::Unavailable(error.reason)),
            },
        };
        match outcome {
            Ok(()) if told_of_failure => {
                told_of_failure = false;
                tracing::info!("the relay of events works again");
            }
            Ok(()) => {}
            Err(error) => {
                relay = None;
                if !told_of_failure {
                    tracing::warn!(%error, "the relay of events stopped working; trying again: {error}");
                }
                told_of_failure = true;
            }
        }
    }
}

struct Relay {
    conn: Conn,
    read: Arc<str>,
    write: Arc<str>,
}

impl Relay {
    async fn new(shared: &Shared) -> Result<Self, ConnectError> {
        let connection = shared.connector.open().await?;
        let (read, write) = (shared.connector.begin(READ), shared.connector.begin(WRITE));
        let conn = Conn::postgres(Session::own(connection, Arc::clone(&read), shared.limit));
        Ok(Self { conn, read, write })
    }

    async fn step(&mut self, shared: &Shared, seen: &mut i64) -> Result<(), DbError> {
        let state = self.state().await?;
        if state.waiting {
            self.place().await?;
        } else if state.newest <= *seen {
            return Ok(());
        }
        self.catch_up(shared, seen).await
    }

    async fn state(&mut self) -> Result<State, DbError> {
        self.begin(false);
        let query = diesel::sql_query(
            "SELECT (SELECT sequence FROM vitrine.outbox_newest) AS newest, \
             EXISTS (SELECT 1 FROM vitrine.outbox WHERE sequence IS NULL) AS waiting",
        );
        let state = on_conn!(&mut self.conn, |c| query.get_result::<State>(c))?;
        self.end("COMMIT").await?;
        Ok(state)
    }

    /// Gives places until none waits; not at all while another relay does.
    async fn place(&mut self) -> Result<(), DbError> {
        loop {
            self.begin(true);
            let lock = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS locked")
                .bind::<BigInt, _>(LockKey::Relay.number());
            let lock = on_conn!(&mut self.conn, |c| lock.get_result::<Locked>(c))?;
            if !lock.locked {
                return self.end("ROLLBACK").await;
            }
            // A statement of its own: its snapshot is taken when the lock is held, and has all that its last holder did.
            let placed = on_conn!(&mut self.conn, |c| diesel::sql_query(PLACE).execute(c))?;
            self.end("COMMIT").await?;
            if placed < usize::from(PAGE) {
                return Ok(());
            }
        }
    }

    async fn catch_up(&mut self, shared: &Shared, seen: &mut i64) -> Result<(), DbError> {
        loop {
            self.begin(false);
            let events = outbox::after(&mut self.conn, *seen, PAGE).await?;
            self.end("COMMIT").await?;
            let Some(last) = events.last() else { return Ok(()) };
            *seen = last.sequence;
            let full = events.len() == usize::from(PAGE);
            shared.commits.announce_others(events);
            if !full {
                return Ok(());
            }
        }
    }

    fn begin(&mut self, writes: bool) {
        let begin = if writes { &self.write } else { &self.read };
        if let Backend::Postgres(session) = self.conn.backend() {
            session.again(begin);
        }
    }

    async fn end(&mut self, how: &str) -> Result<(), DbError> {
        match self.conn.backend() {
            Backend::Postgres(session) => session.end(how).await,
            Backend::Sqlite(_) => Err(DbError::Closed),
        }
    }
}
