//! What is wrong with the settings.

use std::fmt;

/// One wrong setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFault {
    /// The key: `server.listen`. Empty where a whole file can't be read.
    pub key: String,
    /// Where it came from: `vitrine.toml, line 3`, `environment variable VITRINE__SERVER__LISTEN`, `flag`.
    pub origin: String,
    /// What is wrong with it, and what to do.
    pub detail: String,
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.origin, self.detail),
            key => write!(f, "`{key}` ({}): {}", self.origin, self.detail),
        }
    }
}

/// Settings that can't be used: every wrong one, in the order of the layers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// What is wrong. Never empty.
    pub faults: Vec<SettingFault>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [one] => write!(f, "a setting is wrong: {one}"),
            many => {
                write!(f, "{} settings are wrong:", many.len())?;
                many.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}
