diesel::table! {
    auth_roles (name) {
        name -> Text,
        permissions -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use vitrine_db::DbUuid;

    auth_bindings (id) {
        id -> DbUuid,
        kind -> Text,
        name -> Text,
        role -> Text,
        version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use vitrine_db::DbUuid;

    auth_api_keys (id) {
        id -> DbUuid,
        name -> Text,
        hash -> Binary,
        roles -> Text,
        scopes -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    auth_secrets (name) {
        name -> Text,
        value -> Binary,
    }
}
