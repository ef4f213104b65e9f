//! The command line: one command, one file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};

use crate::settings::Settings;

mod backup;
mod bulk;
mod check;
mod export;
mod healthcheck;
mod import;
mod migrate;
mod openapi;
mod progress;
mod remote;
mod seed;
mod serve;
mod token;

/// An open product-catalog platform: categories, products, search and access in one binary.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, propagate_version = true, subcommand_required = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// The settings file. `vitrine.toml` is read if it exists and nothing is said here
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one setting, above the file and the environment: `--set server.workers=2`. May be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = parse_assignment)]
    set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service until it is told to stop
    Serve(serve::Arguments),
    /// Brings the schema of the database up to date
    Migrate,
    /// Reads categories or products from a file, updating what exists
    Import(import::Arguments),
    /// Writes all categories or products in the form that `import` reads
    Export(export::Arguments),
    /// Makes a synthetic catalog, always the same for the same numbers
    Seed(seed::Arguments),
    /// Makes an API key and prints it, once
    Token(token::Arguments),
    /// Prints the settings in force; with --data also checks the data
    Check(check::Arguments),
    /// Copies the database to a new file while everything keeps running
    Backup(backup::Arguments),
    /// Prints the OpenAPI document of the modules in this build
    Openapi,
    /// Asks a running service whether it is ready
    Healthcheck(healthcheck::Arguments),
}

fn parse_assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE, such as server.workers=2".to_owned()),
    }
}

/// Runs the command that the arguments name. 0: done; 1: failed; 2: used wrongly.
pub fn run() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors for clap either: they go to stdout with code 0.
            let _best_effort = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match execute(cli, started) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli, started: Instant) -> anyhow::Result<ExitCode> {
    let mut flags = cli.global.set;
    if let Command::Serve(arguments) = &cli.command {
        flags.extend(arguments.assignments());
    }
    let loaded = Settings::load(cli.global.config, flags)?;
    match cli.command {
        Command::Serve(arguments) => serve::run(loaded, arguments, started),
        Command::Migrate => migrate::run(&loaded),
        Command::Import(arguments) => block_on(import::run(loaded, arguments)),
        Command::Export(arguments) => block_on(export::run(loaded, arguments)),
        Command::Seed(arguments) => block_on(seed::run(loaded, arguments)),
        Command::Token(arguments) => block_on(token::run(loaded, arguments)),
        Command::Check(arguments) => block_on(check::run(loaded, arguments)),
        Command::Backup(arguments) => block_on(backup::run(loaded, arguments)),
        Command::Openapi => block_on(openapi::run(loaded)),
        Command::Healthcheck(arguments) => block_on(healthcheck::run(loaded, arguments)),
    }
}

/// Runs a command that is over by itself.
fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(command);
    // A thread that waits for somebody to type into standard input holds nothing up.
    runtime.shutdown_background();
    outcome
}

/// `vitrine export products | head` is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn assignments_need_a_key_and_an_equals_sign() {
        assert_eq!(parse_assignment("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
        assert!(parse_assignment("a.b").is_err() && parse_assignment("=x").is_err());
    }
}
