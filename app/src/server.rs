//! The two listeners: the API, and the management port beside it.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::{Server, Service as _};
use actix_web::http::ConnectionType;
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use vitrine_web::Api;

use crate::management::{self, Management};
use crate::settings::ServerSettings;
use crate::shutdown::Lifecycle;

/// How long answers that were begun may take once the listeners are closed.
const STOP_SECONDS: u64 = 25;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to close a connection that we ended.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that listens already, and serves once it is polled.
pub struct Listening {
    /// The server.
    pub server: Server,
    /// Where it listens: the port is known even if 0 was asked for.
    pub address: SocketAddr,
}

/// How many workers serve the API.
pub fn worker_count(settings: &ServerSettings) -> usize {
    match settings.workers {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        count => count,
    }
}

/// Listens for the API.
///
/// Errors: the address can't be used; the message says why and what to do.
pub fn listen(settings: &ServerSettings, api: Api, lifecycle: Lifecycle) -> anyhow::Result<Listening> {
    let workers = worker_count(settings);
    let server = HttpServer::new(move || {
        lifecycle.worker_started();
        let lifecycle = lifecycle.clone();
        vitrine_web::app(&api).wrap_fn(move |request, service| {
            let answering = service.call(request);
            let lifecycle = lifecycle.clone();
            async move {
                let mut response = answering.await?;
                if lifecycle.is_leaving() {
                    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(response)
            }
        })
    })
    .workers(workers)
    .max_connections((settings.max_connections / workers).max(1))
    .backlog(settings.backlog)
    .keep_alive(Duration::from_secs(settings.keep_alive_seconds))
    .client_request_timeout(HEAD_TIMEOUT)
    .client_disconnect_timeout(CLOSE_TIMEOUT)
    .shutdown_timeout(STOP_SECONDS)
    .disable_signals();
    let bound =
        server.bind(&settings.listen).map_err(|error| explain(&error, &settings.listen, "server.listen"))?;
    let address = first_of(&bound.addrs())?;
    Ok(Listening { server: bound.run(), address })
}

/// Listens for the operators.
pub fn listen_management(settings: &ServerSettings, management: Management) -> anyhow::Result<Listening> {
    let server =
        HttpServer::new(move || App::new().configure(|config| management::configure(config, &management)))
            .workers(1)
            .max_connections(256)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(CLOSE_TIMEOUT)
            .shutdown_timeout(1)
            .disable_signals();
    let listen = &settings.management_listen;
    let bound = server.bind(listen).map_err(|error| explain(&error, listen, "server.management_listen"))?;
    let address = first_of(&bound.addrs())?;
    Ok(Listening { server: bound.run(), address })
}

fn first_of(addresses: &[SocketAddr]) -> anyhow::Result<SocketAddr> {
    addresses.first().copied().context("a bound server has an address")
}

fn explain(error: &std::io::Error, address: &str, setting: &str) -> anyhow::Error {
    let variable = format!("VITRINE__{}", setting.replace('.', "__").to_uppercase());
    let reason = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "the port is in use: another program listens there, perhaps another vitrine. Stop it".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            "this user may not listen there (ports below 1024 are for root). Use a higher port".to_owned()
        }
        std::io::ErrorKind::AddrNotAvailable => {
            "no network interface here has this address. Use another".to_owned()
        }
        _ => format!("{error}. Write it as HOST:PORT, such as 127.0.0.1:8080"),
    };
    anyhow::anyhow!(
        "could not listen on {address}: {reason}, or set {setting} ({variable}); port 0 picks a free one"
    )
}
