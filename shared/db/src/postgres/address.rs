//! What `database.url` says of a PostgreSQL: the driver's part, and the part about TLS that the driver doesn't know.

use std::path::PathBuf;

use tokio_postgres::Config;

use crate::OpenError;

/// How sure TLS must be, as libpq defines it (PostgreSQL's documentation, 34.19.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SslMode {
    /// None.
    Disable,
    /// If the server has it; whoever answers is believed.
    Prefer,
    /// Always; whoever answers is believed, unless there is a root certificate.
    Require,
    /// The certificate must be signed by a root we trust.
    VerifyCa,
    /// And be for the host we asked for.
    VerifyFull,
}

/// An address, read.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) ssl_mode: SslMode,
    /// `sslrootcert`; the system's roots without it.
    pub(super) root_certificate: Option<PathBuf>,
}

/// Whether an address is one of PostgreSQL's.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The address as it may be shown: without user, password and parameters.
pub(crate) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(no scheme)".to_owned() };
    if !is_postgres(url) {
        return url.to_owned();
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/{path}")
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let wrong = |reason: String| OpenError::WrongUrl { url: without_secrets(url), reason };
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut ssl_mode = None;
        let mut root_certificate = None;
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => {
                    ssl_mode = Some(ssl_mode_of(value).ok_or_else(|| {
                        wrong(format!(
                            "sslmode `{value}` is none of disable, prefer, require, verify-ca, verify-full"
                        ))
                    })?);
                }
                Some(("sslrootcert", "system")) => {}
                Some(("sslrootcert", value)) => root_certificate = Some(PathBuf::from(decoded(value))),
                _ => others.push(parameter),
            }
        }
        let plain = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        let mut config: Config = plain.parse().map_err(|error| wrong(chain(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("it names no host".to_owned()));
        }
        let ssl_mode = match ssl_mode.unwrap_or(SslMode::Prefer) {
            // As libpq does: who gives a root certificate wants it to be checked.
            SslMode::Require if root_certificate.is_some() => SslMode::VerifyCa,
            mode => mode,
        };
        config.ssl_mode(match ssl_mode {
            SslMode::Disable => tokio_postgres::config::SslMode::Disable,
            SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                tokio_postgres::config::SslMode::Require
            }
        });
        if config.get_application_name().is_none() {
            config.application_name("vitrine");
        }
        Ok(Self { config, ssl_mode, root_certificate })
    }
}

fn ssl_mode_of(name: &str) -> Option<SslMode> {
    Some(match name {
        "disable" => SslMode::Disable,
        "allow" | "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => return None,
    })
}

fn decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// An error with its causes: the driver's own messages stop at "error connecting to server".
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("postgres://u:p@db:5432/v", SslMode::Prefer)]
    #[case("postgres://u:p@db/v?sslmode=disable", SslMode::Disable)]
    #[case("postgresql://u:p@db/v?sslmode=require&connect_timeout=3", SslMode::Require)]
    #[case("postgres://db/v?sslmode=require&sslrootcert=/etc/ca.pem", SslMode::VerifyCa)]
    #[case("postgres://db/v?sslmode=verify-ca", SslMode::VerifyCa)]
    #[case(
        "postgres://db/v?connect_timeout=3&sslmode=verify-full&sslrootcert=%2Fca.pem",
        SslMode::VerifyFull
    )]
    fn ssl_modes_are_those_of_libpq(#[case] url: &str, #[case] mode: SslMode) {
        assert_eq!(Address::parse(url).expect("an address").ssl_mode, mode);
    }

    #[rstest]
    #[case("postgres://u:secret@db/v?sslmode=sometimes", "sslmode `sometimes`")]
    #[case("postgres://u:secret@db:port/v", "port")]
    #[case("postgres:///v", "no host")]
    fn a_wrong_address_is_refused_without_showing_its_password(#[case] url: &str, #[case] reason: &str) {
        let error = Address::parse(url).expect_err("wrong").to_string();
        assert!(error.contains(reason) && !error.contains("secret"), "{error}");
    }

    #[rstest]
    #[case("postgres://u:p%40ss@db:5433/v?password=x", "postgres://db:5433/v")]
    #[case("postgres://u:p@ss@db/v", "postgres://db/v")]
    #[case("sqlite://data/v.db", "sqlite://data/v.db")]
    fn addresses_are_shown_without_secrets(#[case] url: &str, #[case] shown: &str) {
        assert_eq!(without_secrets(url), shown);
    }
}
