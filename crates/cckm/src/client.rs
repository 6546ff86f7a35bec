//! The client.

use crate::auth::Session;
use crate::call::Call;
use crate::exchange::{Line, RequestObserver, Throttle};
use crate::operation::Operation;
use crate::path::BaseUrl;
use crate::transport::Transport;
use crate::{azure, connections, oci, salesforce, system, vault_keys};
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
    pub(crate) inner: Arc<Inner>,
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) line: Line,
    pub(crate) base_url: BaseUrl,
    pub(crate) session: Arc<Session>,
    pub(crate) options: ClientOptions,
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

    /// Connections to clouds.
    pub fn connections(&self) -> connections::Connections<'_> {
        connections::Connections { client: self }
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
        Call::new(self, operation)
    }
}
