//! SQL text and the values bound in it, for every database: one statement in the making, with a few places where the databases
//! differ.

use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Double, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;
use vitrine_db::{Conn, DbError, DbId, DbUuid, Engine, on_conn};

use super::{fts5, lexemes};
use crate::search::condition::Condition;

/// A bound value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Id(DbId),
    /// On the full-text index.
    Condition(Condition),
    /// On what PostgreSQL ranks by.
    InFields(Condition),
}

/// A condition on the fields of a row that PostgreSQL has found already.
#[derive(Debug, Clone)]
pub(crate) struct InFields(pub(crate) Condition);

impl From<InFields> for Value {
    fn from(InFields(condition): InFields) -> Self {
        Self::InFields(condition)
    }
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
    Differs { sqlite: &'static str, postgres: &'static str },
    Value(Value),
}

/// What a value is sent as.
enum Bound {
    Text(String),
    Integer(i64),
    Real(f64),
    Id(DbId),
}

impl Value {
    fn bound(self, engine: Engine) -> Bound {
        match (self, engine) {
            (Self::Text(text), Engine::Sqlite) => Bound::Text(text),
            // PostgreSQL's texts can't have a NUL, so what has one equals none of them.
            (Self::Text(text), Engine::Postgres) => Bound::Text(text.replace('\0', "\u{FFFF}")),
            (Self::Integer(number), _) => Bound::Integer(number),
            (Self::Real(number), _) => Bound::Real(number),
            (Self::Id(id), _) => Bound::Id(id),
            (Self::Condition(condition) | Self::InFields(condition), Engine::Sqlite) => {
                Bound::Text(fts5::query(&condition))
            }
            (Self::Condition(condition), Engine::Postgres) => {
                Bound::Text(lexemes::document_query(&condition))
            }
            (Self::InFields(condition), Engine::Postgres) => Bound::Text(lexemes::fields_query(&condition)),
        }
    }

    /// What turns the text that is sent into what is meant.
    const fn cast(&self) -> &'static str {
        match self {
            Self::Condition(_) | Self::InFields(_) => "::tsquery",
            Self::Text(_) | Self::Integer(_) | Self::Real(_) | Self::Id(_) => "",
        }
    }
}

/// The statement with its values, as a query of one of diesel's backends.
macro_rules! bound {
    ($rendered:expr, $backend:ty) => {{
        let (text, values) = $rendered;
        let mut query = sql_query(text).into_boxed::<$backend>();
        for value in values {
            query = match value {
                Bound::Text(value) => query.bind::<Text, _>(value),
                Bound::Integer(value) => query.bind::<BigInt, _>(value),
                Bound::Real(value) => query.bind::<Double, _>(value),
                Bound::Id(value) => query.bind::<DbUuid, _>(value),
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
        let rendered = self.rendered(conn.engine());
        on_conn!(conn, |c: Backend| bound!(rendered, Backend).load::<R>(c))
    }

    /// Runs it, for what it does.
    pub(crate) async fn execute(self, conn: &mut Conn) -> Result<(), DbError> {
        let rendered = self.rendered(conn.engine());
        on_conn!(conn, |c: Backend| bound!(rendered, Backend).execute(c))?;
        Ok(())
    }

    /// How the database would run it.
    #[cfg(test)]
    pub(crate) async fn explained(self, conn: &mut Conn) -> Result<Vec<String>, DbError> {
        #[derive(QueryableByName)]
        struct InSqlite {
            #[diesel(sql_type = Text)]
            detail: String,
        }

        #[derive(QueryableByName)]
        struct InPostgres {
            #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
            line: String,
        }

        let mut explained = Self::default();
        explained.push_either("EXPLAIN QUERY PLAN ", "EXPLAIN ").append(self);
        let engine = conn.engine();
        let rendered = explained.rendered(engine);
        match engine {
            Engine::Sqlite => {
                let lines = on_conn!(
                    conn,
                    sqlite | c | bound!(rendered, Sqlite).load::<InSqlite>(c),
                    postgres | _c | std::future::ready(Ok(Vec::new()))
                )?;
                Ok(lines.into_iter().map(|row| row.detail).collect())
            }
            Engine::Postgres => {
                let lines = on_conn!(
                    conn,
                    sqlite | _c | std::future::ready(Ok(Vec::new())),
                    postgres | c | bound!(rendered, Pg).load::<InPostgres>(c)
                )?;
                Ok(lines.into_iter().map(|row| row.line).collect())
            }
        }
    }

    /// Its text, and the values of its placeholders in their order.
    fn rendered(self, engine: Engine) -> (String, Vec<Bound>) {
        let (mut text, mut values) = (String::new(), Vec::new());
        for piece in self.pieces {
            match (piece, engine) {
                (Piece::Text(part), _)
                | (Piece::Differs { sqlite: part, .. }, Engine::Sqlite)
                | (Piece::Differs { postgres: part, .. }, Engine::Postgres) => text.push_str(part),
                (Piece::Value(value), Engine::Sqlite) => {
                    text.push('?');
                    values.push(value.bound(engine));
                }
                (Piece::Value(value), Engine::Postgres) => {
                    let cast = value.cast();
                    values.push(value.bound(engine));
                    text.push('$');
                    text.push_str(&values.len().to_string());
                    text.push_str(cast);
                }
            }
        }
        (text, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::condition::Scope;

    #[test]
    fn each_database_gets_its_own_placeholders() {
        let mut sql = Sql::new("SELECT 1 WHERE a = ");
        sql.bind("x").push(" AND b IN ").bind_list([1_i64, 2]);
        sql.push_either(" AND c GLOB 'x*' AND m MATCH ", " AND c ~ '^x' AND m @@ ");
        sql.bind(Condition::words(&["red".to_owned()], Scope::Anywhere));
        sql.push(" AND d IN ").bind_list(Vec::<i64>::new());
        let (sqlite, bound) = sql.clone().rendered(Engine::Sqlite);
        assert_eq!(
            sqlite,
            "SELECT 1 WHERE a = ? AND b IN (?, ?) AND c GLOB 'x*' AND m MATCH ? AND d IN (NULL)"
        );
        assert!(matches!(bound.last(), Some(Bound::Text(text)) if text == "\"red\""));
        let (postgres, bound) = sql.rendered(Engine::Postgres);
        assert_eq!(
            postgres,
            "SELECT 1 WHERE a = $1 AND b IN ($2, $3) AND c ~ '^x' AND m @@ $4::tsquery AND d IN (NULL)"
        );
        assert!(matches!(bound.last(), Some(Bound::Text(text)) if text == "('red')"));
    }

    #[test]
    fn postgres_is_never_sent_a_nul() {
        assert!(
            matches!(Value::from("a\0b").bound(Engine::Postgres), Bound::Text(text) if !text.contains('\0'))
        );
        assert!(matches!(Value::from("a\0b").bound(Engine::Sqlite), Bound::Text(text) if text == "a\0b"));
    }
}
