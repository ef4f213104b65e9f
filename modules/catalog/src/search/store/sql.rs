//! SQL text and the values bound in it, for every database: one statement in the making, with a few places where the databases
//! differ.

use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Double, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;
use vitrine_db::{Conn, DbError, DbId, DbUuid, Engine, on_conn};

use super::fts5;
use crate::search::condition::Condition;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
}

impl Dialect {
    pub(crate) fn of(conn: &mut Conn) -> Self {
        // That of PostgreSQL comes with its full-text search.
        match conn.engine() {
            Engine::Sqlite | Engine::Postgres => Self::Sqlite,
        }
    }
}

/// A bound value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Id(DbId),
    /// In the language of the full-text index.
    Condition(Condition),
}

macro_rules! into_value {
    ($($from:ty => $value:ident),*) => { $(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$value(value.into())
            }
        }
    )* };
}

into_value!(
    &str => Text, &String => Text, String => Text, i64 => Integer, f64 => Real, DbId => Id, Condition => Condition
);

#[derive(Debug, Clone)]
enum Piece {
    Text(&'static str),
    Differs {
        sqlite: &'static str,
        #[expect(dead_code, reason = "the engine for PostgreSQL is being built")]
        postgres: &'static str,
    },
    Value(Value),
}

/// The statement with its values, as a query of one of diesel's backends.
macro_rules! bound {
    ($text:expr, $values:expr, $backend:ty) => {{
        let mut query = sql_query($text).into_boxed::<$backend>();
        for value in $values {
            query = match value {
                Value::Text(value) => query.bind::<Text, _>(value),
                Value::Integer(value) => query.bind::<BigInt, _>(value),
                Value::Real(value) => query.bind::<Double, _>(value),
                Value::Id(value) => query.bind::<DbUuid, _>(value),
                Value::Condition(condition) => query.bind::<Text, _>(fts5::query(&condition)),
            };
        }
        query
    }};
}

/// A statement in the making. Its text comes from the program's own constants only: the type of [`Sql::push`] sees to it. What
/// people typed can only be bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    pieces: Vec<Piece>,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { pieces: vec![Piece::Text(text)] }
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.pieces.push(Piece::Text(text));
        self
    }

    /// Text that each database has its own of.
    pub(crate) fn push_either(&mut self, sqlite: &'static str, postgres: &'static str) -> &mut Self {
        self.pieces.push(Piece::Differs { sqlite, postgres });
        self
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.pieces.push(Piece::Value(value.into()));
        self
    }

    /// `(?, ?, ?)`; of nothing, a list that has nothing in it.
    pub(crate) fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let mut separator = "(";
        for value in values {
            self.push(separator).bind(value);
            separator = ", ";
        }
        self.push(if separator == "(" { "(NULL)" } else { ")" })
    }

    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Runs it, for its rows.
    pub(crate) async fn load<R>(self, conn: &mut Conn) -> Result<Vec<R>, DbError>
    where
        R: QueryableByName<Sqlite> + QueryableByName<Pg> + Send + 'static,
    {
        let (text, values) = self.rendered(Dialect::of(conn));
        on_conn!(conn, |c: Database| bound!(text, values, Database).load::<R>(c))
    }

    /// Runs it, for what it does.
    pub(crate) async fn execute(self, conn: &mut Conn) -> Result<(), DbError> {
        let (text, values) = self.rendered(Dialect::of(conn));
        on_conn!(conn, |c: Database| bound!(text, values, Database).execute(c))?;
        Ok(())
    }

    fn rendered(self, dialect: Dialect) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::new(), Vec::new());
        for piece in self.pieces {
            match (piece, dialect) {
                (Piece::Text(part) | Piece::Differs { sqlite: part, .. }, Dialect::Sqlite) => {
                    text.push_str(part);
                }
                (Piece::Value(value), Dialect::Sqlite) => {
                    text.push('?');
                    values.push(value);
                }
            }
        }
        (text, values)
    }
}
