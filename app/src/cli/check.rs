//! `vitrine check`

use std::process::ExitCode;

use clap::Args;

use crate::settings::Loaded;
use crate::wiring::{self, Wired};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Also checks the data: the database file, the tree of categories, what is made from the products
    #[arg(long)]
    data: bool,
    /// Makes again what can be made again; implies --data
    #[arg(long)]
    repair: bool,
}

/// Prints the settings in force and where each comes from. With `--data`: 1 if something is wrong and stays wrong.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    if !(arguments.data || arguments.repair) {
        print_settings(&loaded);
        return Ok(ExitCode::SUCCESS);
    }
    let wired = wiring::wire_offline(&loaded.settings).await?;
    let outcome = check_data(&wired, arguments.repair).await;
    wired.close().await;
    Ok(if outcome? == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_settings(loaded: &Loaded) {
    let shown = loaded.describe();
    let width = |length: fn(&vitrine_settings::Shown) -> usize| shown.iter().map(length).max().unwrap_or(0);
    let (key_width, value_width) =
        (width(|s| s.key.chars().count()), width(|s| s.value.chars().count()).min(40));
    for setting in shown {
        println!("{:key_width$}  {:value_width$}  {}", setting.key, setting.value, setting.origin);
    }
}

/// Returns how many problems remain.
async fn check_data(wired: &Wired, repair: bool) -> anyhow::Result<usize> {
    let mut remaining = 0;
    for database in &wired.databases {
        remaining += report(&format!("the file {}", database.url), &database.db.integrity_problems().await?);
    }
    if let Some(category) = &wired.category {
        let mut problems = category.problems().await?;
        if repair && !problems.is_empty() {
            report("before the repair, the categories", &problems);
            category.repair().await?;
            problems = category.problems().await?;
        }
        remaining += report("the categories", &problems);
    }
    if let Some(catalog) = &wired.catalog {
        let mut problems = catalog.problems().await?;
        if repair && !problems.is_empty() {
            report("before the repair, the products", &problems);
            catalog.repair().await?;
            problems = catalog.problems().await?;
        }
        remaining += report("the products", &problems);
    }
    Ok(remaining)
}

/// Says what was found. Returns how many problems that is.
fn report(what: &str, problems: &[String]) -> usize {
    if problems.is_empty() {
        println!("{what}: sound");
    }
    for problem in problems {
        println!("{what}: {problem}");
    }
    problems.len()
}
