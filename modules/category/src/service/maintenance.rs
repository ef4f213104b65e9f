//! What a server does beside its requests.

use std::time::Duration;

use super::CategoryService;

const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(30);
/// Attempts between two checks of the whole tree: an hour.
const ATTEMPTS_A_CHECK: u32 = 120;

impl CategoryService {
    /// Never ends: takes products out of deleted categories where that is still to be done (first at once: a crash may have left
    /// something), and checks the tree every hour, for the gauge. Spawn it, and drop it at the end.
    pub async fn maintain(&self) {
        let mut attempt: u32 = 0;
        loop {
            if let Err(failure) = self.finish_reassignments().await {
                tracing::warn!(error = %failure, "products stay in deleted categories for now");
            }
            if attempt.is_multiple_of(ATTEMPTS_A_CHECK)
                && let Err(failure) = self.check().await
            {
                tracing::warn!(error = %failure, "could not check the category tree");
            }
            attempt = attempt.wrapping_add(1);
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }
}
