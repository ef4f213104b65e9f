//! JSON bodies: what kind, how large, how slow, how deep, and only then what is in them.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::BytesMut;
use futures::StreamExt as _;
use futures::future::LocalBoxFuture;
use serde_json::Value;
use vitrine_kernel::ErrorCode;

use crate::json_scan::{MAX_DEPTH, is_too_deep};
use crate::media_type::MediaType;
use crate::{HttpSettings, Problem};

/// A JSON body (`application/json` or another `+json`): at most 1 MiB, nested at most 64 deep, valid UTF-8.
#[derive(Debug, Clone)]
pub struct JsonBody {
    /// What it says.
    pub value: Value,
    /// BLAKE3 of its bytes, for idempotency.
    pub hash: [u8; 32],
}

/// A JSON merge patch (RFC 7396): `application/merge-patch+json`, or `application/json`; otherwise like [`JsonBody`].
#[derive(Debug, Clone)]
pub struct PatchBody {
    /// What it says.
    pub value: Value,
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
}

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted: fn(&str) -> bool = |essence| {
            essence == "application/json"
                || (essence.starts_with("application/") && essence.ends_with("+json"))
        };
        let reading = read_json(request, payload, "application/json", accepted);
        Box::pin(async move { reading.await.map(|(value, hash)| Self { value, hash }) })
    }
}

impl FromRequest for PatchBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Not any `+json`: `application/json-patch+json` means something else.
        let accepted: fn(&str) -> bool =
            |essence| matches!(essence, "application/merge-patch+json" | "application/json");
        let reading = read_json(request, payload, "application/merge-patch+json", accepted);
        Box::pin(async move { reading.await.map(|(value, hash)| Self { value, hash }) })
    }
}

fn read_json(
    request: &HttpRequest,
    payload: &mut Payload,
    wanted: &'static str,
    accepted: fn(&str) -> bool,
) -> impl Future<Output = Result<(Value, [u8; 32]), Problem>> + use<> {
    let checked = check_type(request, wanted, accepted);
    let settings = HttpSettings::of(request);
    let announced = content_length(request);
    let payload = payload.take();
    async move {
        checked?;
        let limit = settings.body_limit_bytes;
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let bytes = tokio::time::timeout(settings.body_timeout(), collect(payload, limit))
            .await
            .map_err(|_| too_slow(settings.body_timeout_seconds))??;
        let value = parse(&bytes)?;
        Ok((value, *blake3::hash(&bytes).as_bytes()))
    }
}

fn check_type(request: &HttpRequest, wanted: &str, accepted: fn(&str) -> bool) -> Result<(), Problem> {
    let unsupported = |what: String| {
        Problem::new(ErrorCode::UnsupportedMediaType, format!("{what} Send `{wanted}` in UTF-8."))
    };
    let Some(media_type) = MediaType::of(request) else {
        let nothing_sent = content_length(request).unwrap_or(0) == 0
            && !request.headers().contains_key(header::TRANSFER_ENCODING);
        return Err(if nothing_sent {
            empty()
        } else {
            unsupported("The body has no `Content-Type`.".to_owned())
        });
    };
    if !accepted(&media_type.essence) || !media_type.is_utf8() {
        let shown: String = media_type.essence.chars().take(80).collect();
        return Err(unsupported(format!(
            "A body of type `{shown}` (or of this charset) can't be read here."
        )));
    }
    Ok(())
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect(mut payload: Payload, limit: usize) -> Result<BytesMut, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(ErrorCode::MalformedRequest, format!("The body could not be read: {error}."))
        })?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let malformed = |detail: String| Problem::new(ErrorCode::MalformedRequest, detail);
    if bytes.is_empty() {
        return Err(empty());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(format!("The body is not valid UTF-8: see the byte at offset {}.", error.valid_up_to()))
    })?;
    if is_too_deep(bytes) {
        return Err(malformed(format!("The body is nested deeper than {MAX_DEPTH} levels.")));
    }
    // serde_json says line and column itself.
    serde_json::from_str(text).map_err(|error| malformed(format!("The body is not valid JSON: {error}.")))
}

fn empty() -> Problem {
    Problem::new(ErrorCode::MalformedRequest, "The body is empty; this needs a JSON document.")
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        ErrorCode::PayloadTooLarge,
        format!(
            "The body is larger than {limit} bytes. Send less at once, or use an import, which has no limit."
        ),
    )
}

fn too_slow(seconds: u64) -> Problem {
    Problem::new(ErrorCode::RequestTimeout, format!("The body did not arrive within {seconds} s."))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::test::TestRequest;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    async fn read(content_type: &str, body: impl Into<bytes::Bytes>) -> Result<Value, Problem> {
        let (request, mut payload) = TestRequest::default()
            .insert_header((header::CONTENT_TYPE, content_type))
            .set_payload(body)
            .to_http_parts();
        JsonBody::from_request(&request, &mut payload).await.map(|body| body.value)
    }

    #[rstest]
    #[case("application/json")]
    #[case("application/json; charset=utf-8")]
    #[case("Application/JSON;Charset=\"UTF-8\"")]
    #[case("application/vnd.shop+json")]
    #[actix_web::test]
    async fn json_is_read(#[case] content_type: &str) {
        assert_eq!(read(content_type, r#"{"a": "ä"}"#).await.expect("good"), json!({"a": "ä"}));
    }

    #[rstest]
    #[case("text/plain")]
    #[case("application/json; charset=latin1")]
    #[case("application/x-www-form-urlencoded")]
    #[case("")]
    #[actix_web::test]
    async fn another_type_is_a_415(#[case] content_type: &str) {
        let problem = read(content_type, "{}").await.expect_err("refused");
        assert_eq!(problem.code(), ErrorCode::UnsupportedMediaType);
        assert!(problem.failure().detail().contains("Send `application/json`"));
    }

    #[actix_web::test]
    async fn a_patch_is_a_merge_patch_and_no_other() {
        for (content_type, accepted) in [
            ("application/merge-patch+json", true),
            ("application/json", true),
            ("application/json-patch+json", false),
        ] {
            let (request, mut payload) = TestRequest::default()
                .insert_header((header::CONTENT_TYPE, content_type))
                .set_payload("{}")
                .to_http_parts();
            assert_eq!(
                PatchBody::from_request(&request, &mut payload).await.is_ok(),
                accepted,
                "{content_type}"
            );
        }
    }

    #[rstest]
    #[case(b"".as_slice(), "empty")]
    #[case(b"\xff\xfe".as_slice(), "offset 0")]
    #[case(b"{\"a\": \"\xc3\"}".as_slice(), "offset 7")]
    #[case(b"{\n \"a\": nope}".as_slice(), "line 2 column")]
    #[case(b"{} {}".as_slice(), "trailing")]
    #[case(b"{\"a\": 1e999}".as_slice(), "out of range")]
    #[actix_web::test]
    async fn what_can_not_be_read_is_a_400_that_says_where(#[case] body: &'static [u8], #[case] said: &str) {
        let problem = read("application/json", body).await.expect_err("malformed");
        assert_eq!(problem.code(), ErrorCode::MalformedRequest);
        assert!(problem.failure().detail().contains(said), "{}", problem.failure().detail());
    }

    #[actix_web::test]
    async fn a_body_that_nests_too_deep_is_a_400() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        let problem = read("application/json", deep).await.expect_err("too deep");
        assert_eq!(problem.code(), ErrorCode::MalformedRequest);
        let problem =
            read("application/json", "[".repeat(500_000)).await.expect_err("too deep, and unclosed");
        assert_eq!(problem.code(), ErrorCode::MalformedRequest);
    }

    #[actix_web::test]
    async fn one_byte_over_the_limit_is_a_413() {
        let of_length = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
        assert!(read("application/json", of_length(1024 * 1024)).await.is_ok());
        let problem = read("application/json", of_length(1024 * 1024 + 1)).await.expect_err("too large");
        assert_eq!(problem.code(), ErrorCode::PayloadTooLarge);
    }

    #[actix_web::test]
    async fn a_body_that_never_ends_is_a_408() {
        let settings = Arc::new(HttpSettings { body_timeout_seconds: 0, ..HttpSettings::default() });
        let request = TestRequest::default()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .app_data(settings)
            .to_http_request();
        let endless: actix_http::BoxedPayloadStream = Box::pin(futures::stream::pending());
        let mut payload = Payload::Stream { payload: endless };
        let problem = JsonBody::from_request(&request, &mut payload).await.expect_err("too slow");
        assert_eq!(problem.code(), ErrorCode::RequestTimeout);
    }
}
