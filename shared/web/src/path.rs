//! Parts of the path.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode_str;
use vitrine_kernel::{ErrorCode, Failure};

use crate::{Problem, RequestContext};

/// The (first) variable part of a path, percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathParam(pub String);

impl PathParam {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in it: `path.id::<CategoryId>("category")?`.
    ///
    /// Errors: [`ErrorCode::NotFound`] when it is none.
    pub fn id<T: FromStr>(&self, what: &str) -> Result<T, Failure> {
        parse_id(&self.0, what)
    }
}

impl FromRequest for PathParam {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = RequestContext::of(request);
        ready(match percent_decode_str(context.path_part()).decode_utf8() {
            // No text that is kept has it, and PostgreSQL refuses to be asked for one.
            Ok(text) if text.contains('\0') => {
                Err(Problem::new(ErrorCode::NotFound, "The path holds the NUL character; no name does."))
            }
            Ok(text) => Ok(Self(text.into_owned())),
            Err(_) => Err(Problem::new(ErrorCode::NotFound, "The path is not valid UTF-8.")),
        })
    }
}

/// An id from a path. `what` names the thing for people: `"category"`.
///
/// Errors: [`ErrorCode::NotFound`] when the text is no id: nothing can be found under it.
pub fn parse_id<T: FromStr>(text: &str, what: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| {
        // What was sent is repeated in the message, but not at any length.
        let shown: String = text.chars().take(80).collect();
        Failure::new(
            ErrorCode::NotFound,
            format!("There is no {what} `{shown}`: ids of this kind are UUIDs."),
        )
    })
}

#[cfg(test)]
mod tests {
    use vitrine_kernel::CategoryId;

    use super::*;

    #[test]
    fn what_is_no_id_is_not_found() {
        let id = CategoryId::generate();
        assert_eq!(parse_id::<CategoryId>(&id.to_string(), "category").expect("an id"), id);
        let failure = parse_id::<CategoryId>("shoes", "category").expect_err("no id");
        assert_eq!(failure.code(), ErrorCode::NotFound);
        assert!(failure.detail().contains("category `shoes`"));
    }
}
