//! The suite over every database, and what only holds for a database file.

use std::sync::Arc;

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use rstest::rstest;
use vitrine_category_api::CategoryStatus;
use vitrine_db::DatabaseSettings;
use vitrine_kernel::{Clock, CountMode, ErrorCode, Limit, Timestamp};
use vitrine_testing::{Backend, TempDb};

use super::CategoryStore;
use super::sql::SqlCategoryStore;
use super::suite::paging::Squeeze;
use super::suite::{TestStore, suite};
use crate::domain::Audience;
use crate::domain::listing::{Filter, Listing, Scope, Sort};
use crate::domain::search_text::SearchText;

/// A store in a new database.
pub fn open(backend: Backend) -> TestStore {
    let db = TempDb::on(backend, &[crate::MIGRATIONS]);
    let clock = vitrine_testing::clock();
    let store: Arc<dyn CategoryStore> =
        Arc::new(SqlCategoryStore::new(db.handle(), Arc::clone(&clock) as Arc<dyn Clock>));
    TestStore { store, db, clock }
}

suite! {
    crate::store::sql_tests::open,
    writes::{
        a_category_reads_back_as_it_was_written,
        everything_that_speaks_against_a_category_is_said_at_once,
        only_a_change_makes_a_version,
        what_is_not_there_can_not_be_changed,
        edits_of_the_same_version_lose_none,
        a_deletion_follows_its_policy,
        each_change_is_told_once,
    },
    slugs::{
        a_slug_is_made_from_the_name_and_stays,
        names_in_use_are_numbered,
        parallel_creates_of_one_name_get_slugs_of_their_own,
        a_former_slug_leads_to_the_category_until_it_is_taken_over,
    },
    tree::{
        siblings_stand_where_they_are_put,
        a_subtree_moves_as_one,
        a_category_never_becomes_its_own_ancestor,
        a_move_beside_somebody_elses_child_is_refused,
        there_is_always_room_between_two_siblings,
        a_tree_has_a_deepest_level,
        the_public_sees_nothing_below_what_is_hidden,
        an_outline_is_as_deep_as_asked_for,
        moves_at_the_same_time_leave_a_sound_tree,
    },
    listing::{
        every_sort_pages_over_equal_values,
        pages_lose_and_repeat_nothing_while_others_write,
        filters_narrow_and_counts_count,
        searches_find_words_in_any_script,
        a_search_follows_its_categories,
    },
    paging::{
        respaced_siblings_are_neither_lost_nor_repeated,
        a_list_below_a_category_goes_on_where_the_category_goes,
        who_is_moved_leaves_the_others_where_they_are,
        an_export_survives_respacings,
    },
    import::{
        rows_meet_their_categories_again,
        a_rejected_row_leaves_nothing_behind_and_the_others_stand,
        a_dry_run_tells_the_same_and_writes_nothing,
        an_export_comes_back_as_it_was,
    },
    model::{random_work_agrees_with_a_simple_model},
}

/// Every list that is offered finds its rows by an index, and reads no more of them than its page needs.
#[tokio::test]
async fn no_list_reads_the_whole_table() {
    let db = TempDb::open_with(
        &DatabaseSettings { readers: 1, ..DatabaseSettings::default() },
        &[crate::MIGRATIONS],
    );
    let clock = vitrine_testing::clock();
    let store = Arc::new(SqlCategoryStore::new(db.handle(), Arc::clone(&clock) as Arc<dyn Clock>));
    let test = TestStore { store, db, clock };
    let top = test.named("Top", None).await;
    for number in 0..3 {
        test.named(&format!("Lamp {number}"), Some(top.id)).await;
        test.named(&format!("Lamp {number}"), None).await;
    }
    let mut filters = Vec::new();
    for scope in [Scope::Everything, Scope::Roots, Scope::ChildrenOf(top.id), Scope::Below(top.id)] {
        for audience in [Audience::Public, Audience::Staff] {
            let filter = Filter::scope(audience, scope.clone());
            filters.push(Filter { status: vec![CategoryStatus::Active], ..filter.clone() });
            filters.push(Filter { updated_since: Some(Timestamp::from_millis(1)), ..filter.clone() });
            filters.push(Filter { search: SearchText::parse("lamp"), ..filter.clone() });
            filters.push(filter);
        }
    }
    for filter in filters {
        let work = async {
            for name in ["position", "name", "created_at", "updated_at", "relevance"] {
                for descending in [false, true] {
                    let sort = Sort { descending, ..Sort::parse(name).expect("a sort") };
                    // More than one page, so that the beginning and the rest are asked for.
                    assert!(test.pages(filter.clone(), sort, 2).await.len() > 2, "{filter:?}");
                }
            }
        };
        let plans = test.db.plans(work).await;
        assert!(plans.len() >= 20, "only {} queries were heard", plans.len());
        let is_narrow = filter.search.is_some() || filter.scope != Scope::Everything;
        for plan in plans.iter().filter(|plan| plan.sql.contains("category_nodes")) {
            for step in &plan.steps {
                assert_ne!(step, "SCAN category_nodes", "{filter:?} {plan:#?}");
                assert!(is_narrow || !step.contains("TEMP B-TREE"), "{filter:?} {plan:#?}");
            }
        }
    }
}

/// Does to the file what no code of ours would, past all its constraints.
fn damage(test: &TestStore, sql: &str) {
    let file = test.db.folder().file("test.db");
    let mut connection = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    diesel::sql_query("PRAGMA foreign_keys = OFF").execute(&mut connection).expect("a pragma");
    let done = diesel::sql_query(sql).execute(&mut connection).expect("valid SQL");
    assert!(done > 0, "{sql} changes something");
}

#[rstest]
#[case::orphan(
    "UPDATE category_nodes SET parent_id = x'00112233445566778899aabbccddeeff' WHERE name = 'Leaf'",
    "orphan"
)]
#[case::cycle(
    "UPDATE category_nodes SET parent_id = (SELECT id FROM category_nodes WHERE name = 'Leaf') WHERE name = 'Top'",
    "cycle"
)]
#[case::path("UPDATE category_nodes SET path = 'x' || path WHERE name = 'Leaf'", "path")]
#[case::depth("UPDATE category_nodes SET depth = 7 WHERE name = 'Leaf'", "depth")]
#[case::order("UPDATE category_nodes SET tree_order = 'b00/' WHERE name = 'Leaf'", "order")]
#[case::rank("UPDATE category_nodes SET rank = 'a0' WHERE name = 'Second'", "rank")]
#[case::damaged_rank("UPDATE category_nodes SET rank = '?' WHERE name = 'Second'", "rank")]
#[case::visibility("UPDATE category_nodes SET hidden_by = 1 WHERE name = 'Leaf'", "visibility")]
#[case::slug_in_use(
    "INSERT INTO category_former_slugs SELECT 'leaf', id FROM category_nodes WHERE name = 'Top'",
    "slug_history"
)]
#[case::not_indexed(
    "DELETE FROM category_search WHERE rowid = (SELECT seq FROM category_nodes WHERE name = 'Leaf')",
    "search"
)]
#[case::indexed_only("INSERT INTO category_search (rowid, name, description) VALUES (99, 'x', '')", "search")]
#[tokio::test]
async fn damage_is_found_and_repaired(#[case] sql: &str, #[case] kind: &str) {
    let test = open(Backend::Sqlite);
    let top = test.named("Top", None).await;
    let branch = test.named("Branch", Some(top.id)).await;
    test.named("Leaf", Some(branch.id)).await;
    test.named("Second", None).await;
    test.assert_sound().await;
    damage(&test, sql);
    let found = test.store.problems().await.expect("checked");
    assert!(found.iter().any(|problem| problem.kind == kind), "{found:?}");
    test.store.repair().await.expect("repaired");
    test.assert_sound().await;
    assert_eq!(test.names(Audience::Staff, Scope::Everything).await.len(), 4);
}

/// More respacings than are kept: better no page than a wrong one.
#[tokio::test]
async fn a_cursor_from_long_ago_is_refused() {
    let test = open(Backend::Sqlite);
    let mut squeeze = Squeeze::new(&test, None).await;
    let listing = |cursor: Option<&str>| {
        let filter = Filter::scope(Audience::Staff, Scope::Everything);
        let limit = Limit::new(2).expect("a limit");
        Listing::new(filter, Sort::POSITION, cursor, limit, CountMode::None).expect("our own cursor")
    };
    let cursor_now = async || {
        let page = test.store.list(listing(None)).await.expect("listed");
        listing(None).cursor_after(&page.items[1].0, 0, page.respaced)
    };
    let next = async |cursor: &str| test.store.list(listing(Some(cursor))).await;
    let first = cursor_now().await;
    // Each takes hundreds of moves; most of them are put in as if they had happened elsewhere.
    let others = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30)
        INSERT INTO category_respacings (path, tree_order, ranks) SELECT 'x/', 'y/', '[]' FROM n";
    damage(&test, others);
    squeeze.until_respaced(&test).await;
    let second = cursor_now().await;
    next(&first).await.expect("all since then are known");
    squeeze.until_respaced(&test).await;
    squeeze.until_respaced(&test).await;
    assert_eq!(next(&first).await.expect_err("refused").code(), ErrorCode::InvalidCursor);
    next(&second).await.expect("all since then are known");
}
