-- The tables of schema `vitrine`, which the modules share.

-- What changed. `id_order` is given when a row is written, and transactions commit in any order; so the place in the feed,
-- `sequence`, is given later, by the relay, to rows that are committed. It is NULL until then, never changes, and has no gaps.
CREATE TABLE outbox (
    id_order    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence    BIGINT,
    id          UUID NOT NULL,
    kind        TEXT NOT NULL,
    key         UUID NOT NULL,
    version     BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (id_order) WHERE sequence IS NULL;

-- The newest place given. One row: numbering never starts again, also after old events were removed.
CREATE TABLE outbox_newest (
    one      BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    sequence BIGINT NOT NULL
);
INSERT INTO outbox_newest (sequence) VALUES (0);

CREATE TABLE idempotency_keys (
    scope        TEXT COLLATE "C" NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    status       INTEGER NOT NULL,
    headers      TEXT NOT NULL,
    body         BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
