//! Waiting for a database that has much to do.

use std::time::Duration;

use vitrine_kernel::{ErrorCode, Failure};

const PAUSE: Duration = Duration::from_millis(20);
/// How many times in a row: about a minute.
const MOST: u32 = 3_000;

/// Tries again while the database is overloaded: unlike somebody who waits for a page, an import has time, and would
/// have to begin anew. Other failures are returned at once.
pub async fn patiently<T, W>(mut work: impl FnMut() -> W) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    let mut tried = 0;
    loop {
        match work().await {
            Err(failure) if tried < MOST && is_temporary(&failure) => {
                tried += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// What has a time to try again but is no overload is somebody stopping the service, or worse.
fn is_temporary(failure: &Failure) -> bool {
    failure.code() == ErrorCode::Overloaded
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn overload_is_waited_for_and_nothing_else() {
        let calls = Cell::new(0);
        let done = patiently(|| async {
            calls.set(calls.get() + 1);
            if calls.get() < 3 { Err(Failure::new(ErrorCode::Overloaded, "busy")) } else { Ok(calls.get()) }
        })
        .await;
        assert_eq!(done.expect("done"), 3);
        let calls = Cell::new(0);
        let failed = patiently(|| async {
            calls.set(calls.get() + 1);
            Err::<(), _>(Failure::new(ErrorCode::StorageFull, "full"))
        })
        .await;
        assert_eq!((failed.expect_err("fails").code(), calls.get()), (ErrorCode::StorageFull, 1));
    }
}
