//! What other parts of this process, and other processes, are told: that something about auth has changed. The events carry
//! no names and no permissions; they make caches look again.

use uuid::Uuid;
use vitrine_db::{Conn, DbError};
use vitrine_kernel::{KeyId, NewEvent, Timestamp, Version};

use crate::domain::{BindingId, RoleName};

/// Every event of this module begins so.
pub(super) const PREFIX: &str = "auth.";

pub(super) async fn of_key(
    conn: &mut Conn,
    kind: &'static str,
    id: KeyId,
    version: Version,
    now: Timestamp,
) -> Result<(), DbError> {
    conn.emit(NewEvent { kind, key: id.0, version, occurred_at: now }).await
}

pub(super) async fn of_binding(
    conn: &mut Conn,
    kind: &'static str,
    id: BindingId,
    version: Version,
    now: Timestamp,
) -> Result<(), DbError> {
    conn.emit(NewEvent { kind, key: id.0, version, occurred_at: now }).await
}

pub(super) async fn of_role(
    conn: &mut Conn,
    kind: &'static str,
    name: &RoleName,
    version: Version,
    now: Timestamp,
) -> Result<(), DbError> {
    conn.emit(NewEvent { kind, key: key_of_role(name), version, occurred_at: now }).await
}

/// Roles are named, events are keyed by UUID: one made from the name (version 8 of RFC 9562).
fn key_of_role(name: &RoleName) -> Uuid {
    let hash = blake3::derive_key("vitrine auth role event key", name.as_str().as_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(hash) {
        *byte = from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
