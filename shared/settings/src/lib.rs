//! Settings in layers: defaults < `vitrine.toml` < `VITRINE__SECTION__KEY` < flags.
//!
//! Every key that is unknown or has a wrong value is an error which names the key and where it came from; all of them are
//! reported at once. This is the one place that reads the environment.

#![warn(missing_docs)]

mod entry;
mod error;
mod file;
mod known;
mod load;
mod loaded;
mod secret;
mod sources;

pub use error::{SettingFault, SettingsError};
pub use load::load;
pub use loaded::{Loaded, Shown};
pub use secret::Secret;
pub use sources::Sources;

#[cfg(test)]
mod tests;
