//! One call: from its parts to its decoded reply.

use crate::client::Client;
use crate::decode::{self, Resource};
use crate::error::{AnswerDefect, Error, Result};
use crate::exchange::{Admission, json_body};
use crate::operation::{Effect, Operation};
use crate::page::{Listing, PAGE, Reading};
use crate::path;
use bytes::Bytes;
use http::header;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One call being put together.
pub(crate) struct Call<'a> {
    client: &'a Client,
    operation: Operation,
    identifiers: Vec<&'a str>,
    query: Vec<(&'a str, String)>,
    body: Option<Bytes>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client, operation: Operation) -> Self {
        Self {
            client,
            operation,
            identifiers: Vec::new(),
            query: Vec::new(),
            body: None,
        }
    }

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
