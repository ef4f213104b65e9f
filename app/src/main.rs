//! The one binary of Vitrine. What it does stands in [`vitrine::cli`].

use std::process::ExitCode;

/// Small answers in great numbers from few threads: mimalloc does that with less memory and time than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vitrine::cli::run()
}
