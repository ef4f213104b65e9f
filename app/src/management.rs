//! The management port: for operators and orchestrators, never for the world.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use vitrine_telemetry::Telemetry;

use crate::shutdown::{Lifecycle, Phase};
use crate::wiring::NamedDb;

mod log_level;

/// What the management port needs to know.
#[derive(Clone)]
pub struct Management {
    /// Where the process stands.
    pub lifecycle: Lifecycle,
    /// Logs and metrics.
    pub telemetry: Arc<Telemetry>,
    /// The open databases.
    pub databases: Vec<NamedDb>,
    /// The modules that are served here.
    pub modules: Vec<&'static str>,
    /// When the process started.
    pub started: Instant,
}

/// The URL table.
pub fn configure(config: &mut ServiceConfig, management: &Management) {
    config
        .app_data(Data::from(Arc::new(management.clone())))
        .route("/livez", web::get().to(livez))
        .route("/startupz", web::get().to(startupz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics))
        .route("/version", web::get().to(version))
        .service(
            web::resource("/loglevel")
                .route(web::get().to(log_level::read))
                .route(web::put().to(log_level::write)),
        )
        .default_service(web::to(index));
}

/// Alive depends on nothing but this process: restarting it would not bring a database back.
async fn livez() -> HttpResponse {
    text(true, "alive")
}

async fn startupz(management: Data<Management>) -> HttpResponse {
    let phase = management.lifecycle.phase();
    text(phase > Phase::Starting, phase.name())
}

/// Ready says: started, and not on the way out. A lost database answers 503 for each request that needs it; taking every
/// process out of the load balancer for it would only turn clear answers into refused connections.
async fn readyz(management: Data<Management>, request: HttpRequest) -> HttpResponse {
    let phase = management.lifecycle.phase();
    let is_ready = phase == Phase::Ready;
    if !request.query_string().split('&').any(|pair| pair == "verbose" || pair.starts_with("verbose=")) {
        return text(is_ready, phase.name());
    }
    let mut databases = serde_json::Map::new();
    for database in &management.databases {
        let answer = match database.db.changes_after(i64::MAX, 1).await {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        databases.insert(database.modules.join("+"), answer.into());
    }
    let mut response = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(json!({
        "phase": phase.name(),
        "modules": management.modules,
        "databases": databases,
        "uptime_seconds": management.started.elapsed().as_secs(),
    }))
}

async fn metrics(management: Data<Management>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(management.telemetry.render_metrics())
}

async fn version(management: Data<Management>) -> HttpResponse {
    HttpResponse::Ok()
        .json(json!({"name": "vitrine", "version": env!("CARGO_PKG_VERSION"), "modules": management.modules}))
}

async fn index(request: HttpRequest) -> HttpResponse {
    let mut response = if request.path() == "/" { HttpResponse::Ok() } else { HttpResponse::NotFound() };
    response.content_type("text/plain; charset=utf-8").body(
        "This is the management port of vitrine. There are:\n/livez\n/startupz\n/readyz\n/readyz?verbose\n/metrics\n\
         /loglevel (GET, PUT)\n/version\n",
    )
}

fn text(is_well: bool, word: &str) -> HttpResponse {
    let mut response = if is_well { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!("{word}\n"))
}
