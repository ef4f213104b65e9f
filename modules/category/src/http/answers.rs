//! Answers that several endpoints give.

use std::sync::Arc;

use serde::Serialize;
use vitrine_cache::CachedResponse;
use vitrine_db::StoredAnswer;
use vitrine_kernel::{CategoryId, ErrorCode, Failure, Page, Result, Version};
use vitrine_web::{BASE_PATH, Problem, Render, etag_of, respond};

use super::HttpState;
use super::views::{CategoryView, DetailView, TreeNodeView};
use crate::domain::{Audience, Category, Detail};
use crate::service::TreeNode;

/// A category on its own page.
pub(super) fn detail(detail: &Detail, audience: Audience) -> Result<CachedResponse> {
    let body = respond::to_json(&DetailView::from(detail))?;
    let etag = etag_of(detail.placed.category.version, &body);
    Ok(CachedResponse::new(body, etag, audience == Audience::Public))
}

/// A page of a list.
pub(super) fn page(page: Page<Category>, audience: Audience) -> Result<CachedResponse> {
    let cursor = page.next_cursor.clone();
    let items: Vec<CategoryView<'_>> = page.items.iter().map(CategoryView::from).collect();
    let body = respond::to_json(&Page { items, next_cursor: page.next_cursor, total: page.total })?;
    Ok(unversioned(body, audience).with_next_cursor(cursor.as_deref()))
}

/// A tree.
pub(super) fn tree(nodes: &[TreeNode], audience: Audience) -> Result<CachedResponse> {
    #[derive(Serialize)]
    struct Tree<'a> {
        items: Vec<TreeNodeView<'a>>,
    }
    let body = respond::to_json(&Tree { items: nodes.iter().map(TreeNodeView::from).collect() })?;
    Ok(unversioned(body, audience))
}

/// What has no version of its own has the tag of its bytes alone.
fn unversioned(body: Vec<u8>, audience: Audience) -> CachedResponse {
    let etag = etag_of(Version(0), &body);
    CachedResponse::new(body, etag, audience == Audience::Public)
}

/// The answer to a write that may be asked to be repeated.
pub(super) fn stored(status: u16, with_location: bool) -> Render<Detail> {
    Arc::new(move |made: &Detail| {
        let body = respond::to_json(&DetailView::from(made)).unwrap_or_default();
        let category = &made.placed.category;
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("etag".to_owned(), etag_of(category.version, &body)),
        ];
        if with_location {
            headers.push(("location".to_owned(), format!("{BASE_PATH}/categories/{}", category.id)));
        }
        StoredAnswer { status, headers, body }
    })
}

/// A 412 tells the current `ETag` (RFC 9110, 15.5.13).
pub(super) async fn with_current_etag(
    state: &HttpState,
    id: CategoryId,
    audience: Audience,
    failure: Failure,
) -> Problem {
    if failure.code() != ErrorCode::PreconditionFailed {
        return failure.into();
    }
    let current = state.service.detail(id, audience).await.and_then(|current| detail(&current, audience));
    match current {
        Ok(current) => Problem::from(failure).with_etag(&current.etag),
        // It has gone meanwhile; the next attempt will say so.
        Err(_) => failure.into(),
    }
}
