//! A panic ends the request that caused it, and nothing else.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use vitrine_kernel::Failure;

use crate::Problem;

/// Runs work; a panic becomes a 500 whose cause is logged like any other.
pub(crate) async fn catch_panic<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    // Nothing of the unwound work is used again: the request is answered and dropped.
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without a message");
        Failure::internal(format!("panicked: {message}")).into()
    })
}
