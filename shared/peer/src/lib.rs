//! How one process of Vitrine calls another: finding peers by SRV, balancing over them, and an HTTP client that retries
//! what is safe.
//!
//! None of that is built yet. Until it is, the crate holds the one error that says so: placing a module `remote` is refused
//! at start with it, and the `-client` crates answer with it should they be called all the same.

/// A module was placed `remote`, which this version can't do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "remote placement of the module `{module}` is not in this version. Set modules.{module} (VITRINE__MODULES__{}) to `local` or `off`",
    module.to_ascii_uppercase()
)]
pub struct NotYet {
    /// The module, as the settings name it: `category`, `catalog`, `auth`.
    pub module: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_setting_and_what_to_do() {
        assert_eq!(
            NotYet { module: "catalog" }.to_string(),
            "remote placement of the module `catalog` is not in this version. Set modules.catalog \
             (VITRINE__MODULES__CATALOG) to `local` or `off`"
        );
    }
}
