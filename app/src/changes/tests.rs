use futures::StreamExt as _;
use rstest::{fixture, rstest};
use tempfile::TempDir;
use vitrine_db::DatabaseSettings;
use vitrine_kernel::{NewEvent, ProductId, Timestamp, Version};

use super::stream::follow;
use super::*;
use crate::shutdown::Phase;

struct Setup {
    feed: Feed,
    db: Db,
    /// Removed with everything in it when the test is over.
    folder: TempDir,
}

#[fixture]
fn setup() -> Setup {
    let folder = TempDir::new().expect("a folder");
    let db = open(&folder, "one.db");
    let source = |name, kind_prefix| Source { name, kind_prefix, db: db.clone() };
    let sources = vec![source("category", "category."), source("catalog", "product.")];
    Setup { feed: Feed { sources, lifecycle: Lifecycle::new(1) }, db, folder }
}

fn open(folder: &TempDir, name: &str) -> Db {
    let url = format!("sqlite://{}", folder.path().join(name).display());
    Db::open(&DatabaseSettings { url, ..DatabaseSettings::default() }, &[]).expect("opens")
}

async fn emit(db: &Db, kind: &'static str) {
    let event = NewEvent {
        kind,
        key: ProductId::generate().0,
        version: Version::FIRST,
        occurred_at: Timestamp::from_millis(0),
    };
    let written: Result<(), DbError> = db.write(|conn| Box::pin(async move { conn.emit(event).await })).await;
    written.expect("written");
}

fn kinds(page: &FeedPage) -> Vec<&str> {
    page.items.iter().map(|event| event.kind.as_str()).collect()
}

#[rstest]
#[actix_web::test]
async fn the_feed_is_read_in_pages_without_the_events_of_auth(setup: Setup) {
    for kind in ["category.created", "auth.key_created", "product.created", "product.updated", "auth.x"] {
        emit(&setup.db, kind).await;
    }
    let selection = setup.feed.select(None).expect("one feed");
    let first = selection.page(0, 2).await.expect("a page");
    assert_eq!(kinds(&first), ["category.created", "product.created"]);
    let second = selection.page(first.next_after, 2).await.expect("a page");
    assert_eq!(kinds(&second), ["product.updated"]);
    // The last event is auth's: it is passed by, so that it is not looked at again and again.
    assert_eq!(second.next_after, 5);
    assert_eq!(selection.page(5, 2).await.expect("a page"), FeedPage { items: vec![], next_after: 5 });
}

#[rstest]
#[actix_web::test]
async fn a_source_selects_the_events_of_one_module(setup: Setup) {
    emit(&setup.db, "category.created").await;
    emit(&setup.db, "product.created").await;
    let page = setup.feed.select(Some("catalog")).expect("known").page(0, 10).await.expect("a page");
    assert_eq!(kinds(&page), ["product.created"]);
    assert_eq!(setup.feed.select(Some("auth")).err(), Some(NoSelection::UnknownSource));
}

#[rstest]
#[actix_web::test]
async fn feeds_of_different_databases_are_never_mixed(mut setup: Setup) {
    let other = open(&setup.folder, "two.db");
    setup.feed.sources.last_mut().expect("two").db = other;
    assert_eq!(setup.feed.select(None).err(), Some(NoSelection::SourceNeeded));
    assert!(setup.feed.select(Some("catalog")).is_ok());
}

#[rstest]
#[actix_web::test]
async fn a_stream_sends_what_was_and_then_what_comes_and_ends_with_the_process(setup: Setup) {
    emit(&setup.db, "category.created").await;
    emit(&setup.db, "product.created").await;
    let lifecycle = setup.feed.lifecycle.clone();
    let selection = setup.feed.select(None).expect("one feed");
    let mut stream = Box::pin(follow(selection, 1, lifecycle.clone()));
    let mut next = async || {
        stream.next().await.map(|piece| {
            let Ok(bytes) = piece;
            String::from_utf8(bytes.to_vec()).expect("UTF-8")
        })
    };
    assert_eq!(next().await.as_deref(), Some("retry: 2000\n\n"));
    let old = next().await.expect("the event after 1");
    assert!(old.starts_with("id: 2\nevent: product.created\ndata: {\"sequence\":2,"), "{old}");
    assert!(old.ends_with("}\n\n"), "{old}");

    let db = setup.db.clone();
    let (new, ()) = futures::join!(next(), emit(&db, "product.updated"));
    assert!(new.expect("the new event").starts_with("id: 3\nevent: product.updated\n"));

    let (end, ()) = futures::join!(next(), async { lifecycle.advance(Phase::Draining) });
    assert_eq!(end, None);
}
