diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::DbUuid;

    outbox (sequence) {
        sequence -> BigInt,
        id -> DbUuid,
        kind -> Text,
        key -> DbUuid,
        version -> BigInt,
        occurred_at -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        request_hash -> Binary,
        status -> Integer,
        headers -> Text,
        body -> Binary,
        created_at -> BigInt,
    }
}
