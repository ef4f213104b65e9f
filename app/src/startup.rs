//! From settings to a running service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use anyhow::Context as _;
use tokio::sync::watch;
use vitrine_telemetry::Telemetry;
use vitrine_web::{Api, HttpSettings};

use crate::management::Management;
use crate::server;
use crate::settings::Settings;
use crate::shutdown::{Lifecycle, Phase, Signals, Stop};
use crate::wiring::{self, Wired};

/// A service that is wired and listens, and serves once it is run.
pub struct Application {
    api: Server,
    management: Server,
    addresses: Addresses,
    lifecycle: Lifecycle,
    wired: Wired,
    drain: Duration,
    started: Instant,
    stop: watch::Sender<Option<Stop>>,
}

/// Where a service listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The API.
    pub api: SocketAddr,
    /// The management port.
    pub management: SocketAddr,
}

/// Stops a service from within the process, as a signal would from without.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<Stop>>);

impl Stopper {
    /// Tells the service to stop; telling it twice changes nothing.
    pub fn stop(&self, how: Stop) {
        self.0.send_if_modified(|told| {
            let is_new = told.is_none();
            told.get_or_insert(how);
            is_new
        });
    }
}

impl Application {
    /// Opens the databases, wires the modules and listens.
    ///
    /// Errors: whatever stands in the way, with what to do about it.
    pub async fn build(
        settings: Settings,
        telemetry: Arc<Telemetry>,
        started: Instant,
    ) -> anyhow::Result<Self> {
        let lifecycle = Lifecycle::new(server::worker_count(&settings.server));
        let wired = wiring::wire(&settings, &lifecycle).await?;
        let api =
            Api::new(wired.http_modules.clone(), Arc::clone(&wired.auth_port), http_settings(&settings));
        let management = Management {
            lifecycle: lifecycle.clone(),
            telemetry,
            databases: wired.databases.clone(),
            modules: wired.module_names(),
            started,
        };
        let api = server::listen(&settings.server, api, lifecycle.clone())?;
        let management = server::listen_management(&settings.server, management)?;
        Ok(Self {
            addresses: Addresses { api: api.address, management: management.address },
            api: api.server,
            management: management.server,
            lifecycle,
            wired,
            drain: Duration::from_secs(settings.server.drain_seconds),
            started,
            stop: watch::Sender::new(None),
        })
    }

    /// Where the service listens; ports are known even if 0 was asked for.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Something to stop the service with.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Ends when all workers serve.
    pub fn ready(&self) -> impl Future<Output = ()> + use<> {
        let lifecycle = self.lifecycle.clone();
        async move { lifecycle.reached(Phase::Ready).await }
    }

    /// Serves until a signal or a [`Stopper`] says stop, finishes what was begun, and closes the databases.
    ///
    /// Errors: a listener failed. Being stopped is no error.
    pub async fn run_until_stopped(self) -> anyhow::Result<()> {
        let Self { api, management, addresses, lifecycle, wired, drain, started, stop } = self;
        let mut orders = Orders { signals: Signals::listen()?, stop: stop.subscribe(), told: false };
        let (api_handle, management_handle) = (api.handle(), management.handle());
        let mut api = actix_web::rt::spawn(api);
        let management = actix_web::rt::spawn(management);
        tracing::info!("listening on http://{} (API; try /docs)", addresses.api);
        tracing::info!("listening on http://{} (management; for operators only)", addresses.management);

        let wired = Arc::new(wired);
        let maintaining = actix_web::rt::spawn(maintain(lifecycle.clone(), Arc::clone(&wired)));
        let outcome = tokio::select! {
            ended = &mut api => ended.context("the API's listener panicked")?.context("the API's listener failed"),
            is_patient = serve(&lifecycle, &mut orders, drain, started) => {
                stop_serving(&api_handle, is_patient, &mut orders).await;
                Ok(())
            }
        };
        management_handle.stop(false).await;
        let _ended_by_the_line_above = management.await;
        maintaining.abort();
        wired.close().await;
        tracing::info!("stopped");
        outcome
    }
}

/// What is done from the start on, without keeping anybody waiting for it.
async fn maintain(lifecycle: Lifecycle, wired: Arc<Wired>) {
    lifecycle.reached(Phase::Ready).await;
    if let Some(category) = &wired.category {
        category.maintain().await;
    }
}

/// Where orders to stop come from.
struct Orders {
    signals: Signals,
    stop: watch::Receiver<Option<Stop>>,
    /// A [`Stopper`] is heard once; signals are heard again and again.
    told: bool,
}

impl Orders {
    async fn next(&mut self) -> Stop {
        tokio::select! {
            how = self.signals.next() => how,
            Ok(told) = self.stop.wait_for(Option::is_some), if !self.told => {
                self.told = true;
                (*told).unwrap_or(Stop::AtOnce)
            }
        }
    }
}

/// Waits through the serving life of the process; ends when the listeners should close. Says whether there is time to finish
/// what was begun: a second order to stop means that there is not.
async fn serve(lifecycle: &Lifecycle, orders: &mut Orders, drain: Duration, started: Instant) -> bool {
    let until_ready = lifecycle.reached(Phase::Ready);
    let first = tokio::select! {
        () = until_ready => {
            tracing::info!(ready_ms = millis(started), "ready in {} ms", millis(started));
            orders.next().await
        }
        order = orders.next() => order,
    };
    let mut is_patient = true;
    if first == Stop::Drain && !drain.is_zero() {
        lifecycle.advance(Phase::Draining);
        tracing::info!("told to stop: serving on for {} s while load balancers notice", drain.as_secs());
        is_patient = tokio::select! {
            () = tokio::time::sleep(drain) => true,
            _ = orders.next() => false,
        };
    }
    lifecycle.advance(Phase::Stopping);
    is_patient
}

/// Closes the listener and finishes what was begun; another order ends that, too.
async fn stop_serving(api: &ServerHandle, is_patient: bool, orders: &mut Orders) {
    if is_patient {
        tracing::info!("stopping: finishing what was begun");
        tokio::select! {
            () = api.stop(true) => return,
            _ = orders.next() => {}
        }
    }
    tracing::warn!("told again to stop: leaving requests unfinished");
    api.stop(false).await;
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The settings of the HTTP edge, with what stands in another section.
pub(crate) fn http_settings(settings: &Settings) -> HttpSettings {
    HttpSettings {
        anonymous_read: settings.anonymous_read(),
        public_url: settings.server.public_url.as_ref().map(|url| url.as_str().to_owned()),
        ..settings.http.clone()
    }
}
