//! The module as a whole, over the HTTP edge, as clients see it.

mod bulk;
mod cache;
mod reads;
mod server;
mod writes;
