//! `vitrine migrate`

use std::process::ExitCode;

use crate::settings::Loaded;
use crate::wiring;

/// Opening a database brings its schema up to date; this does just that, for those who want it done before the start.
pub async fn run(loaded: Loaded) -> anyhow::Result<ExitCode> {
    let wired = wiring::wire_offline(&loaded.settings).await?;
    for database in &wired.databases {
        println!("{}: the schema of {} is up to date", database.url, database.modules.join(", "));
    }
    wired.close().await;
    Ok(ExitCode::SUCCESS)
}
