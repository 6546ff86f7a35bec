//! The transport for real networks.

use crate::secret::SecretBytes;
use crate::transport::{Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::{Certificate, Identity, redirect};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::error::Error as StdError;
use std::io;
use std::time::Duration;
use zeroize::Zeroizing;

/// Whom to trust to vouch for the server.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// The certificate authorities of the system.
    #[default]
    System,
    /// Those of the system, and these (PEM, one or more certificates).
    SystemAnd(Vec<u8>),
    /// Only these (PEM, one or more certificates).
    Only(Vec<u8>),
}

/// A certificate to present in the TLS handshake, and its key.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The certificate and its chain, PEM.
    pub certificate: Vec<u8>,
    /// The private key, PEM.
    pub key: SecretBytes,
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct ReqwestOptions {
    /// Whom to trust.
    pub roots: Roots,
    /// The certificate to present, for logins by certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Accept any certificate for any name. Whoever can reach the network can then read every secret.
    pub insecure_skip_verify: bool,
    /// For a connection, TLS included: 10 s.
    pub connect_timeout: Duration,
    /// The largest reply accepted, in bytes: 16 MiB.
    pub reply_limit: usize,
}

impl Default for ReqwestOptions {
    fn default() -> Self {
        Self {
            roots: Roots::System,
            client_certificate: None,
            insecure_skip_verify: false,
            connect_timeout: Duration::from_secs(10),
            reply_limit: 16 << 20,
        }
    }
}

/// The options can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The CA bundle holds no certificate that can be read.
    #[error("the CA bundle holds no PEM certificate that can be read")]
    Roots,
    /// The client certificate or its key can't be read, or they don't belong together.
    #[error("the client certificate and its key must be PEM and belong together")]
    ClientCertificate,
    /// The TLS stack can't be set up: mostly, the system has no certificate authorities.
    #[error("TLS can't be set up; if the system has no certificate authorities, give a CA bundle")]
    Tls,
}

/// HTTP/1.1 or HTTP/2 over TLS 1.2 or newer. Honours the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`).
pub struct ReqwestTransport {
    client: reqwest::Client,
    reply_limit: usize,
}

impl ReqwestTransport {
    /// Sets connections up; makes none yet.
    pub fn new(options: &ReqwestOptions) -> Result<Self, SetupError> {
        // The process may have a provider already; whichever was first is as good.
        let _ = ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cckm/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            // A connection that died unnoticed must not swallow one request after the other.
            .http2_keep_alive_interval(Duration::from_secs(15))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .tls_danger_accept_invalid_certs(options.insecure_skip_verify);
        builder = match &options.roots {
            Roots::System => builder,
            Roots::SystemAnd(pem) => builder.tls_certs_merge(certificates(pem)?),
            Roots::Only(pem) => builder.tls_certs_only(certificates(pem)?),
        };
        if let Some(own) = &options.client_certificate {
            builder = builder.identity(identity(own)?);
        }
        let client = builder.build().map_err(|_| SetupError::Tls)?;
        Ok(Self {
            client,
            reply_limit: options.reply_limit,
        })
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError {
            kind: TransportErrorKind::Other,
            may_have_been_sent: false,
        })?;
        let mut reply = self
            .client
            .execute(request)
            .await
            .map_err(|error| classify(&error))?;
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = reply.status();
        *answer.headers_mut() = std::mem::take(reply.headers_mut());
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = reply.chunk().await.map_err(|error| classify(&error))? {
            if body.len() + chunk.len() > self.reply_limit {
                return Err(TransportError {
                    kind: TransportErrorKind::TooLarge,
                    may_have_been_sent: true,
                });
            }
            body.extend_from_slice(&chunk);
        }
        // A reply may carry a token: the buffer is overwritten with its last handle.
        *answer.body_mut() = Bytes::from_owner(body);
        Ok(answer)
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// Reads a bundle, and makes sure that each certificate of it can vouch for others.
fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, SetupError> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| SetupError::Roots)?;
        store.add(certificate).map_err(|_| SetupError::Roots)?;
    }
    if store.is_empty() {
        return Err(SetupError::Roots);
    }
    Certificate::from_pem_bundle(pem).map_err(|_| SetupError::Roots)
}

/// Reads certificate and key, and makes sure that they belong together.
fn identity(own: &ClientCertificate) -> Result<Identity, SetupError> {
    let unusable = SetupError::ClientCertificate;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&own.certificate).collect();
    let key = PrivateKeyDer::from_pem_slice(own.key.expose()).map_err(|_| unusable)?;
    CertifiedKey::from_der(chain.map_err(|_| unusable)?, key, &ring::default_provider())
        .map_err(|_| unusable)?;
    let mut pem = Zeroizing::new(Vec::with_capacity(
        own.certificate.len() + own.key.expose().len() + 1,
    ));
    pem.extend_from_slice(&own.certificate);
    pem.push(b'\n');
    pem.extend_from_slice(own.key.expose());
    Identity::from_pem(&pem).map_err(|_| unusable)
}

fn classify(error: &reqwest::Error) -> TransportError {
    let connecting = error.is_connect() || error.is_builder();
    let kind = if causes(error).any(is_certificate_error) {
        TransportErrorKind::UntrustedCertificate
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if connecting {
        TransportErrorKind::Connect
    } else if error.is_request() || error.is_body() || error.is_decode() {
        TransportErrorKind::Closed
    } else {
        TransportErrorKind::Other
    };
    TransportError {
        kind,
        may_have_been_sent: !connecting,
    }
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An io::Error hides what it wraps from source().
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

fn is_certificate_error(error: &(dyn StdError + 'static)) -> bool {
    matches!(
        error.downcast_ref::<rustls::Error>(),
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}
