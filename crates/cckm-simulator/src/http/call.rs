//! A request as received, a request as admitted, and a reply.

use bytes::Bytes;
use serde_json::Value;

use crate::{certificate::PeerCertificate, http::fields::Fields, manager::tokens::Principal};

/// What came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) accept: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) peer: Option<PeerCertificate>,
}

impl Call {
    pub(crate) fn path_and_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
}

/// What an endpoint works on: parsed, and allowed in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Values of the template's parameters, in order.
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) fields: Fields,
    /// Nothing for the endpoint that issues tokens.
    pub(crate) principal: Option<Principal>,
    pub(crate) peer: Option<PeerCertificate>,
}

impl Request {
    /// The `index`th parameter of the path.
    pub(crate) fn parameter(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", String::as_str)
    }

    /// CM's ID of the caller, for `created_by` and `modified_by`.
    pub(crate) fn caller(&self) -> String {
        self.principal
            .as_ref()
            .map_or_else(String::new, |principal| principal.id.clone())
    }
}

/// A reply that says yes.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) const fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    pub(crate) const fn created(body: Value) -> Self {
        Self {
            status: 201,
            body: Some(body),
        }
    }

    pub(crate) const fn no_content() -> Self {
        Self {
            status: 204,
            body: None,
        }
    }
}
