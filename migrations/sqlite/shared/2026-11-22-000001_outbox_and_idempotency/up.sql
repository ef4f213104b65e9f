-- What changed, in the order of commits: SQLite has one writer, so the sequence and the order of commits are the same.
-- AUTOINCREMENT never gives a number twice, also after the newest rows are gone.
CREATE TABLE outbox (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id          BLOB NOT NULL,
    kind        TEXT NOT NULL,
    key         BLOB NOT NULL,
    version     BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL
);

-- The first answer to each POST that brought an Idempotency-Key, written with the change that it acknowledges.
CREATE TABLE idempotency_keys (
    scope        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status       INTEGER NOT NULL,
    headers      TEXT NOT NULL,
    body         BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
