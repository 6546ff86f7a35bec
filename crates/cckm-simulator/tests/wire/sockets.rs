//! Replies that never come, and certificates that log in.

use std::{net::SocketAddr, sync::Arc};

use cckm_simulator::{Client, Fault, FaultKind, Options, Simulator, Tls, User, World, serve};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

use crate::certificates::{Authority, Identity};

const TOKENS: &str = "/api/v1/auth/tokens/";

struct Served {
    simulator: Simulator,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn served(world: World, tls: Option<Tls>) -> Served {
    let simulator = Simulator::new(Options::default());
    simulator.add(&world.user("operator", "password")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(listener, simulator.clone(), tls, shutdown));
    Served {
        simulator,
        address,
        stop,
        server,
    }
}

/// Sends one POST and reads until the server closes the connection.
async fn post(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str, body: &Value) -> String {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    // A server that closes without a TLS farewell is what a lost connection looks like.
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8(reply).unwrap()
}

#[tokio::test]
async fn a_lost_reply_is_a_connection_closed_without_a_byte() {
    let served = served(World::default(), None).await;
    let login = json!({ "username": "operator", "password": "password" });
    served
        .simulator
        .inject(Fault::new(TOKENS, FaultKind::LostReply));
    let stream = TcpStream::connect(served.address).await.unwrap();
    assert_eq!(post(stream, TOKENS, &login).await, "");
    assert!(served.simulator.requests(0)[0].effect);
    let stream = TcpStream::connect(served.address).await.unwrap();
    assert!(
        post(stream, TOKENS, &login)
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn a_router_behind_any_server_loses_replies_as_well() {
    let simulator = Simulator::new(Options::default());
    simulator.inject(Fault::new("", FaultKind::LostReply));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, simulator.router()).into_future());
    let stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(post(stream, TOKENS, &json!({})).await, "");
}

#[tokio::test]
async fn a_server_that_is_stopped_sends_held_replies_and_ends() {
    let served = served(World::default(), None).await;
    served
        .simulator
        .inject(Fault::new(TOKENS, FaultKind::Hold { seconds: None }));
    let stream = TcpStream::connect(served.address).await.unwrap();
    let login = json!({ "username": "operator", "password": "password" });
    let held = tokio::spawn(async move { post(stream, TOKENS, &login).await });
    while served.simulator.requests(0).is_empty() {
        tokio::task::yield_now().await;
    }
    served.stop.send(()).unwrap();
    served.server.await.unwrap().unwrap();
    assert!(held.await.unwrap().starts_with("HTTP/1.1 200"));
}

async fn connected(
    address: SocketAddr,
    authority: &Authority,
    identity: Option<Identity>,
) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let certificate =
                CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
            builder
                .with_client_auth_cert(vec![certificate], key)
                .unwrap()
        }
    };
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn client_certificates_log_users_and_clients_in() {
    let authority = Authority::new();
    let server = authority.server();
    let tls = Tls::from_pem(
        server.certificate.as_bytes(),
        server.key.as_bytes(),
        Some(authority.pem().as_bytes()),
    )
    .unwrap();
    let world = World {
        users: vec![User {
            username: "bob".to_owned(),
            certificate_subject_dn: Some("CN=bob, O=Example".to_owned()),
            ..User::default()
        }],
        clients: vec![Client {
            id: Some("client-1".to_owned()),
            name: "controller".to_owned(),
            certificate_subject_dn: "O=Example,CN=controller".to_owned(),
        }],
        ..World::default()
    };
    let served = served(world, Some(tls)).await;
    let as_user = json!({ "grant_type": "user_certificate" });
    let as_client = json!({ "grant_type": "client_credential", "client_id": "client-1" });
    for (name, body, status) in [
        (Some("bob"), &as_user, "200"),
        (Some("controller"), &as_client, "200"),
        (Some("controller"), &as_user, "401"),
        (Some("bob"), &as_client, "401"),
        (None, &as_user, "401"),
    ] {
        let identity = name.map(|name| authority.client(name));
        let stream = connected(served.address, &authority, identity).await;
        let reply = post(stream, TOKENS, body).await;
        assert!(
            reply.starts_with(&format!("HTTP/1.1 {status}")),
            "{name:?} {body}: {reply}"
        );
    }
}

#[test]
fn a_wrong_pem_is_named() {
    let server = Authority::new().server();
    let error = Tls::from_pem(b"nothing", server.key.as_bytes(), None).unwrap_err();
    assert!(error.contains("server certificate"), "{error}");
    let error = Tls::from_pem(server.certificate.as_bytes(), b"nothing", None).unwrap_err();
    assert!(error.contains("server key"), "{error}");
}
