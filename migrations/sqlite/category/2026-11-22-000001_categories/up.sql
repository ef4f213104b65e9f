-- `parent_id`, `rank` and `status` are the truth of the tree. `path`, `depth`, `tree_order` and `hidden_by` are made from them and
-- serve queries; all change in one transaction (`vitrine check` compares them). `path` holds the ids from the root down to the
-- category itself, 32 hex digits each, divided and ended by `/`; `tree_order` holds the ranks in the same way.
CREATE TABLE category_nodes (
    seq         INTEGER PRIMARY KEY NOT NULL,
    id          BLOB NOT NULL UNIQUE,
    external_id TEXT UNIQUE,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,              -- folded: what sorts and compares
    description TEXT NOT NULL,
    parent_id   BLOB REFERENCES category_nodes (id),
    path        TEXT NOT NULL UNIQUE,
    depth       INTEGER NOT NULL,           -- 0 for roots
    rank        TEXT NOT NULL,              -- fractional index among the siblings, compared as bytes
    tree_order  TEXT NOT NULL UNIQUE,       -- sorts the whole tree; its uniqueness is that of ranks among siblings
    hidden_by   INTEGER NOT NULL,           -- how many on the path are not active; the public sees those with 0
    status      TEXT NOT NULL,
    image_url   TEXT,
    attributes  TEXT NOT NULL,              -- JSON array of the definitions made here
    metadata    TEXT NOT NULL,              -- JSON object
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX category_nodes_siblings ON category_nodes (parent_id, rank);
CREATE INDEX category_nodes_name ON category_nodes (name_key, seq);
CREATE INDEX category_nodes_created ON category_nodes (created_at, seq);
CREATE INDEX category_nodes_updated ON category_nodes (updated_at, seq);

-- Slugs that a category had before: they redirect, until another category takes them.
CREATE TABLE category_former_slugs (
    slug        TEXT PRIMARY KEY NOT NULL,
    category_id BLOB NOT NULL REFERENCES category_nodes (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX category_former_slugs_category ON category_former_slugs (category_id);

-- Folded words, made by the kernel's analyzer; the text itself stands in category_nodes.
CREATE VIRTUAL TABLE category_search USING fts5 (name, description, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');

-- The last times that siblings were given new ranks: so that a page of the tree goes on where the one before it ended.
CREATE TABLE category_respacings (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    path        TEXT NOT NULL,              -- of the parent, at that time; empty: the roots
    tree_order  TEXT NOT NULL,              -- of the parent, at that time
    ranks       TEXT NOT NULL               -- JSON array of [old rank, new rank], in their order
);

-- Products to take out of deleted categories, once the catalog answers: written with the deletion, so that a crash loses none.
CREATE TABLE category_reassignments (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    categories  TEXT NOT NULL,              -- JSON array of ids
    target      BLOB,                       -- where the products go; NULL: nowhere
    actor       TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- Import rows whose parent has not come yet.
CREATE TABLE category_import_held (
    import_id   BLOB NOT NULL,
    parent      TEXT NOT NULL,              -- what the row waits for: external_id:… or slug:…
    line        BIGINT NOT NULL,
    external_id TEXT,                       -- the row's own
    row         TEXT NOT NULL,              -- JSON
    held_at     BIGINT NOT NULL,
    PRIMARY KEY (import_id, parent, line)
) WITHOUT ROWID;
CREATE INDEX category_import_held_external_id ON category_import_held (import_id, external_id);
CREATE INDEX category_import_held_at ON category_import_held (held_at);
