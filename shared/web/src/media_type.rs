//! Reading `Content-Type`.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The media type without its parameters, in lower case, and the `charset` if one is said.
pub(crate) struct MediaType {
    pub(crate) essence: String,
    charset: Option<String>,
}

impl MediaType {
    /// The type of a request's body; `None` without the header.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let text = request.headers().get(header::CONTENT_TYPE)?.to_str().unwrap_or("unreadable");
        let mut parts = text.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let charset = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase());
        Some(Self { essence, charset })
    }

    /// JSON is UTF-8 (RFC 8259, 8.1); saying so is harmless, saying something else is not.
    pub(crate) fn is_utf8(&self) -> bool {
        matches!(self.charset.as_deref(), None | Some("utf-8" | "utf8" | "us-ascii"))
    }
}
