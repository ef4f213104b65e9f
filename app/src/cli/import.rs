//! `vitrine import categories|products FILE|-`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use futures::{Stream, StreamExt as _};
use reqwest::header::CONTENT_TYPE;
use vitrine_bulk::{ByteSender, Format, Summary, byte_stream};
use vitrine_kernel::Failure;

use super::bulk::{FormatName, Kind, ReportPrinter, ServerArguments, format_of, sentence};
use super::progress::{Progress, Unit};
use super::remote::Server;
use crate::settings::Loaded;
use crate::wiring;

#[derive(Debug, Args)]
pub struct Arguments {
    /// What the rows are
    kind: Kind,
    /// The file to read; `-` is standard input
    file: PathBuf,
    /// How the rows are written down [default: by the name of the file, else ndjson]
    #[arg(long)]
    format: Option<FormatName>,
    /// Only says what an import would do
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Imports rows. Bad rows go to stderr, the counts to stdout; 1 if a row was refused.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { kind, file, format, dry_run, server } = arguments;
    let format = format_of(format, Some(&file));
    let (input, length) = open(&file)?;
    let progress = Progress::begin(format!("importing {}", kind.name()), Unit::Bytes, length);
    let mut printer = ReportPrinter::new(std::io::stderr());
    let outcome = match Server::from_arguments(server)? {
        Some(server) => upload(&server, kind, input, &progress, format, dry_run, &mut printer).await,
        None => {
            import_here(loaded, kind, Box::new(progress.reader(input)), format, dry_run, &mut printer).await
        }
    };
    progress.end();
    outcome?;
    let summary: Summary = printer.finish()?;
    println!("{}", sentence(kind, &summary));
    Ok(if summary.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What to read, and how long it is where that is known.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let file = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    let metadata = file.metadata().with_context(|| format!("could not open {}", path.display()))?;
    anyhow::ensure!(!metadata.is_dir(), "{} is a folder; name a file of rows", path.display());
    let length = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(file), length))
}

async fn import_here(
    loaded: Loaded,
    kind: Kind,
    input: Box<dyn Read + Send>,
    format: Format,
    dry_run: bool,
    printer: &mut ReportPrinter<std::io::Stderr>,
) -> anyhow::Result<()> {
    let wired = wiring::wire_offline(&loaded.settings).await?;
    let report = match kind {
        Kind::Categories => wired.category()?.import(input, format, dry_run).await,
        Kind::Products => wired.catalog()?.import(input, format, dry_run).await,
    };
    wired.close().await;
    report?.write_to(printer)?;
    Ok(())
}

async fn upload(
    server: &Server,
    kind: Kind,
    input: Box<dyn Read + Send>,
    progress: &Progress,
    format: Format,
    dry_run: bool,
    printer: &mut ReportPrinter<std::io::Stderr>,
) -> anyhow::Result<()> {
    let request = server
        .post(kind, "import")?
        .query(&[("validate_only", dry_run)])
        .header(CONTENT_TYPE, format.media_type())
        .body(reqwest::Body::wrap_stream(stream_of(progress.reader(input))));
    let mut answer = server.send(request).await?.bytes_stream();
    while let Some(chunk) = answer.next().await {
        std::io::Write::write_all(printer, &chunk.context("the server's answer broke off")?)?;
    }
    Ok(())
}

/// A file as the body of a request. Files are read on a thread that may block.
fn stream_of(input: impl Read + Send + 'static) -> impl Stream<Item = Result<Bytes, Failure>> {
    let (sender, stream) = byte_stream();
    tokio::task::spawn_blocking(move || send_all(input, &sender));
    futures::stream::unfold(stream, |mut stream| async move { Some((stream.next_chunk().await?, stream)) })
}

fn send_all(mut input: impl Read, sender: &ByteSender) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(Bytes::copy_from_slice(buffer.get(..count).unwrap_or_default())),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => Err(Failure::internal(error)),
        };
        let is_over = chunk.is_err();
        if !sender.blocking_send(chunk) || is_over {
            return;
        }
    }
}
