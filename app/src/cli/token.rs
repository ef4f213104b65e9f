//! stub
use crate::settings::Loaded;
use clap::Args;
use std::process::ExitCode;
#[derive(Debug, Args)]
pub struct Arguments {}
pub async fn run(_: Loaded, _: Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not yet")
}
