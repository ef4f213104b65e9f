//! The whole edge, from a request to its answer, over a module made for it.

mod access;
mod answers;
mod documents;
mod fixture;
mod idempotency;
mod observed;
mod sockets;
