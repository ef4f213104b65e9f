//! `vitrine seed --products N`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use vitrine_bulk::{FinishedReport, Format, Summary};

use super::bulk::{Kind, ReportPrinter, format_of, sentence};
use super::progress::{Progress, Unit};
use crate::settings::Loaded;
use crate::wiring::{self, Wired};

#[derive(Debug, Args)]
pub struct Arguments {
    /// How many products; number 17 is the same however many there are
    #[arg(long, value_name = "N")]
    products: u64,
    /// Categories to put them into, as for `import categories` [default: a tree made for it]
    #[arg(long, value_name = "FILE")]
    categories: Option<PathBuf>,
}

/// Makes a synthetic catalog, by the way of every import: it can't make what an import could not. Doing it again changes
/// nothing, and with a larger number adds the rest.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wired = wiring::wire_offline(&loaded.settings).await?;
    let outcome = seed(&wired, &arguments).await;
    wired.close().await;
    let refused = outcome?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn seed(wired: &Wired, arguments: &Arguments) -> anyhow::Result<u64> {
    let (category, catalog) = (wired.category()?, wired.catalog()?);
    let (rows, given) = match &arguments.categories {
        Some(file) => {
            let rows = read_rows(file)?;
            let given =
                rows.iter().filter_map(|row| Some(row.get("external_id")?.as_str()?.to_owned())).collect();
            (rows, Some(given))
        }
        None => (catalog.seed_categories(), None),
    };
    let mut refused = print(Kind::Categories, category.import_values(rows).await?)?;
    let progress = Progress::begin("seeding products", Unit::Rows, Some(arguments.products));
    let report = catalog.seed_products(arguments.products, given, &|rows| progress.reach(rows)).await;
    progress.end();
    refused += print(Kind::Products, report?)?;
    Ok(refused)
}

fn read_rows(file: &Path) -> anyhow::Result<Vec<Value>> {
    anyhow::ensure!(
        format_of(None, Some(file)) == Format::Ndjson,
        "--categories takes NDJSON; export yours with `vitrine export categories`"
    );
    let text = std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    rows.map(|(at, line)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}, is no JSON", file.display(), at + 1))
    })
    .collect()
}

/// Prints a report. Returns how many rows were refused.
fn print(kind: Kind, mut report: FinishedReport) -> anyhow::Result<u64> {
    let mut printer = ReportPrinter::new(std::io::stderr());
    report.write_to(&mut printer)?;
    let summary: Summary = printer.finish()?;
    println!("{}", sentence(kind, &summary));
    Ok(summary.rejected)
}
