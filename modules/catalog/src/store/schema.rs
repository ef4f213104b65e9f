//! The tables. What each is for stands in `migrations/sqlite/catalog`.

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use vitrine_db::DbUuid;

    catalog_products (seq) {
        seq -> BigInt,
        id -> DbUuid,
        external_id -> Nullable<Text>,
        slug -> Text,
        name_key -> Text,
        brand_key -> Nullable<Text>,
        status -> Text,
        price_key -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        document -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use vitrine_db::DbUuid;

    catalog_gone_categories (category_id) {
        category_id -> DbUuid,
        gone_at -> BigInt,
    }
}

diesel::table! {
    catalog_skus (sku) {
        sku -> Text,
        product_seq -> BigInt,
    }
}

diesel::table! {
    catalog_prices (currency, product_seq) {
        currency -> Text,
        product_seq -> BigInt,
        min_key -> BigInt,
        max_key -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use vitrine_db::DbUuid;

    catalog_product_categories (category_id, product_seq) {
        category_id -> DbUuid,
        product_seq -> BigInt,
    }
}

diesel::table! {
    catalog_product_tags (tag_key, product_seq) {
        tag_key -> Text,
        product_seq -> BigInt,
        tag -> Text,
    }
}

diesel::table! {
    catalog_product_attributes (key, value_key, product_seq) {
        key -> Text,
        value_key -> Text,
        product_seq -> BigInt,
        value -> Text,
        number -> Nullable<Double>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use vitrine_db::DbUuid;

    catalog_former_slugs (slug) {
        slug -> Text,
        product_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use vitrine_db::DbUuid;

    catalog_history (product_id, version) {
        product_id -> DbUuid,
        version -> BigInt,
        action -> Text,
        actor -> Text,
        occurred_at -> BigInt,
        changes -> Text,
    }
}

diesel::joinable!(catalog_skus -> catalog_products (product_seq));
diesel::joinable!(catalog_prices -> catalog_products (product_seq));
diesel::joinable!(catalog_product_categories -> catalog_products (product_seq));
diesel::joinable!(catalog_product_tags -> catalog_products (product_seq));
diesel::joinable!(catalog_product_attributes -> catalog_products (product_seq));
diesel::allow_tables_to_appear_in_same_query!(
    catalog_products,
    catalog_skus,
    catalog_prices,
    catalog_product_categories,
    catalog_product_tags,
    catalog_product_attributes,
);
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    catalog_product_categories::category_id,
    catalog_products::status,
);
