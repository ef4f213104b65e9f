//! Chunks on their way out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::mpsc;
use vitrine_kernel::Failure;

/// How many chunks wait before the producer is held up.
const CHUNKS: usize = 4;

/// A channel for chunks of a document.
pub fn byte_stream() -> (ByteSender, ByteStream) {
    let (sender, receiver) = mpsc::channel(CHUNKS);
    (ByteSender(sender), ByteStream(receiver))
}

/// The producing end.
#[derive(Clone)]
pub struct ByteSender(mpsc::Sender<Result<Bytes, Failure>>);

impl ByteSender {
    /// Passes a chunk (or the failure that ends the document) on, and waits while the reader is behind. `false` when nobody
    /// reads any more and the producer should stop.
    pub async fn send(&self, chunk: Result<Bytes, Failure>) -> bool {
        self.0.send(chunk).await.is_ok()
    }

    /// The same from a blocking thread.
    pub fn blocking_send(&self, chunk: Result<Bytes, Failure>) -> bool {
        self.0.blocking_send(chunk).is_ok()
    }
}

/// A document in chunks. An error ends it: what came before is not the whole.
pub struct ByteStream(mpsc::Receiver<Result<Bytes, Failure>>);

impl ByteStream {
    /// The next chunk; `None` at the end.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        self.0.recv().await
    }

    /// The whole document, for tests and small ones.
    pub async fn collect(mut self) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.next_chunk().await {
            whole.extend_from_slice(&chunk?);
        }
        Ok(whole)
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
