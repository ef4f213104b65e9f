CREATE TABLE auth_roles (
    name        TEXT PRIMARY KEY NOT NULL,
    permissions TEXT NOT NULL,              -- JSON array of permission names
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
) WITHOUT ROWID;

-- A subject, or a role or group of an identity provider, gets a role of ours.
CREATE TABLE auth_bindings (
    id          BLOB PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,              -- subject, group
    name        TEXT NOT NULL,
    role        TEXT NOT NULL REFERENCES auth_roles (name),
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (kind, name, role)
) WITHOUT ROWID;

CREATE TABLE auth_api_keys (
    id           BLOB PRIMARY KEY NOT NULL,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL,             -- keyed BLAKE3 of the secret part
    roles        TEXT NOT NULL,             -- JSON array of role names
    scopes       TEXT,                      -- JSON array of permission names that bound the roles; NULL for no bound
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
) WITHOUT ROWID;

-- The key of the keyed hash, made at the first start. It is not in the rows, but in the same file: it makes hashes of
-- different installations differ; a stolen file is answered by revoking the keys.
CREATE TABLE auth_secrets (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) WITHOUT ROWID;
