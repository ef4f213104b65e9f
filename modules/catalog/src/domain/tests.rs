//! Reading bodies, and what is kept of them.

mod reading;
mod round_trip;
