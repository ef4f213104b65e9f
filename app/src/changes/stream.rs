//! The feed as server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, stream};
use tokio::sync::watch;
use vitrine_kernel::ChangeEvent;

use super::Selection;
use crate::shutdown::{Lifecycle, Phase};

/// Proxies close connections on which nothing happens, often after 30 or 60 seconds.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many events are sent at once.
const PAGE: usize = 100;

struct Follower {
    selection: Selection,
    after: i64,
    newest: watch::Receiver<i64>,
    lifecycle: Lifecycle,
    greeted: bool,
}

/// The events after a position, and then those to come, until the client or this process goes away.
pub(super) fn follow(
    selection: Selection,
    after: i64,
    lifecycle: Lifecycle,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let newest = selection.db.newest_change();
    let follower = Follower { selection, after, newest, lifecycle, greeted: false };
    stream::unfold(follower, |mut follower| async move {
        let text = follower.next().await?;
        Some((Ok(Bytes::from(text)), follower))
    })
}

impl Follower {
    /// The next piece of text; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.greeted, true) {
            // Something must be sent for the headers to arrive, and for clients to know when to come back.
            return Some("retry: 2000\n\n".to_owned());
        }
        loop {
            if self.lifecycle.is_leaving() {
                return None;
            }
            // Marked as seen before the query, so that a commit during the query is not missed.
            self.newest.borrow_and_update();
            // On an error the stream ends, and the client comes back to where it was.
            let page = self.selection.page(self.after, PAGE).await.ok()?;
            let moved = page.next_after != self.after;
            self.after = page.next_after;
            if !page.items.is_empty() {
                return Some(page.items.iter().fold(String::new(), render));
            }
            if moved {
                continue;
            }
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = self.lifecycle.reached(Phase::Draining) => return None,
                () = tokio::time::sleep(HEARTBEAT) => return Some(": still here\n\n".to_owned()),
            }
        }
    }
}

fn render(mut text: String, event: &ChangeEvent) -> String {
    // Neither the kind nor the JSON has line breaks, which would end a field.
    let data = serde_json::to_string(event).unwrap_or_default();
    // Writing to a string can't fail.
    let _always_ok = write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", event.sequence, event.kind);
    text
}
