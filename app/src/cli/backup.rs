//! `vitrine backup FILE`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::settings::Loaded;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The file to make; it must not exist. If the modules have databases of their own, their names are put before its ending
    file: PathBuf,
}

/// Copies each database as it is at one moment.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wired = wiring::wire_offline(&loaded.settings).await?;
    let is_one = wired.databases.len() == 1;
    for database in &wired.databases {
        let target =
            if is_one { arguments.file.clone() } else { with_names(&arguments.file, &database.modules) };
        database.db.backup(target.clone()).await?;
        let bytes = std::fs::metadata(&target)?.len();
        println!("{}: {} bytes, a copy of {}", target.display(), bytes, database.url);
    }
    wired.close().await;
    Ok(ExitCode::SUCCESS)
}

/// `all.db` becomes `all.catalog.db`.
fn with_names(file: &Path, modules: &[&str]) -> PathBuf {
    let names = modules.join("+");
    match file.extension() {
        Some(ending) => file.with_extension(format!("{names}.{}", ending.to_string_lossy())),
        None => file.with_extension(names),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("b/all.db", "b/all.auth+category.db")]
    #[case("b/all", "b/all.auth+category")]
    fn each_database_has_a_file_of_its_own(#[case] file: &str, #[case] wanted: &str) {
        assert_eq!(with_names(Path::new(file), &["auth", "category"]), Path::new(wanted));
    }
}
