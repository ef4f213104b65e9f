use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Backend, Client, Dice, Shop, Topology, apply, everywhere, items, short_or_long};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

fn ids(page: &Value) -> Vec<&str> {
    items(page).iter().map(id).collect()
}

#[apply(everywhere)]
#[tokio::test]
async fn moving_a_category_keeps_its_products_findable(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    let electronics = admin.new_category("Electronics", json!({})).await;
    let phones = admin.new_category("Phones", json!({"parent_id": id(&electronics)})).await;
    let smart = admin.new_category("Smartphones", json!({"parent_id": id(&phones)})).await;
    let leisure = admin.new_category("Leisure", json!({})).await;
    let product = admin.new_product("Orion 5", json!({"category_ids": [id(&smart)]})).await;
    let below = |category: &Value| format!("/products?category={}", category["slug"].as_str().unwrap());

    assert_eq!(ids(&shop.anonymous.get(&below(&electronics)).await.expect(200)), [id(&product)]);
    assert_eq!(ids(&shop.anonymous.get(&below(&leisure)).await.expect(200)), Vec::<&str>::new());
    let before = shop.anonymous.get(&format!("/products/{}", id(&product))).await;
    assert!(before.text().contains(id(&electronics)), "the breadcrumbs lead to the root: {before}");

    let would = admin
        .post(
            &format!("/categories/{}/move?validate_only=true", id(&phones)),
            &json!({"parent_id": id(&leisure)}),
        )
        .await;
    assert_eq!(would.status, 200, "{would}");
    assert_eq!(
        ids(&shop.anonymous.get(&below(&electronics)).await.expect(200)),
        [id(&product)],
        "nothing moved yet"
    );

    let moved =
        admin.post(&format!("/categories/{}/move", id(&phones)), &json!({"parent_id": id(&leisure)})).await;
    assert_eq!(moved.status, 200, "{moved}");

    // Acknowledged means: every read from now on, cached or not, sees it.
    assert_eq!(ids(&shop.anonymous.get(&below(&leisure)).await.expect(200)), [id(&product)]);
    assert_eq!(ids(&shop.anonymous.get(&below(&electronics)).await.expect(200)), Vec::<&str>::new());
    assert_eq!(ids(&shop.anonymous.get(&below(&phones)).await.expect(200)), [id(&product)]);
    let direct = format!("{}&descendants=false", below(&leisure));
    assert_eq!(ids(&shop.anonymous.get(&direct).await.expect(200)), Vec::<&str>::new());
    let after = shop.anonymous.get(&format!("/products/{}", id(&product))).await;
    assert!(after.text().contains(id(&leisure)) && !after.text().contains(id(&electronics)), "{after}");
    let ancestors = shop.anonymous.get(&format!("/categories/{}/ancestors", id(&smart))).await.expect(200);
    assert_eq!(ids(&ancestors), [id(&leisure), id(&phones)]);
    let leisure_now = shop.anonymous.get(&format!("/categories/{}", id(&leisure))).await.expect(200);
    assert_eq!(leisure_now["product_count"], 1);
    let electronics_now = shop.anonymous.get(&format!("/categories/{}", id(&electronics))).await.expect(200);
    assert_eq!(electronics_now["product_count"], 0);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_former_slug_leads_to_the_current_one_until_another_takes_it(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    for (collection, body) in [
        ("categories", json!({"name": "First name", "slug": "first"})),
        ("products", json!({"name": "First name", "slug": "first", "status": "active"})),
    ] {
        let created = admin.post(&format!("/{collection}"), &body).await;
        let (thing, mut etag) = (created.expect(201), created.etag());
        let path = format!("/{collection}/{}", id(&thing));
        for slug in ["second", "third"] {
            let renamed = admin.patch(&path, &etag, &json!({"slug": slug})).await;
            renamed.expect(200);
            etag = renamed.etag();
        }
        for former in ["first", "second"] {
            let answer = shop.anonymous.get(&format!("/{collection}/by-slug/{former}")).await;
            assert_eq!(answer.status, 308, "{answer}");
            let location = answer.header("location").to_owned();
            let there = shop.anonymous.get(&location).await.expect(200);
            assert_eq!((id(&there), &there["slug"]), (id(&thing), &json!("third")));
        }
        let heir = admin
            .post(&format!("/{collection}"), &json!({"name": "Heir", "slug": "first", "status": "active"}))
            .await
            .expect(201);
        let now = shop.anonymous.get(&format!("/{collection}/by-slug/first")).await.expect(200);
        assert_eq!(id(&now), id(&heir));
        shop.anonymous.get(&format!("/{collection}/by-slug/never")).await.problem(404);
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn deleting_follows_the_policy(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    let root = admin.new_category("Root", json!({})).await;
    let middle = admin.new_category("Middle", json!({"parent_id": id(&root)})).await;
    let leaf = admin.new_category("Leaf", json!({"parent_id": id(&middle)})).await;
    let product = admin.new_product("Thing", json!({"category_ids": [id(&middle)]})).await;
    let middle_path = format!("/categories/{}", id(&middle));

    let refused = admin.delete(&middle_path, "*").await.problem(409);
    assert_eq!(refused["type"], "/problems/category-not-empty");
    admin.delete(&format!("{middle_path}?policy=somehow"), "*").await.problem(400);

    let gone = admin.delete(&format!("{middle_path}?policy=reparent"), "*").await;
    assert!([200, 204].contains(&gone.status), "{gone}");
    admin.get(&middle_path).await.problem(404);
    let leaf_now = admin.get(&format!("/categories/{}", id(&leaf))).await.expect(200);
    assert_eq!(leaf_now["parent_id"], root["id"]);
    let found = admin.get(&format!("/products?category={}", id(&root))).await.expect(200);
    assert_eq!(ids(&found), [id(&product)], "the product went up with the children");

    let gone = admin.delete(&format!("/categories/{}?policy=cascade", id(&root)), "*").await;
    assert!([200, 204].contains(&gone.status), "{gone}");
    admin.get(&format!("/categories/{}", id(&leaf))).await.problem(404);
    admin.get(&format!("/products/{}", id(&product))).await.expect(200);
    assert_eq!(items(&admin.get("/categories").await.expect(200)).len(), 0);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn siblings_keep_the_order_they_are_given(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    let parent = admin.new_category("Parent", json!({})).await;
    let mut children = Vec::new();
    for n in 0..6 {
        children.push(admin.new_category(&format!("Child {n}"), json!({"parent_id": id(&parent)})).await);
    }
    let order = || async {
        let page = admin.get(&format!("/categories/{}/children?limit=100", id(&parent))).await.expect(200);
        ids(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut wanted: Vec<String> = children.iter().map(|child| id(child).to_owned()).collect();
    assert_eq!(order().await, wanted, "new ones come last");
    let mut dice = Dice::new(5);
    for round in 0..60 {
        let moved = wanted.remove(dice.below(wanted.len()));
        let at = dice.below(wanted.len());
        let (place, neighbour) = if round % 2 == 0 { ("before", at) } else { ("after", at) };
        let body = json!({"parent_id": id(&parent), place: wanted[neighbour]});
        admin.post(&format!("/categories/{moved}/move"), &body).await.expect(200);
        wanted.insert(if place == "before" { at } else { at + 1 }, moved);
        assert_eq!(order().await, wanted, "after round {round}");
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_category_never_becomes_its_own_ancestor(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    let a = admin.new_category("A", json!({})).await;
    let b = admin.new_category("B", json!({"parent_id": id(&a)})).await;
    let c = admin.new_category("C", json!({"parent_id": id(&b)})).await;
    for parent in [&a, &b, &c] {
        let answer =
            admin.post(&format!("/categories/{}/move", id(&a)), &json!({"parent_id": id(parent)})).await;
        assert_eq!(answer.problem(409)["type"], "/problems/category-cycle");
    }
    let patched = admin.patch(&format!("/categories/{}", id(&a)), "*", &json!({"parent_id": id(&c)})).await;
    assert!([409, 422].contains(&patched.status), "{patched}");

    // Two that swap at the same time: at most one can win.
    for round in 0..10 {
        let x = admin.new_category(&format!("X{round}"), json!({})).await;
        let y = admin.new_category(&format!("Y{round}"), json!({})).await;
        let (below_y, below_x) = (json!({"parent_id": id(&y)}), json!({"parent_id": id(&x)}));
        let (to_y, to_x) = (format!("/categories/{}/move", id(&x)), format!("/categories/{}/move", id(&y)));
        let (first, second) = futures::join!(admin.post(&to_y, &below_y), admin.post(&to_x, &below_x));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_movers_at_once_leave_a_sound_tree(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let mut all: Vec<String> = Vec::new();
    let mut dice = Dice::new(1);
    for n in 0..80 {
        let more = if n < 4 { json!({}) } else { json!({"parent_id": all[dice.below(all.len())]}) };
        all.push(id(&shop.admin.new_category(&format!("Node {n}"), more).await).to_owned());
    }
    let end = Instant::now() + Duration::from_secs(short_or_long(5, 60));
    let movers = (0..8).map(|seed| tokio::spawn(move_at_random(shop.admin.clone(), all.clone(), seed, end)));
    let mut moves = 0;
    for mover in futures::future::join_all(movers).await {
        moves += mover.expect("no panic");
    }
    eprintln!("{moves} moves succeeded");
    assert!(moves > 50, "only {moves} moves succeeded");
    assert_sound(&shop.admin, &all).await;
    shop.close();
}

/// How many moves succeeded.
async fn move_at_random(admin: Client, all: Vec<String>, seed: u64, end: Instant) -> usize {
    let (mut dice, mut succeeded) = (Dice::new(seed + 100), 0);
    while Instant::now() < end {
        let moved = &all[dice.below(all.len())];
        let body = match dice.below(10) {
            0 => json!({"parent_id": null}),
            _ => json!({"parent_id": all[dice.below(all.len())]}),
        };
        let answer = admin.post(&format!("/categories/{moved}/move"), &body).await;
        match answer.status {
            200 => succeeded += 1,
            409 => assert_eq!(answer.problem(409)["type"], "/problems/category-cycle"),
            _ => panic!("{answer}"),
        }
    }
    succeeded
}

/// What is told of the tree, by every route that tells of it, is one and the same tree.
async fn assert_sound(client: &Client, all: &[String]) {
    let listed = client.all_items("/categories?sort=name", 100).await;
    let parents: HashMap<&str, Option<&str>> =
        listed.iter().map(|category| (id(category), category["parent_id"].as_str())).collect();
    assert_eq!(parents.len(), listed.len(), "listed twice");
    assert_eq!(parents.keys().copied().collect::<HashSet<_>>(), all.iter().map(String::as_str).collect());
    for category in all {
        let (mut at, mut path) = (category.as_str(), Vec::new());
        while let Some(parent) = parents[at] {
            path.insert(0, parent);
            assert!(path.len() <= all.len(), "a cycle through {category}");
            at = parent;
        }
        let told = client.get(&format!("/categories/{category}/ancestors?limit=100")).await.expect(200);
        assert_eq!(ids(&told), path, "the ancestors of {category}");
    }
    let tree = client.get("/categories/tree").await.expect(200);
    let mut seen = HashMap::new();
    walk(tree.get("items").unwrap_or(&tree), None, &mut seen);
    assert_eq!(seen.len(), all.len(), "the tree has each category once");
    for (category, parent) in seen {
        assert_eq!(
            parents[category.as_str()].map(str::to_owned),
            parent,
            "the parent of {category} in the tree"
        );
    }
}

fn walk(nodes: &Value, parent: Option<&str>, seen: &mut HashMap<String, Option<String>>) {
    for node in nodes.as_array().expect("nodes") {
        let twice = seen.insert(id(node).to_owned(), parent.map(str::to_owned));
        assert!(twice.is_none(), "{} stands twice in the tree", id(node));
        walk(&node["children"], Some(id(node)), seen);
    }
}
