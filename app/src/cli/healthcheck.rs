//! `vitrine healthcheck`

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::settings::Loaded;

/// A process that takes longer to say that it is ready is not.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub struct Arguments {
    /// The management port to ask [default: the one in the settings]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Asks `/readyz`. 0: ready; 1: not, or nobody answers.
pub async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let base = match arguments.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", address_to_ask(&loaded.settings.server.management_listen)?),
    };
    let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
    let answer =
        client.get(format!("{base}/readyz")).send().await.context("nobody answers on the management port")?;
    let is_ready = answer.status().is_success();
    println!("{}", answer.text().await.unwrap_or_default().trim());
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whoever listens on all addresses is asked on this machine's own.
fn address_to_ask(listen: &str) -> anyhow::Result<SocketAddr> {
    let mut address =
        listen.to_socket_addrs().ok().and_then(|mut found| found.next()).with_context(|| {
            format!("server.management_listen `{listen}` is no address; write it as HOST:PORT")
        })?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0.0.0.0:9090", "127.0.0.1:9090")]
    #[case("[::]:9090", "[::1]:9090")]
    #[case("10.1.2.3:9090", "10.1.2.3:9090")]
    fn an_address_to_listen_on_becomes_one_to_ask(#[case] listen: &str, #[case] asked: &str) {
        assert_eq!(address_to_ask(listen).expect("an address").to_string(), asked);
    }
}
