//! `vitrine migrate`

use std::process::ExitCode;

use crate::settings::Loaded;
use crate::wiring;

/// Brings the schemas up to date. Any number of processes may do it at once: the jobs of a deployment, a nervous operator.
pub fn run(loaded: &Loaded) -> anyhow::Result<ExitCode> {
    for (url, modules) in wiring::migrate(&loaded.settings)? {
        println!("{url}: the schema of {} is up to date", modules.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}
