//! What must be in the tables before anyone comes.

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use vitrine_db::{Conn, Db, LockKey};
use vitrine_kernel::{Failure, Permissions, Timestamp, Version};

use super::{HashKey, events};
use crate::domain::{ADMIN, BUILT_IN, Role, RoleName};
use crate::store::{roles, secrets};

/// Makes the hash key and the built-in roles on the first start. Later starts only see to it that `admin` has every
/// permission: a newer version may know more of them. `viewer` and `editor` stay as their admins left them.
pub(super) async fn prepare(db: &Db, now: Timestamp) -> Result<HashKey, Failure> {
    let ready = db.read(|conn| Box::pin(async move { find_prepared(conn).await })).await?;
    if let Some(hash_key) = ready {
        return Ok(hash_key);
    }
    let mut random = [0; 32];
    OsRng.try_fill_bytes(&mut random).map_err(Failure::internal)?;
    // Looks again, now that nobody else can write: two processes may start at once.
    db.write(move |conn| Box::pin(async move { prepare_in(conn, random, now).await })).await
}

/// The hash key, if nothing has to be written.
async fn find_prepared(conn: &mut Conn) -> Result<Option<HashKey>, Failure> {
    let hash_key = secrets::find_hash_key(conn).await?;
    let admin = roles::find(conn, &role_name(ADMIN)?).await?;
    let complete = admin.is_some_and(|admin| admin.permissions == Permissions::all());
    Ok(hash_key.filter(|_| complete).map(HashKey))
}

async fn prepare_in(conn: &mut Conn, random: [u8; 32], now: Timestamp) -> Result<HashKey, Failure> {
    conn.lock(LockKey::Auth).await?;
    let hash_key = if let Some(there_already) = secrets::find_hash_key(conn).await? {
        there_already
    } else {
        secrets::insert_hash_key(conn, random).await?;
        for (name, permissions) in BUILT_IN {
            create_if_absent(conn, name, permissions.iter().copied().collect(), now).await?;
        }
        random
    };
    create_if_absent(conn, ADMIN, Permissions::all(), now).await?;
    let name = role_name(ADMIN)?;
    if let Some(admin) = roles::find(conn, &name).await?
        && admin.permissions != Permissions::all()
    {
        roles::update(conn, &name, admin.version, Permissions::all(), now).await?;
        events::of_role(conn, "auth.role_updated", &name, admin.version.next(), now).await?;
    }
    Ok(HashKey(hash_key))
}

async fn create_if_absent(
    conn: &mut Conn,
    name: &str,
    permissions: Permissions,
    now: Timestamp,
) -> Result<(), Failure> {
    let name = role_name(name)?;
    if roles::find(conn, &name).await?.is_some() {
        return Ok(());
    }
    let role = Role { name, permissions, version: Version::FIRST, created_at: now, updated_at: now };
    roles::insert(conn, &role).await?;
    events::of_role(conn, "auth.role_created", &role.name, role.version, now).await?;
    Ok(())
}

fn role_name(name: &str) -> Result<RoleName, Failure> {
    RoleName::parse(name).ok_or_else(|| Failure::internal(format!("`{name}` is no role name")))
}
