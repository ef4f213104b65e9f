//! From an upload that arrives in pieces on an async task to a reader on a blocking thread.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

/// How many pieces wait before the sender is held up.
const PIECES: usize = 16;

/// A channel of bytes with a reading end for [`crate::RowStream`].
pub fn body_channel() -> (BodySender, BodyReader) {
    let (sender, pieces) = mpsc::channel(PIECES);
    (BodySender { sender }, BodyReader { pieces, current: Bytes::new(), ended: false })
}

/// The sending end. Dropping it without [`BodySender::finish`] means that the upload broke off: the reader then fails
/// instead of taking half a row for a whole one.
pub struct BodySender {
    sender: mpsc::Sender<Piece>,
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// Nobody reads any more: the import has ended by itself, and its outcome says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the import has ended before the upload")]
pub struct UploadEnded;

impl BodySender {
    /// Passes a piece on, and waits while the reader is behind.
    pub async fn send(&self, bytes: Bytes) -> Result<(), UploadEnded> {
        self.sender.send(Piece::Bytes(bytes)).await.map_err(|_| UploadEnded)
    }

    /// Says that the upload is complete.
    pub async fn finish(self) -> Result<(), UploadEnded> {
        self.sender.send(Piece::End).await.map_err(|_| UploadEnded)
    }
}

/// The reading end; reading blocks, so it belongs on a blocking thread.
pub struct BodyReader {
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl Read for BodyReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.current = bytes,
                Some(Piece::End) => self.ended = true,
                None => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the upload did not reach its end",
                    ));
                }
            }
        }
        let count = out.len().min(self.current.len());
        self.current.split_to(count).copy_to_slice(out.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(reader: BodyReader) -> io::Result<String> {
        let mut reader = reader;
        tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).map(|_| text)
        })
        .await
        .expect("runs")
    }

    #[tokio::test]
    async fn what_is_sent_is_read() {
        let (sender, reader) = body_channel();
        let reading = tokio::spawn(read(reader));
        for piece in ["one ", "", "two"] {
            sender.send(Bytes::from_static(piece.as_bytes())).await.expect("is read");
        }
        sender.finish().await.expect("is read");
        assert_eq!(reading.await.expect("runs").expect("reads"), "one two");
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_is_an_error() {
        let (sender, reader) = body_channel();
        sender.send(Bytes::from_static(b"half a r")).await.expect("is read");
        drop(sender);
        assert_eq!(read(reader).await.expect_err("fails").kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn the_sender_learns_that_nobody_reads() {
        let (sender, reader) = body_channel();
        drop(reader);
        assert_eq!(sender.send(Bytes::from_static(b"x")).await, Err(UploadEnded));
    }
}
