//! `GET /changes`: the ordered feed of what changed, as pages or as a live stream.
//!
//! The feed is the outbox of a database, so there is one feed for each database. It belongs to no module: the modules that
//! share a database share its feed, in the order of their commits.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use serde::Serialize;
use utoipa::OpenApi as _;
use vitrine_db::{Db, DbError};
use vitrine_kernel::ChangeEvent;
use vitrine_web::{Access, HttpModule, Routes};

use crate::shutdown::Lifecycle;

mod read;
mod stream;

/// How many rows one query takes.
const BATCH: u16 = 200;
/// How many queries one page may take: a page of a feed full of other things may have fewer items than asked for.
const MOST_BATCHES: usize = 50;

/// A module with a part in the feed.
#[derive(Clone)]
pub struct Source {
    /// `category` or `catalog`: the value of the parameter `source`.
    pub name: &'static str,
    /// How its events begin: `product.`.
    pub kind_prefix: &'static str,
    /// Where its events are.
    pub db: Db,
}

/// The feed as a part of the API.
pub struct ChangesModule {
    feed: Arc<Feed>,
}

impl ChangesModule {
    /// The feed of these modules; at least one.
    pub fn new(sources: Vec<Source>, lifecycle: Lifecycle) -> Self {
        Self { feed: Arc::new(Feed { sources, lifecycle }) }
    }
}

impl HttpModule for ChangesModule {
    fn routes(&self, routes: &mut Routes) {
        routes.get("/changes", Access::Authenticated, read::handle);
    }

    fn state(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(&self.feed)));
    }

    fn openapi(&self) -> utoipa::openapi::OpenApi {
        read::Document::openapi()
    }
}

struct Feed {
    sources: Vec<Source>,
    lifecycle: Lifecycle,
}

/// The events somebody asked for.
#[derive(Clone)]
struct Selection {
    db: Db,
    kind_prefixes: Vec<&'static str>,
}

/// Why there is no selection.
#[derive(Debug, PartialEq, Eq)]
enum NoSelection {
    /// The modules have databases of their own, and so feeds of their own.
    SourceNeeded,
    /// No module here has that name.
    UnknownSource,
}

/// A page of the feed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct FeedPage {
    items: Vec<ChangeEvent>,
    /// Where to go on: the position of the last event looked at, wanted or not.
    next_after: i64,
}

impl Feed {
    /// The events of one module, or of all that share one database.
    fn select(&self, source: Option<&str>) -> Result<Selection, NoSelection> {
        if let Some(name) = source {
            let found = self.sources.iter().find(|s| s.name == name).ok_or(NoSelection::UnknownSource)?;
            return Ok(Selection { db: found.db.clone(), kind_prefixes: vec![found.kind_prefix] });
        }
        let first = self.sources.first().ok_or(NoSelection::UnknownSource)?;
        if self.sources.iter().any(|other| !other.db.is_same(&first.db)) {
            return Err(NoSelection::SourceNeeded);
        }
        let kind_prefixes = self.sources.iter().map(|source| source.kind_prefix).collect();
        Ok(Selection { db: first.db.clone(), kind_prefixes })
    }

    fn names(&self) -> Vec<&'static str> {
        self.sources.iter().map(|source| source.name).collect()
    }
}

impl Selection {
    fn wants(&self, event: &ChangeEvent) -> bool {
        self.kind_prefixes.iter().any(|prefix| event.kind.starts_with(prefix))
    }

    /// At most `limit` wanted events after a position, and the position to go on from.
    async fn page(&self, after: i64, limit: usize) -> Result<FeedPage, DbError> {
        let mut page = FeedPage { items: Vec::new(), next_after: after };
        for _ in 0..MOST_BATCHES {
            let batch = self.db.changes_after(page.next_after, BATCH).await?;
            let was_last = batch.len() < usize::from(BATCH);
            for event in batch {
                page.next_after = event.sequence;
                if self.wants(&event) {
                    page.items.push(event);
                }
                if page.items.len() == limit {
                    return Ok(page);
                }
            }
            if was_last {
                break;
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests;
