//! The auth module: who is calling, and what they may do.
//!
//! A caller is a [`vitrine_kernel::Principal`] with permissions. Permissions come from roles (named sets of them), roles
//! from the credential and from bindings, and a credential's scopes bound what comes out. Today's credentials are API
//! keys. Access tokens and sessions of an identity provider are not in this version; bindings of groups are stored for
//! them and do nothing yet.

mod domain;
mod http;
mod module;
mod schema;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;

use diesel_migrations::embed_migrations;
use vitrine_db::ModuleMigrations;

pub use domain::{ApiKey, IssuedKey, RoleName, parse_lifetime};
pub use module::{AuthModule, StartError};
pub use service::TokenRequest;
pub use settings::{AuthSettings, AuthSettingsError};

/// The module's tables.
pub const MIGRATIONS: ModuleMigrations = ModuleMigrations {
    module: "auth",
    sqlite: embed_migrations!("../../migrations/sqlite/auth"),
    postgres: embed_migrations!("../../migrations/postgres/auth"),
};
