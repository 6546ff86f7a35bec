//! The router, and serving it over plain TCP or TLS.

use std::{convert::Infallible, future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State as Extract},
    response::Response,
};
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rustls::pki_types::pem::PemObject;
use rustls::{RootCertStore, ServerConfig, pki_types, server::WebPkiClientVerifier};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::{
    certificate::PeerCertificate,
    http::{admin, call::Call, exchange::Outcome},
    simulator::Simulator,
};

/// More than any request of the API needs.
const BODY_LIMIT: usize = 1 << 20;
/// How long connections may take to end once asked to.
const DRAIN: Duration = Duration::from_secs(5);

impl Simulator {
    /// The whole API as a router. A reply that is to be lost has a body that fails at its first
    /// read: hyper's server closes such a connection without having sent anything, and a caller
    /// without a connection gets the error from the body.
    pub fn router(&self) -> Router {
        let api = Router::new().fallback(answer).with_state(self.clone());
        admin::router(self).merge(api)
    }
}

async fn answer(Extract(simulator): Extract<Simulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return with_status(StatusCode::PAYLOAD_TOO_LARGE, Body::empty());
    };
    let header = |name| {
        let value: Option<&HeaderValue> = parts.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        accept: header(header::ACCEPT),
        content_type: header(header::CONTENT_TYPE),
        authorization: header(header::AUTHORIZATION),
        body,
        peer: parts.extensions.get::<PeerCertificate>().cloned(),
    };
    match simulator.exchange(&call).await {
        Outcome::Lost => {
            let lost = stream::once(async {
                Err::<Vec<u8>, _>(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            with_status(StatusCode::BAD_GATEWAY, Body::from_stream(lost))
        }
        Outcome::Answered {
            status,
            content_type,
            body,
            retry_after,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let empty = body.is_empty();
            let mut response = with_status(status, Body::from(body));
            let headers = response.headers_mut();
            if let (false, Ok(kind)) = (empty, HeaderValue::from_str(&content_type)) {
                headers.insert(header::CONTENT_TYPE, kind);
            }
            if let Some(seconds) = retry_after {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// A server's certificate and, to take client certificates, who signs them.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
}

impl Tls {
    /// From PEM texts: the server's certificate chain, its key, and the authority whose client
    /// certificates are taken. A client may connect without one.
    ///
    /// # Errors
    /// States which text can't be read or used.
    pub fn from_pem(
        certificates: &[u8],
        key: &[u8],
        client_authority: Option<&[u8]>,
    ) -> Result<Self, String> {
        let chain = chain(certificates, "server certificate")?;
        let key = pki_types::PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| format!("the server key is not a PEM private key: {error}"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let authenticated = match client_authority {
            None => versions.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                for authority in self::chain(pem, "client authority")? {
                    roots
                        .add(authority)
                        .map_err(|error| format!("client authority: {error}"))?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .allow_unauthenticated()
                        .build()
                        .map_err(|error| format!("client authority: {error}"))?;
                versions.with_client_cert_verifier(verifier)
            }
        };
        let config = authenticated
            .with_single_cert(chain, key)
            .map_err(|error| format!("the server certificate and key can't be used: {error}"))?;
        Ok(Self {
            config: Arc::new(config),
        })
    }
}

fn chain(pem: &[u8], name: &str) -> Result<Vec<pki_types::CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = pki_types::CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("the {name} holds no PEM certificate"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("the {name} is not a PEM certificate: {error}")),
    }
}

/// Serves `simulator` on `listener` until `shutdown` completes. Requests under way are finished,
/// for at most five seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    simulator: Simulator,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let router = simulator.router();
    let acceptor = tls.map(|tls| TlsAcceptor::from(tls.config));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    // A caller that went away before it was accepted is no fault of the listener.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Err(error) => return Err(error),
                };
                connections.spawn(connect(stream, acceptor.clone(), router.clone(), stopped.clone()));
            }
        }
    }
    // Held replies would keep their connections open for ever.
    simulator.release();
    stop.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
    Ok(())
}

async fn connect(
    stream: tokio::net::TcpStream,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    stopped: watch::Receiver<bool>,
) {
    // Without this a small reply waits for the caller's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    match acceptor {
        None => converse(stream, None, router, stopped).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => {
                let certificates = stream.get_ref().1.peer_certificates();
                let peer = certificates
                    .and_then(<[_]>::first)
                    .and_then(|certificate| PeerCertificate::from_der(certificate));
                converse(stream, peer, router, stopped).await;
            }
            Err(error) => tracing::debug!(%error, "TLS handshake"),
        },
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<PeerCertificate>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let service = tower::service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        if let Some(peer) = &peer {
            request.extensions_mut().insert(peer.clone());
        }
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router
                    .oneshot(request.map(Body::new))
                    .await
                    .unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
}
