-- A product is an aggregate that is read whole: `document` holds it whole, as JSON, so that a detail is one row. The other
-- columns and tables are made from the document in the same transaction and serve filters, sorts and uniqueness.
CREATE TABLE catalog_products (
    seq          INTEGER PRIMARY KEY NOT NULL,
    id           BLOB NOT NULL UNIQUE,
    external_id  TEXT,
    slug         TEXT NOT NULL,
    name_key     TEXT NOT NULL,             -- folded
    brand_key    TEXT,                      -- folded
    status       TEXT NOT NULL,
    price_key    BIGINT,                    -- cheapest variant, four decimals whatever the currency
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    deleted_at   BIGINT,
    document     TEXT NOT NULL
);
-- A deleted product gives its names free; restoring it asks for them again.
CREATE UNIQUE INDEX catalog_products_slug ON catalog_products (slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX catalog_products_external_id ON catalog_products (external_id) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX catalog_products_name ON catalog_products (name_key, seq) WHERE deleted_at IS NULL;
CREATE INDEX catalog_products_created ON catalog_products (created_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX catalog_products_updated ON catalog_products (updated_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX catalog_products_price ON catalog_products (price_key, seq) WHERE deleted_at IS NULL;
CREATE INDEX catalog_products_brand ON catalog_products (brand_key, seq) WHERE deleted_at IS NULL;

-- SKUs of the variants of products that are not deleted.
CREATE TABLE catalog_skus (
    sku         TEXT PRIMARY KEY NOT NULL,
    product_seq INTEGER NOT NULL REFERENCES catalog_products (seq)
) WITHOUT ROWID;
CREATE INDEX catalog_skus_product ON catalog_skus (product_seq);

-- The cheapest and the dearest variant in each currency, at four decimals.
CREATE TABLE catalog_prices (
    currency    TEXT NOT NULL,
    product_seq INTEGER NOT NULL REFERENCES catalog_products (seq),
    min_key     BIGINT NOT NULL,
    max_key     BIGINT NOT NULL,
    PRIMARY KEY (currency, product_seq)
) WITHOUT ROWID;
CREATE INDEX catalog_prices_product ON catalog_prices (product_seq);
CREATE INDEX catalog_prices_min ON catalog_prices (currency, min_key, product_seq);

CREATE TABLE catalog_product_categories (
    category_id BLOB NOT NULL,
    product_seq INTEGER NOT NULL REFERENCES catalog_products (seq),
    PRIMARY KEY (category_id, product_seq)
) WITHOUT ROWID;
CREATE INDEX catalog_product_categories_product ON catalog_product_categories (product_seq);

CREATE TABLE catalog_product_tags (
    tag_key     TEXT NOT NULL,              -- folded
    product_seq INTEGER NOT NULL REFERENCES catalog_products (seq),
    tag         TEXT NOT NULL,
    PRIMARY KEY (tag_key, product_seq)
) WITHOUT ROWID;
CREATE INDEX catalog_product_tags_product ON catalog_product_tags (product_seq);

-- Attributes and options of the product and of its variants: what filters and facets ask for.
CREATE TABLE catalog_product_attributes (
    key         TEXT NOT NULL,
    value_key   TEXT NOT NULL,              -- folded text; numbers and booleans as JSON writes them
    product_seq INTEGER NOT NULL REFERENCES catalog_products (seq),
    value       TEXT NOT NULL,              -- as people wrote it
    number      DOUBLE,                     -- where the value is a number
    PRIMARY KEY (key, value_key, product_seq)
) WITHOUT ROWID;
CREATE INDEX catalog_product_attributes_product ON catalog_product_attributes (product_seq);
CREATE INDEX catalog_product_attributes_number ON catalog_product_attributes (key, number, product_seq) WHERE number IS NOT NULL;

CREATE TABLE catalog_former_slugs (
    slug       TEXT PRIMARY KEY NOT NULL,
    product_id BLOB NOT NULL
) WITHOUT ROWID;

-- Categories that went away lately. A write that found its category just before the deletion commits just after its products were
-- taken out: it finds the category here, and is refused.
CREATE TABLE catalog_gone_categories (
    category_id BLOB PRIMARY KEY NOT NULL,
    gone_at     BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE catalog_history (
    product_id  BLOB NOT NULL,
    version     BIGINT NOT NULL,
    action      TEXT NOT NULL,              -- created, updated, deleted, restored
    actor       TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    changes     TEXT NOT NULL,              -- JSON: {"field": {"from": …, "to": …}}
    PRIMARY KEY (product_id, version)
) WITHOUT ROWID;

-- Folded words, made by the kernel's analyzer; the text itself stands in the documents. Unstemmed, so that the vocabulary also
-- serves corrections and completions; inflections are expanded when a query is read.
CREATE VIRTUAL TABLE catalog_search USING fts5 (
    name, brand, sku, tags, attributes, description,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE catalog_words USING fts5vocab (catalog_search, 'row');
