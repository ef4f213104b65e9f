//! What the machine can do: actix with nothing of ours in it. `scripts/bench` measures Vitrine against this.
//!
//! `bare-server BODY_FILE JOURNAL_FILE` listens on a free port of 127.0.0.1 and prints it. `GET /body` answers the file's
//! bytes, as Vitrine answers a product: from memory, with the same headers. `POST /durable` appends the request's body to the
//! journal and waits until it is on the disk, one request after the other: what a store without group commit would do.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

struct State {
    body: Bytes,
    journal: Mutex<File>,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(body), Some(journal)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("usage: bare-server BODY_FILE JOURNAL_FILE"));
    };
    let state = Arc::new(State {
        body: Bytes::from(std::fs::read(body)?),
        journal: Mutex::new(OpenOptions::new().create(true).append(true).open(journal)?),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::from(Arc::clone(&state)))
            .route("/body", web::get().to(body_from_memory))
            .route("/durable", web::post().to(durable))
    })
    .workers(1)
    .bind("127.0.0.1:0")?;
    if let Some(address) = server.addrs().first() {
        println!("{address}");
    }
    server.run().await
}

async fn body_from_memory(state: Data<State>, _request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-type", "application/json"))
        .insert_header(("etag", "\"1-0123456789abcdef\""))
        .insert_header(("x-request-id", "0190a5e4-7c3f-7d3e-8b1a-0123456789ab"))
        .body(state.body.clone())
}

async fn durable(state: Data<State>, body: Bytes) -> HttpResponse {
    let written = web::block(move || {
        let mut journal = state.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.write_all(&body)?;
        journal.sync_data()
    })
    .await;
    match written {
        Ok(Ok(())) => HttpResponse::Created().finish(),
        _ => HttpResponse::InternalServerError().finish(),
    }
}
