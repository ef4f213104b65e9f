//! Streamed bodies: imports of any length in constant memory.

use std::future::{Ready, ready};
use std::io;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;
use vitrine_bulk::Format;
use vitrine_kernel::{ErrorCode, Failure, Fault};

use crate::media_type::MediaType;
use crate::{HttpSettings, Problem, QueryParams};

/// How many chunks wait between the socket and the reader.
const CHUNKS_AHEAD: usize = 4;

/// The bytes of an upload: `AsyncRead` and `AsyncBufRead`, and `Send`, so that it can be read on any task. It ends with an error
/// when the client breaks off or pauses for too long.
pub type UploadReader = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;

/// A body without a length limit. Its format is what the query parameter `format` says, or else its `Content-Type`.
pub struct Upload {
    /// How its rows are written.
    pub format: Format,
    /// Its bytes.
    pub reader: UploadReader,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(format_of(request).map(|format| Self {
            format,
            reader: StreamReader::new(stream(payload.take(), HttpSettings::of(request).upload_idle())),
        }))
    }
}

fn format_of(request: &HttpRequest) -> Result<Format, Problem> {
    let params = QueryParams::parse(request.query_string());
    let mut query = params.reader();
    let named = query.one("format");
    // What else is in the query is for the endpoint to judge.
    drop(query);
    if let Some(name) = named {
        let fault = || Fault::new("format", "invalid_value", "must be `ndjson` or `csv`");
        return Format::by_name(name).ok_or_else(|| Failure::query(vec![fault()]).into());
    }
    MediaType::of(request)
        .filter(MediaType::is_utf8)
        .and_then(|media_type| Format::from_media_type(&media_type.essence))
        .ok_or_else(|| {
            Problem::new(
                ErrorCode::UnsupportedMediaType,
                "Send `Content-Type: application/x-ndjson` or `text/csv` (in UTF-8), or say `?format=ndjson` or `?format=csv`.",
            )
        })
}

/// actix' payload stays on its worker; a bounded channel takes the chunks to whoever reads, no faster than they do.
fn stream(mut payload: Payload, idle: Duration) -> BoxStream<'static, io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    actix_web::rt::spawn(async move {
        loop {
            let chunk = match tokio::time::timeout(idle, payload.next()).await {
                Ok(Some(Ok(chunk))) => Ok(chunk),
                Ok(Some(Err(error))) => Err(io::Error::other(error.to_string())),
                Ok(None) => return,
                Err(_) => Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("the upload paused for more than {} s", idle.as_secs()),
                )),
            };
            let failed = chunk.is_err();
            // A reader that is gone wants no more.
            if sender.send(chunk).await.is_err() || failed {
                return;
            }
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use rstest::rstest;
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _};

    use super::*;

    #[rstest]
    #[case("application/x-ndjson", "", Some(Format::Ndjson))]
    #[case("application/jsonl; charset=utf-8", "", Some(Format::Ndjson))]
    #[case("text/csv", "", Some(Format::Csv))]
    #[case("application/json", "format=csv", Some(Format::Csv))]
    #[case("text/csv", "format=ndjson", Some(Format::Ndjson))]
    #[case("application/json", "", None)]
    #[case("text/csv; charset=latin1", "", None)]
    #[case("text/csv", "format=xml", None)]
    fn the_format_is_said_by_the_query_or_the_type(
        #[case] content_type: &str,
        #[case] query: &str,
        #[case] wanted: Option<Format>,
    ) {
        let request = TestRequest::post()
            .uri(&format!("/x?{query}"))
            .insert_header((header::CONTENT_TYPE, content_type))
            .to_http_request();
        assert_eq!(format_of(&request).ok(), wanted);
    }

    #[actix_web::test]
    async fn an_upload_is_read_on_another_thread_beyond_the_limit_of_bodies() {
        let body = "{\"a\": 1}\n".repeat(300_000);
        let wanted = body.len();
        let (request, mut payload) = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "application/x-ndjson"))
            .set_payload(body)
            .to_http_parts();
        let mut upload = Upload::from_request(&request, &mut payload).await.expect("an upload");
        let reading = std::thread::spawn(move || {
            futures::executor::block_on(async move {
                let mut first = String::new();
                upload.reader.read_line(&mut first).await.expect("a line");
                let mut rest = Vec::new();
                upload.reader.read_to_end(&mut rest).await.expect("the rest");
                first.len() + rest.len()
            })
        });
        while !reading.is_finished() {
            tokio::task::yield_now().await;
        }
        assert_eq!(reading.join().expect("read"), wanted);
    }

    #[actix_web::test]
    async fn an_upload_that_pauses_ends_with_an_error() {
        let endless: actix_http::BoxedPayloadStream = Box::pin(futures::stream::pending());
        let mut chunks = stream(Payload::Stream { payload: endless }, Duration::from_millis(1));
        let error = chunks.next().await.expect("an item").expect_err("an error");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(chunks.next().await.is_none());
    }
}
