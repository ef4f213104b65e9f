diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use vitrine_db::DbUuid;

    category_nodes (seq) {
        seq -> BigInt,
        id -> DbUuid,
        external_id -> Nullable<Text>,
        slug -> Text,
        name -> Text,
        name_key -> Text,
        description -> Text,
        parent_id -> Nullable<DbUuid>,
        path -> Text,
        depth -> Integer,
        rank -> Text,
        tree_order -> Text,
        hidden_by -> Integer,
        status -> Text,
        image_url -> Nullable<Text>,
        attributes -> Text,
        metadata -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use vitrine_db::DbUuid;

    category_former_slugs (slug) {
        slug -> Text,
        category_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use vitrine_db::DbUuid;

    category_reassignments (seq) {
        seq -> BigInt,
        categories -> Text,
        target -> Nullable<DbUuid>,
        actor -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};

    category_respacings (seq) {
        seq -> BigInt,
        path -> Text,
        tree_order -> Text,
        ranks -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(category_nodes, category_former_slugs);

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use vitrine_db::DbUuid;

    category_import_held (import_id, parent, line) {
        import_id -> DbUuid,
        parent -> Text,
        line -> BigInt,
        external_id -> Nullable<Text>,
        row -> Text,
        held_at -> BigInt,
    }
}

diesel::define_sql_function! {
    /// The text from a character on, counted from 1.
    fn substr(text: diesel::sql_types::Text, from: diesel::sql_types::Integer) -> diesel::sql_types::Text;
}
