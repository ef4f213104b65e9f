use serde_json::{Value, json};

use crate::harness::{Backend, Shop, Topology, apply, everywhere, pointers};

#[apply(everywhere)]
#[tokio::test]
async fn products_keep_to_the_attributes_that_their_category_inherits(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let admin = &shop.admin;
    let electronics = admin
        .new_category(
            "Electronics",
            json!({"attributes": [
                {"key": "warranty_years", "label": "Warranty", "type": "number", "unit": "a", "required": true},
            ]}),
        )
        .await;
    let phones = admin
        .new_category(
            "Phones",
            json!({"parent_id": electronics["id"], "attributes": [
                {"key": "color", "label": "Color", "type": "enum", "values": ["black", "white"], "facet": true},
                {"key": "dual_sim", "label": "Dual SIM", "type": "boolean"},
                {"key": "released", "label": "Released", "type": "date"},
                {"key": "material", "label": "Material", "type": "text"},
            ]}),
        )
        .await;

    let schema = shop
        .anonymous
        .get(&format!("/categories/{}/attribute-schema", phones["id"].as_str().unwrap()))
        .await
        .expect(200);
    for key in ["warranty_years", "color", "dual_sim", "released", "material"] {
        assert!(schema["properties"].get(key).is_some(), "{key} is in force: {schema}");
    }
    assert_eq!(schema["required"], json!(["warranty_years"]));
    assert_eq!(schema["properties"]["color"]["enum"], json!(["black", "white"]));

    let wrong = admin
        .post(
            "/products",
            &json!({"name": "Phone", "status": "active", "category_ids": [phones["id"]], "attributes": {
                "color": "purple", "dual_sim": "yes", "released": "someday", "material": 7,
            }}),
        )
        .await
        .problem(422);
    assert_eq!(
        pointers(&wrong),
        [
            "/attributes/color",
            "/attributes/dual_sim",
            "/attributes/material",
            "/attributes/released",
            "/attributes/warranty_years"
        ]
    );

    let good = json!({"warranty_years": 2, "color": "black", "dual_sim": true, "released": "2026-01-31", "material": "glass"});
    let phone = admin.new_product("Phone", json!({"category_ids": [phones["id"]], "attributes": good})).await;
    assert_eq!(phone["attributes"], good);

    // Elsewhere the same attributes are nobody's business.
    admin.new_product("Chair", json!({"attributes": {"color": "purple"}})).await;

    let path = format!("/products/{}", phone["id"].as_str().unwrap());
    let patched = admin.patch(&path, "*", &json!({"attributes": {"color": "green"}})).await.problem(422);
    assert_eq!(pointers(&patched), ["/attributes/color"]);
    let removed =
        admin.patch(&path, "*", &json!({"attributes": {"warranty_years": null}})).await.problem(422);
    assert_eq!(pointers(&removed), ["/attributes/warranty_years"]);
    assert_eq!(admin.get(&path).await.expect(200)["attributes"], good, "a refused patch changes nothing");

    // What is found by them.
    for (filter, found) in [
        ("attr.color=black", 1),
        ("attr.color=white", 0),
        ("attr.color=white&attr.color=black", 1),
        ("attr.warranty_years.min=2&attr.warranty_years.max=3", 1),
        ("attr.warranty_years.min=2.5", 0),
        ("attr.dual_sim=true", 1),
    ] {
        let page = shop.anonymous.get(&format!("/products?{filter}")).await.expect(200);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(found), "{filter}: {page}");
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn definitions_of_attributes_are_checked_themselves(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let wrong = shop
        .admin
        .post(
            "/categories",
            &json!({"name": "C", "attributes": [
                {"label": "no key", "type": "text"},
                {"key": "size", "label": "Size", "type": "colour"},
                {"key": "kind", "label": "Kind", "type": "enum"},
                {"key": "twice", "label": "Twice", "type": "text"},
                {"key": "twice", "label": "Twice", "type": "text"},
                "not even an object",
            ]}),
        )
        .await
        .problem(422);
    let found = pointers(&wrong);
    for place in
        ["/attributes/0/key", "/attributes/1/type", "/attributes/2/values", "/attributes/4", "/attributes/5"]
    {
        assert!(found.iter().any(|pointer| pointer.starts_with(place)), "{place} is missing in {found:?}");
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn money_is_exact_or_refused(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for (amount, currency) in
        [("19.99", "EUR"), ("1000", "JPY"), ("0.125", "KWD"), ("0", "USD"), ("999999999999.99", "EUR")]
    {
        let product =
            shop.admin.new_product("P", json!({"price": {"amount": amount, "currency": currency}})).await;
        let told = &product["price_range"]["min"];
        assert_eq!(told["currency"], currency);
        let told = told["amount"].as_str().expect("a decimal string");
        assert_eq!(
            told.parse::<f64>().unwrap().to_bits(),
            amount.parse::<f64>().unwrap().to_bits(),
            "{told} for {amount}"
        );
    }
    for price in [
        json!({"amount": "19.999", "currency": "EUR"}),
        json!({"amount": "1.5", "currency": "JPY"}),
        json!({"amount": 19.99, "currency": "EUR"}),
        json!({"amount": "-1.00", "currency": "EUR"}),
        json!({"amount": "1e3", "currency": "EUR"}),
        json!({"amount": "NaN", "currency": "EUR"}),
        json!({"amount": "1,50", "currency": "EUR"}),
        json!({"amount": "99999999999999999999999999", "currency": "EUR"}),
        json!({"amount": "1.00", "currency": "EURO"}),
        json!({"amount": "1.00"}),
        json!("1.00"),
        json!([]),
    ] {
        let answer = shop.admin.post("/products", &json!({"name": "P", "price": price})).await;
        let found = pointers(&answer.problem(422));
        assert!(
            found.iter().all(|pointer| pointer.contains("/price")) && !found.is_empty(),
            "{price}: {found:?}"
        );
    }
    assert_eq!(shop.admin.get("/products?count=exact").await.expect(200)["total"], Value::from(5));
    shop.close();
}
