use rstest::rstest;

use super::*;

fn load(environment: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::load_from(&Sources { environment, ..Sources::default() })
}

/// The settings that the contract names, with values that are not the defaults.
#[rstest]
#[case("VITRINE__SERVER__LISTEN", "0.0.0.0:80")]
#[case("VITRINE__SERVER__MANAGEMENT_LISTEN", "0.0.0.0:81")]
#[case("VITRINE__SERVER__PUBLIC_URL", "https://catalog.example")]
#[case("VITRINE__SERVER__WORKERS", "3")]
#[case("VITRINE__SERVER__DRAIN_SECONDS", "3")]
#[case("VITRINE__DATABASE__URL", "sqlite://x.db")]
#[case("VITRINE__AUTH__DATABASE__URL", "sqlite://x.db")]
#[case("VITRINE__CATALOG__DATABASE__URL", "sqlite://x.db")]
#[case("VITRINE__CATEGORY__DATABASE__URL", "sqlite://x.db")]
#[case("VITRINE__REDIS__URL", "redis://h")]
#[case("VITRINE__MODULES__CATEGORY", "off")]
#[case("VITRINE__MODULES__CATALOG", "remote")]
#[case("VITRINE__MODULES__AUTH", "local")]
#[case("VITRINE__PEERS__CATEGORY", "_http._tcp.c")]
#[case("VITRINE__PEERS__CATALOG", "_http._tcp.c")]
#[case("VITRINE__PEERS__AUTH", "_http._tcp.c")]
#[case("VITRINE__PEERS__DNS_SERVER", "10.0.0.1:53")]
#[case("VITRINE__PEERS__CREDENTIAL", "s")]
#[case("VITRINE__AUTH__ANONYMOUS_READ", "false")]
#[case("VITRINE__LOG__LEVEL", "debug")]
#[case("VITRINE__LOG__FORMAT", "json")]
fn every_setting_of_the_contract_is_there(#[case] name: &str, #[case] value: &str) {
    let loaded = load(&[(name, value)]).expect("known");
    let key = name.trim_start_matches("VITRINE__").replace("__", ".").to_lowercase();
    let shown = loaded.describe().iter().find(|shown| shown.key == key).expect("shown");
    let hidden = key == "peers.credential";
    assert_eq!(shown.value, if hidden { "***" } else { value });
    assert!(shown.origin.contains(name), "{}", shown.origin);
}

#[rstest]
#[case("VITRINE__SERVER__LISTN", "server.listen")]
#[case("VITRINE__CATALOG__DATABASE__URI", "catalog.database.url")]
#[case("VITRINE__MODULES__AUTH", "must be `local`, `remote` or `off`")]
#[case("VITRINE__SERVER__WORKERS", "server.workers")]
#[case("VITRINE__SERVER__PUBLIC_URL", "must be an address like")]
fn what_is_wrong_is_refused_by_name(#[case] name: &str, #[case] says: &str) {
    let refusal = load(&[(name, "many")]).expect_err("refused").to_string();
    assert!(refusal.contains(name) && refusal.contains(says), "{refusal}");
}

#[test]
fn a_module_lives_in_the_common_database_unless_it_names_its_own() {
    let settings = load(&[
        ("VITRINE__DATABASE__URL", "sqlite://common.db"),
        ("VITRINE__DATABASE__READERS", "2"),
        ("VITRINE__CATALOG__DATABASE__URL", "sqlite://own.db"),
    ])
    .expect("good")
    .settings;
    let urls = [
        settings.auth.database(&settings.database).url,
        settings.category.database(&settings.database).url,
        settings.catalog.database(&settings.database).url,
    ];
    assert_eq!(urls, ["sqlite://common.db", "sqlite://common.db", "sqlite://own.db"]);
    assert_eq!(settings.catalog.database(&settings.database).readers, 2);
}

/// docs/settings.md has a row for each setting, with its default, and none for anything else.
#[test]
fn the_page_of_settings_says_what_the_code_says() {
    let page = include_str!("../../../docs/settings.md");
    let rows: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|').map(|cell| cell.trim().trim_matches('`'));
            Some((cells.next()?, cells.next()?))
        })
        .collect();
    let loaded = load(&[]).expect("defaults");
    for shown in loaded.describe() {
        let row = rows.iter().find(|(key, _)| *key == shown.key);
        let default = if shown.value.is_empty() { "none" } else { &shown.value };
        assert_eq!(row.map(|(_, value)| *value), Some(default), "{}", shown.key);
    }
    for (key, _) in rows {
        let is_of_an_absent_module = match key.split_once('.') {
            Some(("auth", _)) => !auth::IS_COMPILED_IN,
            Some(("category", _)) => !category::IS_COMPILED_IN,
            Some(("catalog", _)) => !catalog::IS_COMPILED_IN,
            _ => false,
        };
        if is_of_an_absent_module {
            continue;
        }
        assert!(
            loaded.describe().iter().any(|shown| shown.key == key),
            "`{key}` is on the page and not in the code"
        );
    }
}
