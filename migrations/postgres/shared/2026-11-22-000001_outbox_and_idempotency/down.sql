DROP TABLE idempotency_keys, outbox_newest, outbox;
