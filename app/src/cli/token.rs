//! `vitrine token --role ROLE`

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::settings::Loaded;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Arguments {
    /// What the key may do: viewer, editor, admin, or a role that you made
    #[arg(long)]
    role: String,
    /// A name for people, to find the key again
    #[arg(long)]
    name: Option<String>,
    /// How long the key is valid: 30d, 12h, 90m, 4w [default: until it is deleted]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

/// Makes an API key. The key alone goes to stdout, so that a script can keep it.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wired = wiring::wire_offline(&loaded.settings).await?;
    let auth = wired.auth.as_ref().context("modules.auth is `off`: there are no keys here")?;
    let issued = auth.issue_token(arguments.role, arguments.name, arguments.expires).await;
    wired.close().await;
    println!("{}", issued?);
    eprintln!(
        "The key is shown this once. Send it as `Authorization: Bearer <key>`; a running server knows it within a second."
    );
    Ok(ExitCode::SUCCESS)
}
