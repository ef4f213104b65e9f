//! Noticing what other processes commit: the command line importing into the database of a running server.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures::executor::block_on;

use crate::commits::Commits;
use crate::{Conn, DbError, on_conn, outbox};

const INTERVAL: Duration = Duration::from_millis(200);
const PAGE: u16 = 1000;

#[derive(diesel::QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

pub(super) fn run(mut conn: Conn, mut seen: i64, stop: &Receiver<()>, commits: &Commits) {
    let mut last_version = None;
    while matches!(stop.recv_timeout(INTERVAL), Err(RecvTimeoutError::Timeout)) {
        let version = match block_on(data_version(&mut conn)) {
            Ok(version) => version,
            Err(error) => {
                tracing::warn!(%error, "could not look for commits of other processes; trying again");
                continue;
            }
        };
        if last_version == Some(version) {
            continue;
        }
        match catch_up(&mut conn, &mut seen, commits) {
            Ok(()) => last_version = Some(version),
            Err(error) => {
                tracing::warn!(%error, "could not read the commits of other processes; trying again");
            }
        }
    }
}

/// Changes with every commit that another connection makes; asking costs no disk access.
async fn data_version(conn: &mut Conn) -> Result<i64, DbError> {
    let row = on_conn!(conn, |c| diesel::sql_query("PRAGMA data_version").get_result::<DataVersion>(c))?;
    Ok(row.data_version)
}

fn catch_up(conn: &mut Conn, seen: &mut i64, commits: &Commits) -> Result<(), DbError> {
    loop {
        let events = block_on(outbox::after(conn, *seen, PAGE))?;
        let Some(last) = events.last() else { return Ok(()) };
        *seen = last.sequence;
        let full = events.len() == usize::from(PAGE);
        commits.announce_others(events);
        if !full {
            return Ok(());
        }
    }
}
