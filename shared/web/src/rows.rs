//! What imports and exports of all modules share.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use vitrine_bulk::{ByteStream, FinishedReport, Format};
use vitrine_kernel::{Failure, Result};

use crate::{Problem, QueryParams};

/// The query of an import: `validate_only`; `format` was read by [`crate::Upload`].
pub fn validate_only(request: &HttpRequest) -> Result<bool, Problem> {
    let params = QueryParams::parse(request.query_string());
    let mut query = params.reader();
    query.one("format");
    let validate_only = query.boolean("validate_only").unwrap_or_default();
    query.finish()?;
    Ok(validate_only)
}

/// Runs an import in a task of its own, which goes on when the client hangs up (a broken upload ends it), and answers with its
/// report.
pub async fn import<W>(work: W) -> Result<HttpResponse, Problem>
where
    W: Future<Output = Result<FinishedReport>> + Send + 'static,
{
    let report = tokio::spawn(work).await.map_err(Failure::internal)??;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, Format::Ndjson.media_type()))
        .streaming(report.into_stream()))
}

/// The format of an export: what the query says, or else `Accept`, or else NDJSON.
pub fn export_format(request: &HttpRequest) -> Result<Format, Problem> {
    let params = QueryParams::parse(request.query_string());
    let mut query = params.reader();
    let named = query.parsed("format", "`ndjson` or `csv`", Format::by_name);
    query.finish()?;
    let accepted = || {
        let accept = request.headers().get(header::ACCEPT)?.to_str().ok()?;
        accept.split(',').find_map(Format::from_media_type)
    };
    Ok(named.or_else(accepted).unwrap_or(Format::Ndjson))
}

/// An export as an answer that browsers save: `products.csv`.
pub fn export(name: &str, format: Format, rows: ByteStream) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, format.media_type()));
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.name());
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.insert_header((header::CONTENT_DISPOSITION, disposition));
    }
    response.streaming(rows)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "*/*", Some(Format::Ndjson))]
    #[case("", "text/html, text/csv;q=0.9", Some(Format::Csv))]
    #[case("format=ndjson", "text/csv", Some(Format::Ndjson))]
    #[case("format=xml", "", None)]
    #[case("fromat=csv", "", None)]
    fn an_export_is_written_as_asked_for(
        #[case] query: &str,
        #[case] accept: &str,
        #[case] wanted: Option<Format>,
    ) {
        let request = TestRequest::get()
            .uri(&format!("/x?{query}"))
            .insert_header((header::ACCEPT, accept))
            .to_http_request();
        assert_eq!(export_format(&request).ok(), wanted);
    }

    #[test]
    fn an_import_knows_two_parameters() {
        let read = |query: &str| {
            validate_only(&TestRequest::get().uri(&format!("/x?{query}")).to_http_request()).ok()
        };
        assert_eq!(read("format=csv"), Some(false));
        assert_eq!(read("validate_only=true"), Some(true));
        assert_eq!(read("validate=true"), None);
    }
}
