//! The headers that every answer has.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};

use crate::RequestContext;
use crate::context::X_REQUEST_ID;

/// Nothing the API answers is a document that may load or frame anything.
const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const SECURITY: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (CORP, HeaderValue::from_static("same-origin")),
];

/// Adds what is missing: an answer that has its own cache rule or content policy keeps it. `safe` says whether the method is.
pub(crate) fn complete<B>(response: &mut HttpResponse<B>, context: &RequestContext, safe: bool) {
    let readable = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    headers.reserve(10);
    headers.insert(X_REQUEST_ID, context.id().header_value());
    for (name, value) in SECURITY {
        headers.insert(name, value);
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, API_POLICY);
    }
    if safe {
        headers.append(header::VARY, HeaderValue::from_static("Authorization, Accept-Encoding"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // An answer with an ETag may be kept if it is asked after each time. What may be seen depends on who asks: see `Vary`.
        let revalidated = safe && readable && headers.contains_key(header::ETAG);
        let rule = if revalidated { "no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
}
