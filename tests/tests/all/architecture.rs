//! The rules of docs/architecture.md, read from the workspace itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::harness::root;

const MODULES: [&str; 3] = ["auth", "category", "catalog"];
/// A file may be longer when its first lines say why, in these words.
const REASON_FOR_LENGTH: &str = "longer than 500 lines:";

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata")
}

/// What a package is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Kernel,
    Shared,
    Api,
    Client,
    Module,
    App,
    Tests,
}

fn room(package: &Package) -> Room {
    let folder = package
        .manifest_path
        .parent()
        .expect("a folder")
        .strip_prefix(root().to_str().unwrap())
        .unwrap()
        .as_str();
    match folder {
        "shared/kernel" => Room::Kernel,
        "app" => Room::App,
        "tests" => Room::Tests,
        _ if folder.starts_with("shared/") => Room::Shared,
        _ if folder.ends_with("-api") => Room::Api,
        _ if folder.ends_with("-client") => Room::Client,
        _ if folder.starts_with("modules/") => Room::Module,
        _ => panic!("{folder} is no room of this house"),
    }
}

fn may_know(from: (Room, &str), to: (Room, &str)) -> bool {
    let own_api = |name: &str| format!("{}-api", name.trim_end_matches("-client"));
    match (from.0, to.0) {
        (Room::App, _) | (_, Room::Kernel) => from.0 != Room::Kernel,
        (Room::Client, Room::Api) => to.1 == own_api(from.1),
        (Room::Client, Room::Shared) => to.1 == "vitrine-peer",
        (Room::Module, Room::Api | Room::Shared) => to.1 != "vitrine-peer",
        // Ports are leaves: the HTTP edge asks who calls.
        (Room::Shared, Room::Shared | Room::Api) => true,
        (Room::Tests, to_room) => to_room == Room::Shared && to.1 == "vitrine-testing",
        _ => false,
    }
}

#[test]
fn packages_know_only_whom_they_may() {
    let metadata = metadata();
    let ours: BTreeMap<&str, Room> =
        metadata.packages.iter().map(|package| (package.name.as_str(), room(package))).collect();
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let from = (room(package), package.name.as_str());
        for dependency in &package.dependencies {
            let Some(to) = ours.get(dependency.name.as_str()) else { continue };
            // Tests beside the code may use the fixtures, and the fakes of the ports.
            let is_for_tests = dependency.kind == DependencyKind::Development
                && matches!(to, Room::Shared | Room::Api | Room::Kernel);
            let is_for_tests_only =
                dependency.name == "vitrine-testing" && dependency.kind != DependencyKind::Development;
            if is_for_tests_only || !(may_know(from, (*to, &dependency.name)) || is_for_tests) {
                broken.push(format!("{} must not know {}", package.name, dependency.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(ours.len() >= 18, "{ours:?}");
}

#[test]
fn the_kernel_and_the_ports_know_no_framework() {
    let heavy = ["actix-web", "actix-http", "diesel", "diesel-async", "reqwest", "moka", "config", "clap"];
    for package in metadata().packages {
        let banned: &[&str] = match room(&package) {
            Room::Kernel => &[
                "tokio",
                "actix-web",
                "actix-http",
                "diesel",
                "diesel-async",
                "reqwest",
                "moka",
                "config",
                "clap",
            ],
            Room::Api => &heavy,
            _ => continue,
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            assert!(
                !banned.contains(&dependency.name.as_str()),
                "{} must not know {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn the_house_is_as_drawn() {
    let metadata = metadata();
    let names: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    for module in MODULES {
        for suffix in ["", "-api", "-client"] {
            assert!(
                names.contains(format!("vitrine-{module}{suffix}").as_str()),
                "vitrine-{module}{suffix} is missing"
            );
        }
    }
    let app = metadata.packages.iter().find(|package| package.name == "vitrine").expect("the app");
    for module in MODULES {
        assert!(app.features.contains_key(module), "the feature {module} is missing");
        assert!(
            app.features["default"].iter().any(|feature| feature == module),
            "{module} is not there by default"
        );
    }
    for package in &metadata.packages {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} does not take the workspace's lints",
            package.name
        );
        assert_eq!(package.license.as_deref(), Some("Apache-2.0 OR MIT"), "{}", package.name);
    }
}

/// All files below the root with this ending, without what is built and what is not ours.
fn files(ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", ".git", "node_modules", "data"].contains(&name.as_str()) {
                    walk(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no file ends with {ending}");
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// The offending lines of the sources, `file:line: text`, except in files that `is_exempt`.
fn lines_with(needles: &[&str], is_exempt: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(".rs") {
        let name = shown(&file);
        // This file names what it forbids.
        if is_exempt(&name) || name.ends_with("all/architecture.rs") {
            continue;
        }
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            if needles.iter().any(|needle| line.contains(needle)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn only_the_wiring_knows_which_modules_are_compiled_in() {
    let needles = MODULES.map(|module| format!("feature = \"{module}\""));
    let needles = needles.each_ref().map(String::as_str);
    let found = lines_with(&needles, |name| name.starts_with("app/src/wiring"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_is_allowed_without_a_word() {
    let found = lines_with(&["#[allow(", "#![allow("], |_| false);
    assert!(found.is_empty(), "use #[expect(…, reason = \"…\")]: {found:#?}");
}

#[test]
fn sql_text_stands_in_the_stores_alone() {
    let found = lines_with(&["sql_query(", "dsl::sql::<", "dsl::sql("], |name| {
        let is_of_databases = name.starts_with("shared/db/") || name.starts_with("shared/testing/");
        is_of_databases || name.contains("/store/") || name.ends_with("/store.rs")
    });
    assert!(found.is_empty(), "{found:#?}");
    let found = lines_with(&["HttpRequest", "HttpResponse", "StatusCode", "actix_web"], |name| {
        !name.starts_with("modules/")
            || name.contains("/http/")
            || name.ends_with("/http.rs")
            || name.ends_with("/src/lib.rs")
            || name.ends_with("/src/module.rs")
            || name.contains("/tests")
    });
    assert!(found.is_empty(), "only http/ knows HTTP: {found:#?}");
}

#[test]
fn no_module_touches_the_tables_of_another() {
    for module in MODULES {
        let folder = root().join(format!("migrations/sqlite/{module}"));
        let mut tables = BTreeSet::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let sql = std::fs::read_to_string(entry.unwrap().path().join("up.sql")).unwrap();
            for (at, _) in sql.match_indices("TABLE ") {
                let name: String =
                    sql[at + 6..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if !name.is_empty() && name != "IF" {
                    assert!(name.starts_with(&format!("{module}_")), "{name} does not belong to {module}");
                    tables.insert(name);
                }
            }
        }
        assert!(!tables.is_empty(), "{module} has no tables");
        for other in MODULES.iter().filter(|other| **other != module) {
            let needles: Vec<&str> = tables.iter().map(String::as_str).collect();
            let found = lines_with(&needles, |name| !name.starts_with(&format!("modules/{other}/")));
            assert!(found.is_empty(), "{other} names tables of {module}: {found:#?}");
        }
    }
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut long = Vec::new();
    for file in files(".rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        let has_reason = text.lines().take(10).any(|line| line.to_lowercase().contains(REASON_FOR_LENGTH));
        if text.lines().count() > 500 && !has_reason {
            long.push(format!("{}: {} lines", shown(&file), text.lines().count()));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
    let main = std::fs::read_to_string(root().join("app/src/main.rs")).unwrap();
    assert!(main.lines().count() <= 40, "main says what, startup says how");
}

#[test]
fn links_between_our_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for page in files(".md") {
        let text = std::fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices("](") {
            let target: String =
                text[at + 2..].chars().take_while(|c| !matches!(c, ')' | ' ' | '\n')).collect();
            let (path, anchor) = target.split_once('#').unwrap_or((target.as_str(), ""));
            if path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            let there = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            if !there.exists() {
                broken.push(format!("{} links to {target}", shown(&page)));
            } else if !anchor.is_empty()
                && there.extension().is_some_and(|e| e == "md")
                && !has_heading(&there, anchor)
            {
                broken.push(format!("{} links to {target}, which has no such heading", shown(&page)));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn has_heading(page: &Path, anchor: &str) -> bool {
    let text = std::fs::read_to_string(page).unwrap();
    text.lines().filter_map(|line| line.strip_prefix('#')).any(|heading| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let slug: String =
            heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect();
        slug.replace(' ', "-") == anchor
    })
}

/// The page of invariants names, for each, the test that holds it; a test that was renamed must not leave it behind.
#[test]
fn the_tests_that_the_documents_name_exist() {
    let sources: String = files(".rs").iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let mut missing = Vec::new();
    for page in files(".md") {
        let text = std::fs::read_to_string(&page).unwrap();
        for code in text.split('`').skip(1).step_by(2) {
            // Names of tests are sentences: at least five words, and nothing else.
            let is_sentence = code.matches('_').count() >= 4
                && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if is_sentence && !sources.contains(&format!("fn {code}(")) {
                missing.push(format!("{}: {code}", shown(&page)));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
