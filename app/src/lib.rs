//! Everything together: settings, wiring, the server and the command line. The only crate that knows all modules.
//!
//! Tests use [`startup::Application`] as `vitrine serve` does.

mod changes;
pub mod cli;
mod management;
mod server;
pub mod settings;
pub mod shutdown;
pub mod startup;
mod wiring;
