//! Bulk rows: NDJSON and CSV in and out.
