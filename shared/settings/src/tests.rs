use std::path::Path;

use rstest::rstest;
use serde::{Deserialize, Serialize};

use crate::{Loaded, Secret, SettingsError, Sources, load};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Server {
    listen: String,
    workers: Option<u16>,
    origins: Vec<String>,
    verbose: bool,
    ratio: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    url: String,
    readers: usize,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Pretty,
    Json,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Catalog {
    database: Option<Own>,
    client_secret: Secret,
    token: String,
    log_file: String,
    format: Format,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    server: Server,
    catalog: Catalog,
}

fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(sources: &Sources) -> Result<Loaded<Settings>, SettingsError> {
    load(sources, &["catalog.token"])
}

fn from_environment(given: &[(&str, &str)]) -> Result<Loaded<Settings>, SettingsError> {
    read(&Sources { environment: pairs(given), ..Sources::default() })
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

#[test]
fn a_later_layer_wins_and_the_rest_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(
        folder.path(),
        "vitrine.toml",
        "[server]\nlisten = \"file\"\nratio = 0.5\nworkers = 2\norigins = [\"a\", \"b,c\"]\n",
    );
    let sources = Sources {
        optional_file: Some(file.clone()),
        environment: pairs(&[
            ("VITRINE__SERVER__LISTEN", "environment"),
            ("VITRINE__SERVER__WORKERS", "3"),
            ("PATH", "x"),
        ]),
        flags: pairs(&[("server.listen", "flag")]),
        ..Sources::default()
    };
    let loaded = read(&sources).expect("good");
    let wanted = Server {
        listen: "flag".to_owned(),
        workers: Some(3),
        origins: vec!["a".to_owned(), "b,c".to_owned()],
        verbose: false,
        ratio: 0.5,
    };
    assert_eq!(loaded.settings.server, wanted);
    let origin = |key: &str| {
        loaded
            .describe()
            .iter()
            .find(|shown| shown.key == key)
            .map(|shown| shown.origin.clone())
            .expect("shown")
    };
    assert_eq!(origin("server.listen"), "flag");
    assert_eq!(origin("server.workers"), "environment variable VITRINE__SERVER__WORKERS");
    assert_eq!(origin("server.ratio"), format!("{}, line 3", file.display()));
    assert_eq!(origin("server.verbose"), "default");
}

#[test]
fn text_becomes_what_the_setting_is() {
    let loaded = from_environment(&[
        ("VITRINE__SERVER__VERBOSE", "true"),
        ("VITRINE__SERVER__RATIO", "0.25"),
        ("VITRINE__SERVER__ORIGINS", "https://a.example, https://b.example,"),
        ("VITRINE__SERVER__WORKERS", ""),
        ("VITRINE__CATALOG__FORMAT", "json"),
        ("VITRINE__SERVER__LISTEN", "12"),
    ])
    .expect("good");
    let server = loaded.settings.server;
    assert!(server.verbose && matches!(loaded.settings.catalog.format, Format::Json));
    assert!((server.ratio - 0.25).abs() < f64::EPSILON);
    assert_eq!(server.origins, ["https://a.example", "https://b.example"]);
    assert_eq!((server.workers, server.listen.as_str()), (None, "12"));
}

#[test]
fn an_optional_section_is_read_as_a_whole() {
    let loaded = from_environment(&[
        ("VITRINE__CATALOG__DATABASE__URL", "sqlite://x"),
        ("VITRINE__CATALOG__DATABASE__READERS", "2"),
    ])
    .expect("good");
    assert_eq!(loaded.settings.catalog.database, Some(Own { url: "sqlite://x".to_owned(), readers: 2 }));
    let error =
        from_environment(&[("VITRINE__CATALOG__DATABASE__URL", "sqlite://x")]).expect_err("half of it");
    assert!(error.to_string().contains("readers"), "{error}");
}

#[test]
fn all_wrong_keys_are_told_with_where_they_came_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(
        folder.path(),
        "own.toml",
        "[server]\n# a comment\nlisten = 1\nverbos = true\n\n[sever]\nlisten = \"x\"\n",
    );
    let error = read(&Sources {
        file: Some(file.clone()),
        environment: pairs(&[
            ("VITRINE__SERVER__WROKERS", "1"),
            ("VITRINE__SERVER__WORKERS", "many"),
            ("VITRINE__SERVER", "x"),
            ("VITRINE_SERVER__LISTEN", "x"),
            ("VITRINE__CATALOG__FORMAT", "yaml"),
        ]),
        flags: pairs(&[("server.verbose", "perhaps"), ("colour", "red")]),
        ..Sources::default()
    })
    .expect_err("wrong");
    let text = error.to_string();
    let file = file.display();
    for part in [
        "9 settings are wrong:",
        &format!("`server.verbos` ({file}, line 4): is not a setting. Did you mean `server.verbose`?"),
        &format!("`sever` ({file}, line 6): is not a setting."),
        "`server.wrokers` (environment variable VITRINE__SERVER__WROKERS): is not a setting. Did you mean `server.workers`?",
        "`server.workers` (environment variable VITRINE__SERVER__WORKERS): must be",
        "`server` (environment variable VITRINE__SERVER): is a section",
        "(environment variable VITRINE_SERVER__LISTEN): is not read under this name: write VITRINE__SERVER__LISTEN",
        "`catalog.format` (environment variable VITRINE__CATALOG__FORMAT): ",
        "`server.verbose` (flag): must be",
        "`colour` (flag): is not a setting. The sections are `catalog`, `server`.",
    ] {
        assert!(text.contains(part), "{part}\nnot in\n{text}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "vitrine.toml", "[server]\nlisten = \n");
    let error = read(&Sources { optional_file: Some(file), ..Sources::default() }).expect_err("no TOML");
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn only_a_named_file_must_exist() {
    let missing = Some(std::path::PathBuf::from("/nowhere/vitrine.toml"));
    assert!(read(&Sources { optional_file: missing.clone(), ..Sources::default() }).is_ok());
    let error = read(&Sources { file: missing, ..Sources::default() }).expect_err("missing");
    assert!(error.to_string().contains("/nowhere/vitrine.toml"), "{error}");
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "secret", "hunter2 \n");
    let file = file.display().to_string();
    let loaded = from_environment(&[
        ("VITRINE__CATALOG__CLIENT_SECRET_FILE", &file),
        ("VITRINE__CATALOG__TOKEN", "hunter3"),
        ("VITRINE__SERVER__LISTEN", "http://me:hunter4@host"),
        ("VITRINE__CATALOG__LOG_FILE", "a setting whose own name ends like this"),
    ])
    .expect("good");
    assert_eq!(loaded.settings.catalog.client_secret.expose(), "hunter2 ");
    assert_eq!(loaded.settings.catalog.log_file, "a setting whose own name ends like this");
    let shown = format!("{:?}", loaded.describe());
    assert!(
        !shown.contains("hunter")
            && !format!("{:?}", loaded.settings.catalog.client_secret).contains("hunter")
    );
    assert!(shown.contains("CLIENT_SECRET_FILE"), "{shown}");
}

#[rstest]
#[case(&[("VITRINE__CATALOG__TOKEN_FILE", "/nowhere/secret")], "names the file /nowhere/secret, which can't be read")]
#[case(&[("VITRINE__CATALOG__TOKEN", "a"), ("VITRINE__CATALOG__TOKEN_FILE", "/dev/null")], "is also given by")]
#[case(&[("VITRINE__NOWHERE_FILE", "/dev/null")], "is not a setting")]
fn wrong_files_of_secrets_are_told(#[case] given: &[(&str, &str)], #[case] part: &str) {
    let error = from_environment(given).expect_err("wrong");
    assert!(error.to_string().contains(part), "{error}");
}
