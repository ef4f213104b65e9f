//! What only PostgreSQL can break. (The name of this module is what leaves its tests out where there is none.)

mod abandoned;
mod errors;
mod lost_server;
mod migrations;
mod outbox;
mod overload;
mod pooler;

/// Whether the long forms are wanted.
fn long() -> bool {
    #[expect(clippy::disallowed_methods, reason = "tests are set by the environment")]
    std::env::var("VITRINE_TEST_LONG").is_ok_and(|value| value == "1")
}
