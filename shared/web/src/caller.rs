//! Who calls, as an extractor.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use vitrine_kernel::{Permission, Principal};

use crate::RequestContext;

/// The caller; anonymous if no credential was shown.
#[derive(Debug, Clone)]
pub struct Caller(pub Arc<Principal>);

impl Caller {
    /// Whether drafts and archived things are shown to this caller.
    pub fn sees_unpublished(&self) -> bool {
        self.0.may(Permission::ProductReadUnpublished)
    }
}

impl Deref for Caller {
    type Target = Principal;
    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Arc::clone(RequestContext::of(request).principal()))))
    }
}
