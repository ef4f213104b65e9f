//! Locks that end with the transaction that took them.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl as _;

use crate::{Conn, DbError, Engine, on_conn};

/// What a lock is about. SQLite has one writer, so there they hold nothing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKey {
    /// Writing roles, bindings and keys.
    Auth,
    /// Writing the tree of categories.
    Category,
    /// Which products are in which categories: shared by those who put products in, alone for those who take categories away.
    CategoryMembership,
    /// Giving events their place in the feed.
    Relay,
    /// Changing the schema.
    Migrations,
}

impl LockKey {
    /// The number of the advisory lock. The upper half says whose it is: others may use the same database.
    pub(crate) fn number(self) -> i64 {
        const OURS: i64 = 0x7669_7472 << 32;
        OURS | match self {
            Self::Auth => 1,
            Self::Category => 2,
            Self::CategoryMembership => 3,
            Self::Relay => 4,
            Self::Migrations => 5,
        }
    }
}

pub(crate) async fn take(conn: &mut Conn, key: LockKey, shared: bool) -> Result<(), DbError> {
    if conn.engine() == Engine::Sqlite {
        return Ok(());
    }
    let sql =
        if shared { "SELECT pg_advisory_xact_lock_shared($1)" } else { "SELECT pg_advisory_xact_lock($1)" };
    let query = diesel::sql_query(sql).bind::<BigInt, _>(key.number());
    on_conn!(conn, |c| query.execute(c))?;
    Ok(())
}
