//! The client and how it sends a call.

use crate::auth::Session;
use crate::decode::{self, Resource};
use crate::error::{AnswerDefect, Error, Result};
use crate::exchange::{Admission, Line, RequestObserver, Throttle, json_body};
use crate::operation::{Effect, Operation};
use crate::page::{Listing, PAGE, Reading};
use crate::path::{self, BaseUrl};
use crate::transport::Transport;
use crate::{azure, oci, salesforce, system, vault_keys};
use bytes::Bytes;
use http::header;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// What a client may be given besides a session.
#[derive(Clone)]
pub struct ClientOptions {
    /// For a call that reads: 30 s. Counts from its admission by the throttle, for each of the two sendings if a token
    /// had to be replaced; a login has its own deadline.
    pub read_deadline: Duration,
    /// For a call that writes, or makes CipherTrust Manager read the cloud: 120 s, since both wait for the cloud.
    pub write_deadline: Duration,
    /// Is told of every request; nobody.
    pub observer: Option<Arc<dyn RequestObserver>>,
    /// Decides when a request may be sent; at once.
    pub throttle: Option<Arc<dyn Throttle>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            read_deadline: Duration::from_secs(30),
            write_deadline: Duration::from_mins(2),
            observer: None,
            throttle: None,
        }
    }
}

/// A client of one CipherTrust Manager, for one user and domain. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    line: Line,
    base_url: BaseUrl,
    session: Arc<Session>,
    options: ClientOptions,
}

impl Client {
    /// A client that logs in, through `session`, at its first call.
    pub fn new(transport: Arc<dyn Transport>, base_url: BaseUrl, session: Arc<Session>) -> Self {
        Self::with_options(transport, base_url, session, ClientOptions::default())
    }

    /// The same, with options.
    pub fn with_options(
        transport: Arc<dyn Transport>,
        base_url: BaseUrl,
        session: Arc<Session>,
        options: ClientOptions,
    ) -> Self {
        let line = Line {
            transport,
            observer: options.observer.clone(),
        };
        Self {
            inner: Arc::new(Inner {
                line,
                base_url,
                session,
                options,
            }),
        }
    }

    /// Salesforce organizations, tenant secrets and certificates.
    pub fn salesforce(&self) -> salesforce::Salesforce<'_> {
        salesforce::Salesforce { client: self }
    }

    /// Azure vaults and secrets.
    pub fn azure(&self) -> azure::Azure<'_> {
        azure::Azure { client: self }
    }

    /// OCI vaults, keys and key versions.
    pub fn oci(&self) -> oci::Oci<'_> {
        oci::Oci { client: self }
    }

    /// Keys of CipherTrust Manager itself, from which others are uploaded.
    pub fn vault_keys(&self) -> vault_keys::VaultKeys<'_> {
        vault_keys::VaultKeys { client: self }
    }

    /// The appliance.
    pub fn system(&self) -> system::System<'_> {
        system::System { client: self }
    }

    pub(crate) fn call(&self, operation: Operation) -> Call<'_> {
        Call {
            client: self,
            operation,
            identifiers: Vec::new(),
            query: Vec::new(),
            body: None,
        }
    }
}

/// One call being put together.
pub(crate) struct Call<'a> {
    client: &'a Client,
    operation: Operation,
    identifiers: Vec<&'a str>,
    query: Vec<(&'a str, String)>,
    body: Option<Bytes>,
}

impl<'a> Call<'a> {
    /// Fills the next placeholder of the path.
    pub(crate) fn id(mut self, identifier: &'a str) -> Self {
        self.identifiers.push(identifier);
        self
    }

    pub(crate) fn filters(mut self, filters: &[(&'a str, &str)]) -> Self {
        self.query.extend(
            filters
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        self
    }

    pub(crate) fn body(mut self, body: &impl Serialize) -> Self {
        self.body = Some(json_body(body));
        self
    }

    /// Sends the call; its reply is a resource.
    pub(crate) async fn resource<T: Resource>(self) -> Result<T> {
        self.read(decode::resource).await
    }

    /// Sends the call; its reply is an object without id.
    pub(crate) async fn object<T: DeserializeOwned>(self) -> Result<T> {
        self.read(decode::plain).await
    }

    /// Sends the call; its reply says nothing.
    pub(crate) async fn nothing(self) -> Result<()> {
        self.read(decode::nothing).await
    }

    /// Reads all pages of a list.
    pub(crate) async fn listing<T: Resource>(self) -> Result<Listing<T>> {
        let mut reading = Reading::new();
        loop {
            // Rows don't move between pages while new ones are added behind them.
            let page = [
                ("sort", "createdAt".to_owned()),
                ("skip", reading.skip().to_string()),
                ("limit", PAGE.to_string()),
            ];
            let query: Vec<_> = self.query.iter().cloned().chain(page).collect();
            let reply = self.send(&path::query(&query)).await?;
            let status = reply.status().as_u16();
            if !reading
                .take(reply.body())
                .map_err(|defect| self.unexpected(status, defect))?
            {
                return Ok(reading.finish());
            }
        }
    }

    async fn read<T>(self, decode: impl FnOnce(&[u8]) -> Result<T, AnswerDefect>) -> Result<T> {
        let reply = self.send(&path::query(&self.query)).await?;
        decode(reply.body()).map_err(|defect| self.unexpected(reply.status().as_u16(), defect))
    }

    fn unexpected(&self, status: u16, defect: AnswerDefect) -> Error {
        Error::UnexpectedAnswer {
            operation: self.operation.clone(),
            status,
            defect,
        }
    }

    /// Sends the call, and once more with a new token if the first is refused.
    async fn send(&self, query: &str) -> Result<http::Response<Bytes>> {
        let inner = &self.client.inner;
        let path = path::expand(self.operation.path(), &self.identifiers).map_err(|error| {
            Error::InvalidIdentifier {
                operation: self.operation.clone(),
                error,
            }
        })?;
        let address = format!("{}/api{path}{query}", inner.base_url);
        let token = inner.session.token().await?;
        match self.send_with(&address, token.authorization.clone()).await {
            Err(error) if error.is_unauthorized() => {
                let token = inner.session.after_refusal(&token).await?;
                self.send_with(&address, token.authorization).await
            }
            result => result,
        }
    }

    async fn send_with(
        &self,
        address: &str,
        authorization: http::HeaderValue,
    ) -> Result<http::Response<Bytes>> {
        let options = &self.client.inner.options;
        let mut request = http::Request::builder()
            .method(self.operation.method().clone())
            .uri(address)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, authorization);
        if self.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(self.body.clone().unwrap_or_default())
            .map_err(|_| Error::unsendable(&self.operation))?;
        let deadline = match self.operation.effect() {
            Effect::Read => options.read_deadline,
            Effect::Refresh | Effect::Write => options.write_deadline,
        };
        let _admission = match &options.throttle {
            Some(throttle) => throttle.admit(&self.operation).await,
            None => Admission::default(),
        };
        self.client
            .inner
            .line
            .exchange(&self.operation, request, deadline)
            .await
    }
}
