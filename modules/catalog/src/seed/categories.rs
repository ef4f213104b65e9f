//! The synthetic category tree: departments, groups, kinds of things and their lines, as import rows.

use serde_json::{Value, json};

use super::words::{COLORS, DEPARTMENTS, LINES};

/// A kind of thing that products are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The category's external id.
    pub category: String,
    /// Where in the list of departments.
    pub department: usize,
    /// What it is called: `Desk Lamp`.
    pub thing: &'static str,
}

/// Category rows, parents before children. The same in every version.
pub fn rows() -> Vec<Value> {
    let mut rows = Vec::new();
    for (at, department) in DEPARTMENTS.iter().enumerate() {
        let root = format!("seed-c{at}");
        rows.push(json!({
            "external_id": root,
            "name": department.name,
            "description": format!("Everything from our {} department.", department.name.to_lowercase()),
            "attributes": attributes(),
        }));
        for (group_at, (group, things)) in department.groups.iter().enumerate() {
            let group_id = format!("{root}-{group_at}");
            rows.push(json!({"external_id": group_id, "parent_external_id": root, "name": group}));
            for (thing_at, thing) in things.iter().enumerate() {
                let thing_id = format!("{group_id}-{thing_at}");
                rows.push(
                    json!({"external_id": thing_id, "parent_external_id": group_id, "name": plural(thing)}),
                );
                for (line_at, line) in LINES.iter().enumerate() {
                    rows.push(json!({
                        "external_id": format!("{thing_id}-{line_at}"),
                        "parent_external_id": thing_id,
                        "name": format!("{line} {}", plural(thing)),
                    }));
                }
            }
        }
    }
    rows
}

/// The leaves of the tree, those of the largest departments first.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (department, words) in DEPARTMENTS.iter().enumerate() {
        for (group_at, (_, things)) in words.groups.iter().enumerate() {
            for (thing_at, thing) in things.iter().enumerate() {
                for line_at in 0..LINES.len() {
                    let category = format!("seed-c{department}-{group_at}-{thing_at}-{line_at}");
                    kinds.push(Kind { category, department, thing });
                }
            }
        }
    }
    kinds
}

/// What every product may have, and shops filter by.
fn attributes() -> Value {
    json!([
        {"key": "color", "label": "Color", "type": "enum", "values": COLORS, "facet": true},
        {"key": "material", "label": "Material", "type": "text", "facet": true},
        {"key": "weight", "label": "Weight", "type": "number", "unit": "kg"},
        {"key": "warranty_years", "label": "Warranty", "type": "number", "unit": "years", "facet": true},
        {"key": "refurbished", "label": "Refurbished", "type": "boolean", "facet": true},
        {"key": "released_on", "label": "Released", "type": "date"},
    ])
}

fn plural(thing: &str) -> String {
    let settled = [
        "Shorts",
        "Jeans",
        "Chinos",
        "Leggings",
        "Gloves",
        "Sunglasses",
        "Headphones",
        "Scales",
        "Secateurs",
    ];
    if thing.ends_with('s') || settled.contains(&thing) {
        return thing.to_owned();
    }
    if let Some(stem) = thing.strip_suffix("fe") {
        return format!("{stem}ves");
    }
    if thing.ends_with("ch") || thing.ends_with("sh") || thing.ends_with('x') {
        return format!("{thing}es");
    }
    match thing.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_tree_has_a_few_hundred_categories_and_every_parent_comes_first() {
        let rows = rows();
        assert!((300..900).contains(&rows.len()), "{}", rows.len());
        let mut seen = HashSet::new();
        for row in &rows {
            if let Some(parent) = row["parent_external_id"].as_str() {
                assert!(seen.contains(parent), "{row}");
            }
            assert!(seen.insert(row["external_id"].as_str().expect("an id").to_owned()), "{row}");
        }
        assert!(kinds().iter().all(|kind| seen.contains(&kind.category)));
    }
}
