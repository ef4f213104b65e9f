//! A running server, as the data commands use it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{RequestBuilder, Response, Url};
use serde::Deserialize;
use vitrine_kernel::Fault;

use super::bulk::{Kind, ServerArguments};

/// A server that does not even accept a connection in this time is away. Answers may take as long as the work does.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A running server.
pub struct Server {
    client: reqwest::Client,
    base: Url,
    token: Option<String>,
}

/// What a server says when it refuses.
#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<Fault>,
}

impl Server {
    /// The server that the arguments name, if they name one.
    ///
    /// Errors: the address is none, or not one of `http`.
    pub fn from_arguments(arguments: ServerArguments) -> anyhow::Result<Option<Self>> {
        let Some(server) = arguments.server else { return Ok(None) };
        let base = Url::parse(&server)
            .with_context(|| format!("--server {server} is no address; write it as http://HOST:PORT"))?;
        match base.scheme() {
            "http" => {}
            "https" => bail!(
                "https is not built into this command yet. Run it on the machine of the server with http://127.0.0.1:8080, or \
                 through a tunnel (ssh -L 8080:127.0.0.1:8080 HOST)"
            ),
            other => bail!("--server {server}: `{other}` is not known; write it as http://HOST:PORT"),
        }
        let client = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).build()?;
        Ok(Some(Self { client, base, token: arguments.token }))
    }

    /// `POST /products/import` and the like.
    pub fn post(&self, kind: Kind, action: &str) -> anyhow::Result<RequestBuilder> {
        Ok(self.authorised(self.client.post(self.url(kind, action)?)))
    }

    /// `GET /products/export` and the like.
    pub fn get(&self, kind: Kind, action: &str) -> anyhow::Result<RequestBuilder> {
        Ok(self.authorised(self.client.get(self.url(kind, action)?)))
    }

    /// Sends a request.
    ///
    /// Errors: nobody answers, or the server refuses: then its reasons.
    pub async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.with_context(|| format!("could not talk to {}", self.base))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => bail!("the server says {status}: {}", problem.text()),
            Err(_) => bail!("the server says {status}. Is {} the address of Vitrine's API?", self.base),
        }
    }

    fn url(&self, kind: Kind, action: &str) -> anyhow::Result<Url> {
        let base = self.base.as_str().trim_end_matches('/');
        Ok(Url::parse(&format!("{base}{}/{}/{action}", vitrine_web::BASE_PATH, kind.name()))?)
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

impl Problem {
    fn text(&self) -> String {
        let mut text = if self.detail.is_empty() { self.title.clone() } else { self.detail.clone() };
        for fault in &self.errors {
            text.extend(["\n  ", &fault.pointer, ": ", &fault.detail]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn server(url: &str) -> anyhow::Result<Option<Server>> {
        Server::from_arguments(ServerArguments { server: Some(url.to_owned()), token: None })
    }

    #[rstest]
    #[case("http://h:1")]
    #[case("http://h:1/")]
    fn paths_are_put_behind_the_address(#[case] url: &str) {
        let server = server(url).expect("an address").expect("given");
        let url = server.url(Kind::Products, "import").expect("a URL");
        assert_eq!(url.as_str(), "http://h:1/api/v1/products/import");
    }

    #[rstest]
    #[case("https://h", "https is not built into")]
    #[case("ftp://h", "`ftp` is not known")]
    #[case("h:1:2", "is not known")]
    #[case("what?", "is no address")]
    fn other_addresses_are_refused_with_what_to_do(#[case] url: &str, #[case] says: &str) {
        let refusal = format!("{:#}", server(url).err().expect("refused"));
        assert!(refusal.contains(says), "{refusal}");
    }
}
