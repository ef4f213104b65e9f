//! Which events are logged.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The levels in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// Of whatever has no level of its own.
    pub default: String,
    /// Of single targets (modules of the program), and all below them.
    pub targets: BTreeMap<String, String>,
}

/// Levels that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LevelsError {
    /// No level has this name.
    #[error("there is no log level `{0}`: use off, error, warn, info, debug or trace")]
    UnknownLevel(String),
    /// This can't be a target.
    #[error("`{0}` can't be a log target: use the path of a module, like `vitrine_db::sqlite`")]
    WrongTarget(String),
}

impl Levels {
    /// Sets one level.
    pub(crate) fn set(&mut self, level: &str, target: Option<&str>) -> Result<(), LevelsError> {
        let level = level.trim().to_lowercase();
        if !LEVELS.contains(&level.as_str()) {
            return Err(LevelsError::UnknownLevel(level));
        }
        match target.map(str::trim) {
            None => self.default = level,
            Some(target) if is_target(target) => {
                self.targets.insert(target.to_owned(), level);
            }
            Some(target) => return Err(LevelsError::WrongTarget(target.to_owned())),
        }
        Ok(())
    }
}

fn is_target(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-');
    !text.is_empty() && text.len() <= 200 && text.bytes().all(fits)
}

impl FromStr for Levels {
    type Err = LevelsError;

    fn from_str(text: &str) -> Result<Self, LevelsError> {
        let mut levels = Self { default: "info".to_owned(), targets: BTreeMap::new() };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((target, level)) => levels.set(level, Some(target))?,
                None => levels.set(part, None)?,
            }
        }
        Ok(levels)
    }
}

/// As the directives of a filter.
impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.default)?;
        self.targets.iter().try_for_each(|(target, level)| write!(f, ",{target}={level}"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "info")]
    #[case("DEBUG", "debug")]
    #[case("warn, vitrine_db=debug , actix_server=off", "warn,actix_server=off,vitrine_db=debug")]
    #[case("vitrine_db::sqlite=trace", "info,vitrine_db::sqlite=trace")]
    fn levels_are_read(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(text.parse::<Levels>().expect("good").to_string(), wanted);
    }

    #[rstest]
    #[case("loud", LevelsError::UnknownLevel("loud".to_owned()))]
    #[case("a=loud", LevelsError::UnknownLevel("loud".to_owned()))]
    #[case("=info", LevelsError::WrongTarget(String::new()))]
    #[case("a[span{x=1}]=info", LevelsError::UnknownLevel("1}]=info".to_owned()))]
    #[case("a b=info", LevelsError::WrongTarget("a b".to_owned()))]
    fn wrong_levels_are_told(#[case] text: &str, #[case] wanted: LevelsError) {
        assert_eq!(text.parse::<Levels>(), Err(wanted));
    }
}
