//! SQL text and the values bound in it.

use diesel::sql_types::{BigInt, Double, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;
use vitrine_db::{Conn, DbError, DbId, DbUuid, on_conn};

/// A bound value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Id(DbId),
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

into_value!(&str => Text, &String => Text, String => Text, i64 => Integer, f64 => Real, DbId => Id);

/// A statement in the making. Its text comes from the program's own constants only: the type of [`Sql::push`] sees to it. What
/// people typed can only be bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// `(?, ?, ?)`
    pub(crate) fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.text.push('(');
        for (at, value) in values.into_iter().enumerate() {
            self.text.push_str(if at == 0 { "" } else { ", " });
            self.bind(value);
        }
        self.text.push(')');
        self
    }

    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// Runs it.
    pub(crate) async fn load<R>(self, conn: &mut Conn) -> Result<Vec<R>, DbError>
    where
        R: QueryableByName<Sqlite> + Send + 'static,
    {
        let mut query = sql_query(self.text).into_boxed::<Sqlite>();
        for value in self.values {
            query = match value {
                Value::Text(value) => query.bind::<Text, _>(value),
                Value::Integer(value) => query.bind::<BigInt, _>(value),
                Value::Real(value) => query.bind::<Double, _>(value),
                Value::Id(value) => query.bind::<DbUuid, _>(value),
            };
        }
        on_conn!(conn, |c| query.load::<R>(c))
    }
}
