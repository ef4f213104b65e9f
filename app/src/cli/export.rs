//! `vitrine export categories|products`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use futures::StreamExt as _;

use super::bulk::{FormatName, Kind, ServerArguments, format_of};
use super::progress::{Progress, Unit};
use super::remote::Server;
use crate::settings::Loaded;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Arguments {
    /// What to export
    kind: Kind,
    /// How to write the rows down [default: by the name of --output, else ndjson]
    #[arg(long)]
    format: Option<FormatName>,
    /// The file to write, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
}

/// Writes all rows in the form that `import` reads.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { kind, format, output, server } = arguments;
    let format = format_of(format, output.as_deref());
    let mut out: Box<dyn Write> = match &output {
        None => Box::new(std::io::stdout().lock()),
        Some(file) => {
            Box::new(File::create_new(file).with_context(|| format!("could not make {}", file.display()))?)
        }
    };
    let mut out = BufWriter::with_capacity(64 * 1024, &mut out);
    let progress = Progress::begin(format!("exporting {}", kind.name()), Unit::Bytes, None);
    if let Some(server) = Server::from_arguments(server)? {
        let request = server.get(kind, "export")?.query(&[("format", format.name())]);
        let mut rows = server.send(request).await?.bytes_stream();
        while let Some(chunk) = rows.next().await {
            let chunk = chunk.context("the export broke off")?;
            progress.advance(chunk.len() as u64);
            out.write_all(&chunk)?;
        }
    } else {
        let wired = wiring::wire_offline(&loaded.settings).await?;
        let mut rows = match kind {
            Kind::Categories => wired.category()?.export(format),
            Kind::Products => wired.catalog()?.export(format),
        };
        while let Some(chunk) = rows.next_chunk().await {
            let chunk = chunk.context("the export broke off")?;
            progress.advance(chunk.len() as u64);
            out.write_all(&chunk)?;
        }
        wired.close().await;
    }
    out.flush()?;
    progress.end();
    Ok(ExitCode::SUCCESS)
}
