//! Where settings come from.

use std::path::PathBuf;

/// Everything that settings are read from. Tests fill it by hand; the binary takes it from [`Sources::of_process`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A file that must exist: the one named on the command line.
    pub file: Option<PathBuf>,
    /// A file that is read if it exists and no other was named: `vitrine.toml` in the working directory.
    pub optional_file: Option<PathBuf>,
    /// The environment: names and values. Only names that begin with `VITRINE__` count.
    pub environment: Vec<(String, String)>,
    /// `key=value` pairs from the command line: `("server.listen", "0.0.0.0:80")`.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The environment and the working directory of this process.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                // What is no Unicode leaves its mark, by which `load` refuses it.
                Some((name, value.to_string_lossy().into_owned()))
            })
            .collect();
        Self { file, optional_file: Some(PathBuf::from("vitrine.toml")), environment, flags }
    }
}
