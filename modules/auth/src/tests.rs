//! The module as a whole, over a real database file.

mod escalation;
mod http;
mod keys;
mod last_admin;
mod port;
mod roles;
mod store;
mod world;
