-- The tables of schema `auth`. What each is for stands in migrations/sqlite/auth, which has the same names.
CREATE TABLE auth_roles (
    name        TEXT COLLATE "C" PRIMARY KEY,
    permissions TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE auth_bindings (
    id          UUID PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL REFERENCES auth_roles (name),
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (kind, name, role)
);
CREATE INDEX auth_bindings_role ON auth_bindings (role);

CREATE TABLE auth_api_keys (
    id           UUID PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL,
    hash         BYTEA NOT NULL,
    roles        TEXT NOT NULL,
    scopes       TEXT,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);

CREATE TABLE auth_secrets (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);
