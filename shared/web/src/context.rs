//! What is known about a request while it is worked on: one allocation, one entry in its extensions.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;
use vitrine_kernel::{Clock as _, Principal, SystemClock};

use crate::metrics::RouteMetrics;

/// The header that carries the request's id both ways.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name under which a request is found in the logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The caller's id when it is a sane one (1 to 128 of `A-Z a-z 0-9 . _ -`), else a new one.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(given) if is_sane(given.as_bytes()) => Self(given.clone()),
            _ => Self::generate(),
        }
    }

    /// A new id, a `UUIDv7`.
    pub(crate) fn generate() -> Self {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        next_uuid().hyphenated().encode_lower(&mut text);
        // Hexadecimal digits and hyphens always make a header value.
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Only visible ASCII comes in.
        self.0.to_str().unwrap_or("unknown")
    }

    pub(crate) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=128).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Request ids need to be unique, not secret: a generator seeded once for each worker costs no system call.
fn next_uuid() -> Uuid {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(Uuid::new_v4().as_u64_pair().1);
    }
    // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    let next = || {
        let state = STATE.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        STATE.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut random = [0; 10];
    for (byte, value) in random.iter_mut().zip(next().to_le_bytes().into_iter().chain(next().to_le_bytes())) {
        *byte = value;
    }
    let millis = u64::try_from(SystemClock.now().as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// What is known about a request.
#[derive(Debug)]
pub struct RequestContext {
    id: RequestId,
    started: Instant,
    principal: OnceCell<Arc<Principal>>,
    route: OnceCell<Rc<RouteMetrics>>,
    path_part: OnceCell<Box<str>>,
}

impl RequestContext {
    pub(crate) fn new(id: RequestId) -> Self {
        Self {
            id,
            started: Instant::now(),
            principal: OnceCell::new(),
            route: OnceCell::new(),
            path_part: OnceCell::new(),
        }
    }

    /// The context of a request; one is made where no middleware has.
    pub(crate) fn of(request: &HttpRequest) -> Rc<Self> {
        if let Some(context) = request.extensions().get::<Rc<Self>>() {
            return Rc::clone(context);
        }
        let context = Rc::new(Self::new(RequestId::from_headers(request.headers())));
        request.extensions_mut().insert(Rc::clone(&context));
        context
    }

    /// The request's id.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// When the request's head had arrived.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Who calls.
    pub fn principal(&self) -> &Arc<Principal> {
        self.principal.get().unwrap_or(&ANONYMOUS)
    }

    /// Says who calls, once; a second principal is ignored.
    pub(crate) fn identify(&self, principal: Arc<Principal>) {
        let _first_wins = self.principal.set(principal);
    }

    /// The (first) variable part of the path, as it was sent.
    pub(crate) fn path_part(&self) -> &str {
        self.path_part.get().map_or("", |part| part)
    }

    pub(crate) fn set_path_part(&self, part: &str) {
        let _first_wins = self.path_part.set(part.into());
    }

    pub(crate) fn route(&self) -> Option<&Rc<RouteMetrics>> {
        self.route.get()
    }

    pub(crate) fn matched(&self, route: &Rc<RouteMetrics>) {
        let _first_wins = self.route.set(Rc::clone(route));
    }
}

static ANONYMOUS: LazyLock<Arc<Principal>> = LazyLock::new(|| Arc::new(Principal::anonymous()));

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("abc-1.2_3", true)]
    #[case(&"x".repeat(128), true)]
    #[case(&"x".repeat(129), false)]
    #[case("", false)]
    #[case("a b", false)]
    #[case("a\"b", false)]
    fn only_sane_ids_are_taken_over(#[case] given: &str, #[case] taken: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(given).expect("a header value"));
        let id = RequestId::from_headers(&headers);
        assert_eq!(id.as_str() == given, taken);
        assert!(taken || Uuid::parse_str(id.as_str()).is_ok());
    }

    #[test]
    fn new_ids_are_unique_version_7_uuids() {
        let ids: HashSet<_> = (0..10_000).map(|_| next_uuid()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
