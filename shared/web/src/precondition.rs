//! Entity tags and the conditions that name them (RFC 9110, 8.8.3 and 13.1).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use vitrine_kernel::{ErrorCode, Expected, Version};

use crate::Problem;

/// The strong entity tag of a representation: `"<version>-<16 hexadecimal digits of the body's hash>"`.
///
/// The version is what `If-Match` compares, the whole is what `If-None-Match` compares: a representation may change
/// without its resource (a category's product count), and a cache must notice that, an editor need not.
pub fn etag_of(version: Version, body: &[u8]) -> String {
    let hash = blake3::hash(body).to_hex();
    let short = hash.as_str().get(..16).unwrap_or_default();
    format!("\"{version}-{short}\"")
}

/// The versions that `If-Match` allows; extracting it fails with 428 where the header is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition(pub Expected);

impl FromRequest for Precondition {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(if_match(request).and_then(|expected| {
            expected.map(Self).ok_or_else(|| {
                Problem::new(
                    ErrorCode::PreconditionRequired,
                    "Send `If-Match` with the `ETag` of the version you have read, or `If-Match: *` to overwrite whatever is there.",
                )
            })
        }))
    }
}

/// What a `PUT` is meant for, where it may create: extracting it fails with 428 where both headers are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutPrecondition {
    /// `If-None-Match: *`: create, and fail if it exists.
    Create,
    /// `If-Match`: replace one of these versions.
    Replace(Expected),
}

impl FromRequest for PutPrecondition {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(put_precondition(request))
    }
}

fn put_precondition(request: &HttpRequest) -> Result<PutPrecondition, Problem> {
    if let Some(expected) = if_match(request)? {
        return Ok(PutPrecondition::Replace(expected));
    }
    match entity_tags(request, &header::IF_NONE_MATCH)? {
        Some(EntityTags::Any) => Ok(PutPrecondition::Create),
        Some(EntityTags::List(_)) => Err(Problem::new(
            ErrorCode::MalformedRequest,
            "`If-None-Match` with tags says nothing to a `PUT`; send `If-None-Match: *` to create, or `If-Match` to replace.",
        )),
        None => Err(Problem::new(
            ErrorCode::PreconditionRequired,
            "Send `If-None-Match: *` to create, or `If-Match` with the `ETag` of the version you want to replace.",
        )),
    }
}

fn if_match(request: &HttpRequest) -> Result<Option<Expected>, Problem> {
    Ok(entity_tags(request, &header::IF_MATCH)?.map(|tags| match tags {
        EntityTags::Any => Expected::Any,
        // Strong comparison: a weak tag matches nothing (13.1.1), and neither does one we never gave.
        EntityTags::List(tags) => Expected::OneOf(
            tags.iter().filter(|tag| !tag.weak).filter_map(|tag| version_in(&tag.text)).collect(),
        ),
    }))
}

fn version_in(tag: &str) -> Option<Version> {
    let (version, _hash) = tag.split_once('-')?;
    let plain = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| version.parse().ok().map(Version)).flatten()
}

/// Whether the client already has this representation. `etag` has its quotes. Weak comparison (13.1.2); a header that
/// can't be read is as good as none, for a read must not fail over it.
pub(crate) fn none_match(request: &HttpRequest, etag: &str) -> bool {
    // The common case by far: no such header, or exactly the tag.
    let Some(first) = request.headers().get(header::IF_NONE_MATCH) else { return false };
    if first.as_bytes() == etag.as_bytes() {
        return true;
    }
    let opaque = etag.trim_matches('"');
    match entity_tags(request, &header::IF_NONE_MATCH) {
        Ok(Some(EntityTags::Any)) => true,
        Ok(Some(EntityTags::List(tags))) => tags.iter().any(|tag| tag.text == opaque),
        Ok(None) | Err(_) => false,
    }
}

enum EntityTags {
    Any,
    List(Vec<EntityTag>),
}

struct EntityTag {
    weak: bool,
    text: String,
}

fn entity_tags(request: &HttpRequest, name: &HeaderName) -> Result<Option<EntityTags>, Problem> {
    let malformed = || {
        Problem::new(
            ErrorCode::MalformedRequest,
            format!("`{name}` must be `*` or a list of quoted entity tags, like `\"7-0a1b2c3d4e5f6071\"`."),
        )
    };
    let mut lines = Vec::new();
    for value in request.headers().get_all(name) {
        lines.push(value.to_str().map_err(|_| malformed())?);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    // Several lines mean the same as one with commas (RFC 9110, 5.2).
    let all = lines.join(",");
    if all.trim() == "*" {
        return Ok(Some(EntityTags::Any));
    }
    parse_tags(&all).map(|tags| Some(EntityTags::List(tags))).ok_or_else(malformed)
}

/// A comma stands between tags but may also stand within one: so this reads quotes, it doesn't split.
fn parse_tags(text: &str) -> Option<Vec<EntityTag>> {
    let mut tags = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (weak, opened) = match rest.strip_prefix("W/") {
            Some(after) => (true, after),
            None => (false, rest),
        };
        let (tag, after) = opened.strip_prefix('"')?.split_once('"')?;
        tags.push(EntityTag { weak, text: tag.to_owned() });
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    fn one_of(versions: &[i64]) -> Expected {
        Expected::OneOf(versions.iter().copied().map(Version).collect())
    }

    fn request(name: &HeaderName, lines: &[&str]) -> HttpRequest {
        let mut request = TestRequest::default();
        for line in lines {
            request = request.append_header((name.clone(), *line));
        }
        request.to_http_request()
    }

    #[rstest]
    #[case(&["*"], Expected::Any)]
    #[case(&["\"7-0a1b\""], one_of(&[7]))]
    #[case(&["\"7-0a1b\", \"9-ff\""], one_of(&[7, 9]))]
    #[case(&["\"7-0a1b\"", "\"9-ff\""], one_of(&[7, 9]))]
    #[case(&["W/\"7-0a1b\""], one_of(&[]))]
    #[case(&["\"foreign, with a comma\", \"3-00\""], one_of(&[3]))]
    #[case(&["\"-3-00\", \"+3-00\", \"99999999999999999999-00\", \"\""], one_of(&[]))]
    #[actix_web::test]
    async fn if_match_is_read(#[case] lines: &[&str], #[case] wanted: Expected) {
        let found = Precondition::extract(&request(&header::IF_MATCH, lines)).await.expect("readable");
        assert_eq!(found.0, wanted);
    }

    #[rstest]
    #[case("7-0a1b")]
    #[case("\"7-0a1b")]
    #[case("\"7-0a1b\" \"8-00\"")]
    #[case("w/\"7\"")]
    #[case(",")]
    #[case("*, \"7-00\"")]
    #[actix_web::test]
    async fn an_unreadable_if_match_is_a_400(#[case] line: &str) {
        let problem = Precondition::extract(&request(&header::IF_MATCH, &[line])).await.expect_err("garbage");
        assert_eq!(problem.code(), ErrorCode::MalformedRequest);
    }

    #[actix_web::test]
    async fn an_absent_if_match_is_a_428() {
        let problem = Precondition::extract(&request(&header::IF_MATCH, &[])).await.expect_err("absent");
        assert_eq!(problem.code(), ErrorCode::PreconditionRequired);
    }

    #[rstest]
    #[case(&["\"1-aa\""], true)]
    #[case(&["W/\"1-aa\""], true)]
    #[case(&["\"0-00\", \"1-aa\""], true)]
    #[case(&["\"0-00\"", "W/\"1-aa\""], true)]
    #[case(&["*"], true)]
    #[case(&["\"1-ab\""], false)]
    #[case(&["1-aa"], false)]
    #[case(&[], false)]
    fn if_none_match_compares_the_whole_tag_weakly(#[case] lines: &[&str], #[case] matches: bool) {
        assert_eq!(none_match(&request(&header::IF_NONE_MATCH, lines), "\"1-aa\""), matches);
    }

    #[actix_web::test]
    async fn a_put_creates_or_replaces() {
        let create = PutPrecondition::extract(&request(&header::IF_NONE_MATCH, &["*"])).await;
        assert_eq!(create.expect("create"), PutPrecondition::Create);
        let replace = PutPrecondition::extract(&request(&header::IF_MATCH, &["\"4-00\""])).await;
        assert_eq!(replace.expect("replace"), PutPrecondition::Replace(one_of(&[4])));
        let neither = PutPrecondition::extract(&request(&header::ACCEPT, &[])).await;
        assert_eq!(neither.expect_err("neither").code(), ErrorCode::PreconditionRequired);
    }

    #[test]
    fn a_tag_tells_the_version_and_changes_with_the_body() {
        let tag = etag_of(Version(7), b"{}");
        assert_eq!(version_in(tag.trim_matches('"')), Some(Version(7)));
        assert_eq!(tag.len(), "\"7-0123456789abcdef\"".len());
        assert_ne!(tag, etag_of(Version(7), b"{ }"));
    }
}
