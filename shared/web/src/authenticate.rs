//! Who calls: from the `Authorization` header to a principal.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web_httpauth::headers::authorization::{Bearer, Scheme as _};
use futures::future::{Either, LocalBoxFuture};
use futures::{FutureExt as _, TryFutureExt as _};
use secrecy::SecretString;
use vitrine_auth_api::{AuthPort, AuthPortError, Credential};
use vitrine_kernel::{ErrorCode, Failure};

use crate::root_span::record_caller;
use crate::{Problem, RequestContext};

/// Longer credentials are not looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Identifies the caller before any handler runs. Without a credential the caller is anonymous, at no cost; with a bad one the
/// answer is 401, also where none is needed: whoever sends one wants to be known.
#[derive(Clone)]
pub struct Authenticate {
    port: Arc<dyn AuthPort>,
}

impl Authenticate {
    /// A middleware over a port.
    pub fn new(port: Arc<dyn AuthPort>) -> Self {
        Self { port }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Authenticate
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = AuthenticateService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(AuthenticateService { service: Rc::new(service), port: Arc::clone(&self.port) }))
    }
}

/// See [`Authenticate`].
pub struct AuthenticateService<S> {
    service: Rc<S>,
    port: Arc<dyn AuthPort>,
}

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;
type ToLeft<B> = fn(ServiceResponse<B>) -> ServiceResponse<EitherBody<B>>;

impl<S, B> Service<ServiceRequest> for AuthenticateService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Either<futures::future::MapOk<S::Future, ToLeft<B>>, LocalBoxFuture<'static, Answer<B>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let credential = match credential(request.headers()) {
            Ok(None) => {
                let to_left: ToLeft<B> = ServiceResponse::map_into_left_body;
                return Either::Left(self.service.call(request).map_ok(to_left));
            }
            Ok(Some(credential)) => Ok(credential),
            Err(problem) => Err(problem),
        };
        let (service, port) = (Rc::clone(&self.service), Arc::clone(&self.port));
        Either::Right(
            async move {
                let identified = match credential {
                    Ok(credential) => port.authenticate(&credential).await.map_err(problem_of),
                    Err(problem) => Err(problem),
                };
                match identified {
                    Ok(principal) => {
                        record_caller(&principal.subject);
                        RequestContext::of(request.request()).identify(Arc::new(principal));
                        service.call(request).await.map(ServiceResponse::map_into_left_body)
                    }
                    Err(problem) => {
                        let (request, _) = request.into_parts();
                        Ok(ServiceResponse::from_err(problem, request).map_into_right_body())
                    }
                }
            }
            .boxed_local(),
        )
    }
}

fn problem_of(error: AuthPortError) -> Problem {
    match error {
        AuthPortError::Rejected => {
            Problem::new(ErrorCode::Unauthenticated, "The credential is not valid, or no longer.")
                .with_header(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer error=\"invalid_token\""),
                )
        }
        AuthPortError::Unavailable(_) | AuthPortError::Timeout => {
            Failure::new(ErrorCode::Unavailable, "Credentials can't be checked now. Try again in a moment.")
                .caused_by(error)
                .into()
        }
    }
}

/// The credential a request shows: `None` without the header, a 401 for one that can't be read or for two.
fn credential(headers: &HeaderMap) -> Result<Option<Credential>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let malformed = || {
        Problem::new(
            ErrorCode::Unauthenticated,
            "Send one `Authorization` header of the form `Bearer <API key or access token>`.",
        )
    };
    if values.next().is_some() {
        return Err(malformed());
    }
    let bearer = Bearer::parse(&with_canonical_scheme(value)).map_err(|_| malformed())?;
    let token = bearer.token();
    let readable =
        (1..=MAX_TOKEN_BYTES).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !readable {
        return Err(malformed());
    }
    Ok(Some(Credential::Bearer(SecretString::from(token))))
}

/// Schemes are case-insensitive (RFC 9110, 11.1), but the parser knows one spelling; one or more spaces may follow.
fn with_canonical_scheme(value: &HeaderValue) -> HeaderValue {
    let Ok(text) = value.to_str() else { return value.clone() };
    match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            HeaderValue::from_str(&format!("Bearer {}", token.trim())).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(lines: &[&str]) -> Result<Option<String>, ErrorCode> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).expect("a header value"));
        }
        match credential(&headers) {
            Ok(found) => Ok(found.map(|Credential::Bearer(token)| token.expose_secret().to_owned())),
            Err(problem) => Err(problem.code()),
        }
    }

    #[rstest]
    #[case("Bearer abc")]
    #[case("bearer abc")]
    #[case("BEARER   abc ")]
    fn a_bearer_token_is_read(#[case] line: &str) {
        assert_eq!(read(&[line]), Ok(Some("abc".to_owned())));
    }

    #[rstest]
    #[case(&["Basic YTpi"])]
    #[case(&["Bearer"])]
    #[case(&["Bearer "])]
    #[case(&["Bearer a b"])]
    #[case(&["abc"])]
    #[case(&[""])]
    #[case(&["Bearer abc", "Bearer abc"])]
    fn anything_else_is_a_401(#[case] lines: &[&str]) {
        assert_eq!(read(lines), Err(ErrorCode::Unauthenticated));
    }

    #[test]
    fn a_huge_token_is_not_looked_at() {
        assert!(read(&[&format!("Bearer {}", "x".repeat(MAX_TOKEN_BYTES))]).is_ok());
        assert!(read(&[&format!("Bearer {}", "x".repeat(MAX_TOKEN_BYTES + 1))]).is_err());
        assert_eq!(read(&[]), Ok(None));
    }
}
