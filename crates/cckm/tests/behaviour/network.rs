//! The transport on a real network: certificates, limits, broken connections.

use bytes::Bytes;
use cckm::{
    ClientCertificate, ReqwestOptions, ReqwestTransport, Roots, SecretBytes, SetupError, Transport,
    TransportErrorKind,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name`, and its key, as DER and PEM.
struct Issued {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn issue(authority: &Authority, name: &str) -> Issued {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    Issued {
        certificate: params.signed_by(&key, authority).unwrap(),
        key,
    }
}

fn server_config(issued: &Issued, clients: Option<&Authority>) -> ServerConfig {
    let chain = vec![issued.certificate.der().clone()];
    let key = PrivateKeyDer::try_from(issued.key.serialize_der()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from(authority.der().to_vec()))
                .unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    builder.with_single_cert(chain, key).unwrap()
}

/// Answers each connection's first request with these bytes, and closes it.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &[u8]) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let _ = stream.write_all(reply).await;
    let _ = stream.shutdown().await;
}

async fn serve(tls: Option<ServerConfig>, reply: impl Into<Vec<u8>>) -> SocketAddr {
    let (listener, reply) = (
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        reply.into(),
    );
    let address = listener.local_addr().unwrap();
    let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            match &acceptor {
                None => answer(stream, &reply).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, &reply).await;
                    }
                }
            }
        }
    });
    address
}

const OK: &str =
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: r\r\nconnection: close\r\n\r\n{}";

async fn get(
    options: &ReqwestOptions,
    url: &str,
) -> Result<http::Response<Bytes>, cckm::TransportError> {
    let transport = ReqwestTransport::new(options).unwrap();
    transport
        .send(http::Request::get(url).body(Bytes::new()).unwrap())
        .await
}

fn trusting(authority: &Authority) -> ReqwestOptions {
    ReqwestOptions {
        roots: Roots::Only(authority.pem().into_bytes()),
        ..ReqwestOptions::default()
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_the_authority_given_and_by_no_other() {
    let (ours, other) = (authority(), authority());
    let address = serve(Some(server_config(&issue(&ours, "localhost"), None)), OK).await;
    let url = format!("https://localhost:{}/", address.port());
    let reply = get(&trusting(&ours), &url).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.body().as_ref()),
        (200, b"{}".as_slice())
    );
    assert_eq!(reply.headers()["x-request-id"], "r");
    let merged = ReqwestOptions {
        roots: Roots::SystemAnd(ours.pem().into_bytes()),
        ..ReqwestOptions::default()
    };
    get(&merged, &url).await.unwrap();
    let error = get(&trusting(&other), &url).await.unwrap_err();
    assert_eq!(
        (error.kind, error.may_have_been_sent),
        (TransportErrorKind::UntrustedCertificate, false)
    );
    let careless = ReqwestOptions {
        insecure_skip_verify: true,
        ..trusting(&other)
    };
    get(&careless, &url).await.unwrap();
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let ours = authority();
    let address = serve(
        Some(server_config(&issue(&ours, "cm.example.com"), None)),
        OK,
    )
    .await;
    let error = get(
        &trusting(&ours),
        &format!("https://localhost:{}/", address.port()),
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::UntrustedCertificate);
}

#[tokio::test]
async fn the_client_presents_its_certificate() {
    let (ours, of_clients) = (authority(), authority());
    let server = server_config(&issue(&ours, "localhost"), Some(&of_clients));
    let url = format!(
        "https://localhost:{}/",
        serve(Some(server), OK).await.port()
    );
    get(&trusting(&ours), &url).await.unwrap_err();
    let own = issue(&of_clients, "operator");
    let client_certificate = Some(ClientCertificate {
        certificate: own.certificate.pem().into_bytes(),
        key: SecretBytes::new(own.key.serialize_pem().into_bytes()),
    });
    get(
        &ReqwestOptions {
            client_certificate,
            ..trusting(&ours)
        },
        &url,
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_at_once() {
    let setup = |options| ReqwestTransport::new(&options).err();
    for pem in [
        "",
        "nothing",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let options = ReqwestOptions {
            roots: Roots::Only(pem.into()),
            ..ReqwestOptions::default()
        };
        assert_eq!(setup(options), Some(SetupError::Roots), "{pem}");
    }
    let (ours, other) = (issue(&authority(), "a"), issue(&authority(), "b"));
    for key in [other.key.serialize_pem(), "no key".to_owned()] {
        let certificate = ours.certificate.pem().into_bytes();
        let client_certificate = Some(ClientCertificate {
            certificate,
            key: SecretBytes::new(key.into_bytes()),
        });
        let options = ReqwestOptions {
            client_certificate,
            ..trusting(&authority())
        };
        assert_eq!(setup(options), Some(SetupError::ClientCertificate));
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_reply_may_have_carried_the_request() {
    for reply in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}"] {
        let address = serve(None, reply).await;
        let error = get(&ReqwestOptions::default(), &format!("http://{address}/"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind, error.may_have_been_sent),
            (TransportErrorKind::Closed, true),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn a_refused_connection_has_carried_nothing() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = get(&ReqwestOptions::default(), &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.may_have_been_sent),
        (TransportErrorKind::Connect, false)
    );
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_given_up_and_has_received_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let options = ReqwestOptions {
        connect_timeout: Duration::from_millis(50),
        ..ReqwestOptions::default()
    };
    let error = get(&options, &url).await.unwrap_err();
    assert_eq!(
        (error.kind, error.may_have_been_sent),
        (TransportErrorKind::Timeout, false)
    );
}

#[tokio::test]
async fn a_reply_larger_than_accepted_is_cut_off() {
    let body = "x".repeat(2000);
    let address = serve(
        None,
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{body}"),
    )
    .await;
    let url = format!("http://{address}/");
    let error = get(
        &ReqwestOptions {
            reply_limit: 1999,
            ..ReqwestOptions::default()
        },
        &url,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.kind, error.may_have_been_sent),
        (TransportErrorKind::TooLarge, true)
    );
    let reply = get(
        &ReqwestOptions {
            reply_limit: 2000,
            ..ReqwestOptions::default()
        },
        &url,
    )
    .await
    .unwrap();
    assert_eq!(reply.body().len(), 2000);
}

#[tokio::test]
async fn a_redirect_is_a_reply_and_is_not_followed() {
    let target = serve(None, OK).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n");
    let address = serve(None, redirect).await;
    let reply = get(&ReqwestOptions::default(), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(reply.status().as_u16(), 302);
}
