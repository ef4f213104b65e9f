//! Two levels of cache: ready-to-send answers in the process, correct by epochs, and values in Redis, correct by versions (see
//! [`SharedCache`]).
//!
//! Every answer is kept with the [`Stamp`] of what it was made from, read *before* the database was. A commit advances the
//! epochs of what it changed *before* it is acknowledged. An answer whose stamp is no longer the current one is not
//! served: so a read that begins after an acknowledgement never sees what was there before it, whatever the order in
//! which fills and commits overtake each other. Nothing has to be evicted for this to hold; what is stale just ages out.

mod epochs;
mod responses;
mod shared;

pub use epochs::{Epochs, Stamp};
pub use responses::{CachedResponse, ResponseCache};
pub use shared::{Look, Seat, SharedCache, SharedCacheError, SharedCacheSettings};
