//! Answers.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use serde::Serialize;
use vitrine_cache::CachedResponse;
use vitrine_kernel::{Failure, Page};

use crate::precondition::none_match;
use crate::{Problem, QueryParams};

/// The media type of all answers but problems and streams.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A ready answer: 200, or 304 where the client has it already. Pages of lists get their `Link` (see [`CachedResponse::next_cursor`]).
pub fn cached(request: &HttpRequest, answer: &CachedResponse) -> HttpResponse {
    let mut response = if answer.etag.is_empty() {
        HttpResponse::Ok()
    } else if none_match(request, &answer.etag) {
        let mut response = HttpResponse::NotModified();
        insert_etag(&mut response, &answer.etag);
        return response.finish();
    } else {
        let mut response = HttpResponse::Ok();
        insert_etag(&mut response, &answer.etag);
        response
    };
    if let Some(cursor) = &answer.next_cursor {
        insert_next_link(&mut response, request, cursor);
    }
    response.insert_header((header::CONTENT_TYPE, JSON)).body(answer.body.clone())
}

/// 201 with `Location`, `ETag` and the new resource as JSON.
pub fn created(location: &str, etag: &str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = HttpResponse::Created();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.insert_header((header::LOCATION, location));
    }
    insert_etag(&mut response, etag);
    response.insert_header((header::CONTENT_TYPE, JSON)).body(body.into())
}

/// 200 with `ETag` and a resource as JSON; 304 where a `GET` says that it has it already.
pub fn ok_versioned(request: &HttpRequest, etag: &str, body: impl Into<Bytes>) -> HttpResponse {
    if request.method().is_safe() && none_match(request, etag) {
        let mut response = HttpResponse::NotModified();
        insert_etag(&mut response, etag);
        return response.finish();
    }
    let mut response = HttpResponse::Ok();
    insert_etag(&mut response, etag);
    response.insert_header((header::CONTENT_TYPE, JSON)).body(body.into())
}

/// 200 with any value as JSON, without an `ETag`.
///
/// Errors: [`vitrine_kernel::ErrorCode::Internal`] when the value can't be JSON.
pub fn json(value: &impl Serialize) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, JSON)).body(to_json(value)?))
}

/// 200 with a page of a list as JSON, and `Link: <...>; rel="next"` (RFC 8288) where there is a next one.
///
/// Errors: [`vitrine_kernel::ErrorCode::Internal`] when an item can't be JSON.
pub fn page<T: Serialize>(request: &HttpRequest, page: &Page<T>) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &page.next_cursor {
        insert_next_link(&mut response, request, cursor);
    }
    Ok(response.insert_header((header::CONTENT_TYPE, JSON)).body(to_json(page)?))
}

/// 204.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// 308 to where the resource is now; the query string goes along.
pub fn moved_permanently(request: &HttpRequest, location: &str) -> HttpResponse {
    let location = match request.query_string() {
        "" => location.to_owned(),
        query => format!("{location}?{query}"),
    };
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, location)).finish()
}

/// A value as JSON bytes.
///
/// Errors: [`vitrine_kernel::ErrorCode::Internal`] when it can't be JSON (a map whose keys are no strings).
pub fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(Failure::internal)
}

fn insert_etag(response: &mut HttpResponseBuilder, etag: &str) {
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.insert_header((header::ETAG, etag));
    }
}

/// The next page is this very request with another cursor: a relative reference, so that it holds behind any proxy.
fn insert_next_link(response: &mut HttpResponseBuilder, request: &HttpRequest, cursor: &str) {
    let query = QueryParams::parse(request.query_string()).with("cursor", cursor);
    // The path as it was sent, still escaped.
    if let Ok(link) = HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", request.uri().path())) {
        response.insert_header((header::LINK, link));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::{MessageBody as _, to_bytes};
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;

    use super::*;

    fn link_of(response: &HttpResponse) -> Option<&str> {
        response.headers().get(header::LINK).map(|value| value.to_str().expect("ASCII"))
    }

    #[actix_web::test]
    async fn a_cached_answer_is_not_sent_twice() {
        let answer = CachedResponse::new(Bytes::from_static(b"{}"), "\"1-aa\"", true);
        let fresh = cached(&TestRequest::get().to_http_request(), &answer);
        assert_eq!(fresh.status(), StatusCode::OK);
        assert_eq!(fresh.headers().get(header::ETAG), Some(&HeaderValue::from_static("\"1-aa\"")));
        assert_eq!(to_bytes(fresh.into_body()).await.expect("a body"), "{}");
        let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, "W/\"1-aa\"")).to_http_request();
        let unchanged = cached(&again, &answer);
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
        assert!(unchanged.headers().contains_key(header::ETAG));
        assert!(unchanged.into_body().try_into_bytes().expect("no stream").is_empty());
    }

    #[test]
    fn the_next_page_is_the_same_request_with_another_cursor() {
        let request =
            TestRequest::get().uri("/api/v1/products?q=a%26b+%C3%A9&cursor=old&limit=2").to_http_request();
        let wanted = "</api/v1/products?q=a%26b%20%C3%A9&limit=2&cursor=new>; rel=\"next\"";
        let first_page = Page { items: vec![1, 2], next_cursor: Some("new".to_owned()), total: None };
        assert_eq!(link_of(&page(&request, &first_page).expect("JSON")), Some(wanted));
        let answer = CachedResponse::new(Bytes::new(), "", true).with_next_cursor(Some("new"));
        assert_eq!(link_of(&cached(&request, &answer)), Some(wanted));
        let last_page = Page { next_cursor: None, ..first_page };
        assert_eq!(link_of(&page(&request, &last_page).expect("JSON")), None);
    }

    #[test]
    fn a_write_is_answered_whatever_if_none_match_says() {
        let request = TestRequest::patch().insert_header((header::IF_NONE_MATCH, "*")).to_http_request();
        assert_eq!(ok_versioned(&request, "\"2-00\"", "{}").status(), StatusCode::OK);
    }
}
