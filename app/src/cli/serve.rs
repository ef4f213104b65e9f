//! `vitrine serve`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;

use crate::settings::Loaded;
use crate::startup::Application;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to serve the API; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where to serve operators; never let the world reach it [default: 127.0.0.1:9090]
    #[arg(long, value_name = "HOST:PORT")]
    management_listen: Option<String>,
    /// Writes the two addresses to this file, a line each, once the service is ready
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

impl Arguments {
    /// The settings that these arguments stand for.
    pub fn assignments(&self) -> Vec<(String, String)> {
        let given = [("server.listen", &self.listen), ("server.management_listen", &self.management_listen)];
        given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect()
    }
}

/// Runs the service until it is told to stop.
pub fn run(loaded: Loaded, arguments: Arguments, started: Instant) -> anyhow::Result<ExitCode> {
    let telemetry = Arc::new(vitrine_telemetry::init(&loaded.settings.log, env!("CARGO_PKG_VERSION"))?);
    let outcome = actix_web::rt::System::new().block_on(async move {
        let application = Application::build(loaded.settings, telemetry, started).await?;
        if let Some(file) = arguments.ready_file {
            let (addresses, ready) = (application.addresses(), application.ready());
            actix_web::rt::spawn(async move {
                ready.await;
                let text = format!("http://{}\nhttp://{}\n", addresses.api, addresses.management);
                // Written aside and renamed: whoever waits for the file never reads half of it.
                let written =
                    write_whole(&file, &text).with_context(|| format!("could not write {}", file.display()));
                if let Err(error) = written {
                    tracing::error!("{error:#}");
                }
            });
        }
        application.run_until_stopped().await
    });
    if let Err(error) = outcome {
        tracing::error!("{error:#}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn write_whole(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    let mut aside = file.as_os_str().to_owned();
    aside.push(".new");
    std::fs::write(&aside, text)?;
    std::fs::rename(&aside, file)
}
