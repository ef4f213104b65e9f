use std::sync::Arc;

use actix_web::HttpRequest;
use vitrine_cache::{CachedResponse, ResponseCache};
use vitrine_db::Db;
use vitrine_kernel::{ErrorCode, Failure, ProductId};
use vitrine_web::{Caller, Problem, QueryParams};

use super::view::render;
use crate::epochs::CatalogEpochs;
use crate::search::service::ProductSearch;
use crate::service::{CatalogService, ProductDetails, Visibility};
use crate::store::ProductKey;

/// What the handlers share.
pub(crate) struct CatalogState {
    pub service: CatalogService,
    /// For idempotency keys, which are kept beside what they acknowledge.
    pub db: Db,
    pub epochs: Arc<CatalogEpochs>,
    pub details: ResponseCache<(ProductId, Visibility)>,
    pub search: ProductSearch,
    /// By what was asked, see [`super::list`] and [`super::suggest`].
    pub lists: ResponseCache<String>,
}

impl CatalogState {
    /// A product's details as they go to the socket, from the cache or made now. `None`: there is none that the caller sees.
    pub(super) async fn load(
        &self,
        id: ProductId,
        visibility: Visibility,
    ) -> Result<Option<CachedResponse>, Failure> {
        // Before the database is read: see `vitrine_cache`.
        let stamp = self.epochs.product(id);
        if let Some(answer) = self.details.get(&(id, visibility), stamp) {
            return Ok(Some(answer));
        }
        let Some(details) = self.service.find(ProductKey::Id(id), visibility).await? else {
            return Ok(None);
        };
        let answer = cacheable(&details, visibility);
        self.details.put((id, visibility), stamp, answer.clone());
        Ok(Some(answer))
    }

    /// Adds the current `ETag` to a 412. Past the cache: a commit is visible a moment before the cache hears of it, and a caller
    /// who is told the version that was just refused would try it again.
    pub(super) async fn explain(&self, failure: Failure, id: ProductId, visibility: Visibility) -> Problem {
        if failure.code() != ErrorCode::PreconditionFailed {
            return failure.into();
        }
        match self.service.find_stored(id, visibility).await {
            Ok(Some(current)) => Problem::from(failure).with_etag(&render(&current, visibility).etag),
            Ok(None) | Err(_) => failure.into(),
        }
    }
}

/// Details as an answer to keep.
pub(super) fn cacheable(details: &ProductDetails, visibility: Visibility) -> CachedResponse {
    let rendered = render(details, visibility);
    CachedResponse::new(rendered.body, rendered.etag, Visibility::Published.shows(&details.product))
}

/// What a caller sees.
pub(super) fn visibility_of(caller: &Caller) -> Visibility {
    if caller.sees_unpublished() { Visibility::All } else { Visibility::Published }
}

/// Refuses query parameters where there are none to give.
pub(super) fn refuse_query(request: &HttpRequest) -> Result<(), Failure> {
    match request.query_string() {
        "" => Ok(()),
        query => QueryParams::parse(query).reader().finish(),
    }
}
