//! The OpenAPI document: what the modules describe, plus what is the same everywhere.

use serde_json::{Map, Value, json};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use crate::{Access, HttpSettings, RouteInfo};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const DESCRIPTION: &str = "An open product catalog: categories, products, search. Errors are problem+json (RFC 9457) and list \
    all faults at once. Reads carry an `ETag`; `PATCH`, `PUT` and `DELETE` need `If-Match`; `POST` takes `Idempotency-Key`. \
    Lists are paged by an opaque `cursor`.";

/// The document of these modules, with the access rules of their routes.
pub(crate) fn document(
    modules: impl Iterator<Item = OpenApi>,
    table: &[RouteInfo],
    settings: &HttpSettings,
) -> Value {
    let mut info = InfoBuilder::new()
        .title("Vitrine")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .build();
    info.license =
        Some(LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT")).build());
    let mut whole = OpenApiBuilder::new().info(info).build();
    for module in modules {
        whole.merge(module);
    }
    // The document is a struct: it always serialises, and to an object.
    let Ok(Value::Object(mut document)) = serde_json::to_value(&whole) else { return Value::Null };
    document.insert("servers".to_owned(), json!([{"url": settings.public_url.as_deref().unwrap_or("/")}]));
    add_components(&mut document);
    for route in table {
        let Some(operation) = operation(&mut document, route) else { continue };
        add_access(operation, route.access, settings.anonymous_read);
        add_problems(operation, route);
    }
    Value::Object(document)
}

/// A member that is an object; it is made where it is not there.
fn member<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

fn add_components(document: &mut Map<String, Value>) {
    let Some(components) = member(document, "components") else { return };
    if let Some(schemas) = member(components, "schemas") {
        schemas.insert("Problem".to_owned(), problem_schema());
    }
    if let Some(schemes) = member(components, "securitySchemes") {
        let bearer = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "An API key: `vitrine token --role <role>` prints a new one.",
        });
        schemes.insert("bearer".to_owned(), bearer);
    }
}

fn operation<'a>(
    document: &'a mut Map<String, Value>,
    route: &RouteInfo,
) -> Option<&'a mut Map<String, Value>> {
    let method = route.method.as_str().to_ascii_lowercase();
    document.get_mut("paths")?.get_mut(&route.path)?.get_mut(method)?.as_object_mut()
}

/// What the document describes, as `GET /api/v1/...`.
pub(crate) fn operations(document: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            names.push(format!("{} {path}", method.to_ascii_uppercase()));
        }
    }
    names
}

fn add_access(operation: &mut Map<String, Value>, access: Access, anonymous_read: bool) {
    let security = match access {
        Access::Open => json!([]),
        Access::Read if anonymous_read => json!([{}, {"bearer": []}]),
        Access::Read | Access::Authenticated | Access::Needs(_) => json!([{"bearer": []}]),
    };
    operation.insert("security".to_owned(), security);
    if let Some(permission) = access.permission() {
        operation.insert("x-permission".to_owned(), json!(permission.name()));
    }
}

/// The problems that any operation of this shape can have; what a module says itself stands.
fn add_problems(operation: &mut Map<String, Value>, route: &RouteInfo) {
    let mut common = vec![
        ("400", "The request can't be read, or a query parameter is not valid."),
        ("401", "A credential is needed, or the one sent is not valid."),
        ("default", "Any other problem."),
    ];
    if route.access.permission().is_some() {
        common.push(("403", "The permission is missing."));
    }
    if route.path.contains('{') {
        common.push(("404", "There is no such resource, or none that the caller may see."));
    }
    if operation.contains_key("requestBody") {
        common.push(("413", "The body is too large."));
        common.push(("415", "The body's media type is not one that is read here."));
        common.push(("422", "The content breaks rules; `errors` lists all of them."));
    }
    let Some(responses) = member(operation, "responses") else { return };
    for (status, description) in common {
        responses.entry(status).or_insert_with(|| {
            json!({
                "description": description,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            })
        });
    }
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Names the kind of problem; a page that explains it.", "examples": ["/problems/validation"]},
            "title": {"type": "string", "description": "The kind of problem, for people."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened and what to do about it."},
            "instance": {"type": "string", "description": "The request's id, also in `X-Request-Id` and in the logs."},
            "errors": {
                "type": "array",
                "description": "All faults of the body or of the query.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": {"type": "string", "description": "A JSON pointer into the body (RFC 6901), or the name of a query parameter.", "examples": ["/variants/0/price/amount"]},
                        "code": {"type": "string", "description": "For programs.", "examples": ["required"]},
                        "detail": {"type": "string", "description": "For people."},
                    },
                },
            },
        },
    })
}
