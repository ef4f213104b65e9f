//! What is served beside the API: its document, a page to try it, and pages that explain problems.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use utoipa_swagger_ui::Config;
use vitrine_kernel::{ErrorCode, Failure};

use crate::precondition::none_match;
use crate::problem::status_of;
use crate::problem_meaning::meaning;
use crate::respond::JSON;
use crate::{BASE_PATH, PathParam, Problem, Routes};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Swagger UI needs its own scripts, inline styles and `data:` images, and calls the API; nothing else, and nothing inline.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const DOCS_PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Vitrine API</title>
    <link rel="stylesheet" type="text/css" href="/docs/swagger-ui.css">
    <link rel="stylesheet" type="text/css" href="/docs/index.css">
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js" charset="UTF-8"></script>
    <script src="/docs/swagger-ui-standalone-preset.js" charset="UTF-8"></script>
    <script src="/docs/swagger-initializer.js" charset="UTF-8"></script>
  </body>
</html>
"#;

static DOCS_CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from(format!("{BASE_PATH}/openapi.json"));
    // The validator is a service on the internet; this page asks nobody but this server.
    Arc::new(
        config
            .validator_url("none")
            .try_it_out_enabled(true)
            .display_request_duration(true)
            .persist_authorization(false),
    )
});

/// Adds the pages.
pub(crate) fn add(routes: &mut Routes, document: Bytes) {
    let etag: Arc<str> = quoted_hash(&document).into();
    routes.page(&format!("{BASE_PATH}/openapi.json"), move |request: HttpRequest| {
        let response = with_etag(&request, &etag, JSON, document.clone());
        async move { response }
    });
    routes.page("/docs", docs_page);
    routes.page("/docs/", docs_page);
    routes.page("/docs/{file}", docs_file);
    routes.page("/problems/{slug}", problem_page);
    routes.page("/", || async {
        HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, "/docs")).finish()
    });
}

async fn docs_page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HTML))
        .insert_header((header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
        .body(DOCS_PAGE)
}

async fn docs_file(request: HttpRequest, file: PathParam) -> Result<HttpResponse, Problem> {
    let found = utoipa_swagger_ui::serve(file.as_str(), Arc::clone(&DOCS_CONFIG))
        .map_err(|error| Failure::internal(error.to_string()))?;
    let Some(found) = found else { return Err(Failure::not_found("page", file.as_str()).into()) };
    let content_type = HeaderValue::from_str(&found.content_type).map_err(Failure::internal)?;
    let bytes = match found.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = with_etag(&request, &quoted_hash(&bytes), content_type, bytes);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, DOCS_POLICY);
    Ok(response)
}

async fn problem_page(slug: PathParam) -> Result<HttpResponse, Problem> {
    let Some(code) = ErrorCode::ALL.into_iter().find(|code| code.slug() == slug.as_str()) else {
        return Err(Failure::not_found("kind of problem", slug.as_str()).into());
    };
    let status = status_of(code);
    let (title, meaning) = (code.title(), meaning(code));
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"UTF-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n<p>Status {status}.</p>\n<p>{meaning}</p>\n</body>\n</html>\n"
    );
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, HTML)).body(page))
}

fn with_etag(request: &HttpRequest, etag: &str, content_type: HeaderValue, body: Bytes) -> HttpResponse {
    let unchanged = none_match(request, etag);
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, etag));
    if unchanged {
        return response.finish();
    }
    response.insert_header((header::CONTENT_TYPE, content_type)).body(body)
}

fn quoted_hash(bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    format!("\"{}\"", hash.as_str().get(..16).unwrap_or_default())
}
