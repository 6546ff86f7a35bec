//! Nothing leaks.

use crate::scripted::{Reply, Scripted, Sent, json, url};
use bytes::Bytes;
use cckm::azure::NewSecret;
use cckm::{
    Client, ClientCertificate, Credentials, LoginRefused, ReqwestOptions, Scope, SecretBytes,
    SecretString, Session,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

const CANARY: &str = "canary yellow";

fn assert_silent(text: &str) {
    assert!(!text.contains("canary"), "{text}");
    // Bytes are printed as numbers.
    assert!(!text.contains("99, 97, 110, 97, 114, 121"), "{text}");
}

fn new_secret() -> NewSecret {
    NewSecret {
        secret_name: "db".to_owned(),
        key_vault: "v".to_owned(),
        value: SecretString::from(CANARY),
        content_type: None,
        tags: BTreeMap::new(),
        enabled: None,
        not_before: None,
        expires: None,
        date_form: None,
    }
}

/// Everything remote says the canary: bodies, words of errors, ids of requests.
fn parrot(status: u16) -> Reply {
    let body = format!(
        r#"{{"code":9,"codeDesc":"{CANARY}: {CANARY}","message":"{CANARY}","requestID":"{CANARY}","jwt":"{CANARY}\n"}}"#
    );
    let reply = http::Response::builder()
        .status(status)
        .header("x-request-id", CANARY)
        .header("retry-after", CANARY);
    Ok(reply.body(Bytes::from(body)).unwrap())
}

/// A client whose password and identity are canaries.
fn client(script: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> Client {
    let credentials = Credentials::Password {
        username: "operator".to_owned(),
        password: SecretString::from(CANARY),
        connection: None,
    };
    let transport = Scripted::new(script);
    let session = Session::new(transport.clone(), url(), credentials, Scope::default());
    Client::new(transport, url(), Arc::new(session))
}

#[tokio::test]
async fn errors_show_nothing_that_was_sent_or_received() {
    let logged_in = |sent: &Sent, reply: fn() -> Reply| {
        if sent.is_token() {
            json(
                200,
                &format!(r#"{{"jwt":"canary","refresh_token":"{CANARY}"}}"#),
            )
        } else {
            reply()
        }
    };
    let mut errors = Vec::new();
    for script in [
        || parrot(400),
        || parrot(401),
        || parrot(404),
        || parrot(429),
        || parrot(500),
        || parrot(200),
    ] {
        let client = client(move |sent| logged_in(sent, script));
        errors.push(
            client
                .azure()
                .secrets()
                .create(&new_secret())
                .await
                .unwrap_err(),
        );
        errors.push(
            client
                .azure()
                .secrets()
                .get(&format!("{CANARY}/.."))
                .await
                .unwrap_err(),
        );
    }
    for script in [|| parrot(401), || parrot(500), || parrot(200)] {
        errors.push(
            client(move |_| script())
                .azure()
                .secrets()
                .get("a")
                .await
                .unwrap_err(),
        );
    }
    errors.push(LoginRefused::default().into());
    for error in errors {
        assert_silent(&format!("{error} {error:?} {error:#?}"));
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            assert_silent(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
    }
}

#[tokio::test]
async fn values_that_replies_hold_are_not_read() {
    let azure = format!(r#"{{"id":"a","azure_param":{{"value":"{CANARY}","id":"https://v"}}}}"#);
    let salesforce = format!(
        r#"{{"id":"a","error_msg":"{CANARY}","sfdc_params":{{"secret_value":"{CANARY}","SecretValue":"{CANARY}"}}}}"#
    );
    let secret = crate::scripted::answering(200, &azure)
        .azure()
        .secrets()
        .get("a")
        .await
        .unwrap();
    assert_silent(&format!("{secret:?}"));
    let secret = crate::scripted::answering(200, &salesforce)
        .salesforce()
        .tenant_secrets()
        .get("a")
        .await
        .unwrap();
    assert_silent(&format!("{secret:?}"));
    assert!(
        secret.error_message.unwrap().mentions("canary"),
        "what is kept can be searched, not printed"
    );
}

#[test]
fn what_holds_secrets_can_be_printed() {
    let password = Credentials::Password {
        username: "operator".to_owned(),
        password: SecretString::from(CANARY),
        connection: None,
    };
    let certificate = ReqwestOptions {
        client_certificate: Some(ClientCertificate {
            certificate: Vec::new(),
            key: SecretBytes::new(CANARY.as_bytes().to_vec()),
        }),
        ..ReqwestOptions::default()
    };
    assert_silent(&format!("{password:?} {certificate:?} {:?}", new_secret()));
    assert_eq!(new_secret().value.expose(), CANARY);
}

thread_local! {
    /// What was logged on this thread, which is that of one test.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to [`LOG`].
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_each_call_by_its_template_with_status_and_request_id_and_nothing_else() {
    // For the whole process: whether an event is wanted is remembered per event, not per thread.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(|| Log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let client = client(|sent| match (sent.is_token(), sent.method.as_str()) {
        (true, _) => json(200, r#"{"jwt":"canary"}"#),
        (_, "POST") => json(
            409,
            r#"{"code":1,"codeDesc":"NCERRConflict: canary","requestID":"req-7"}"#,
        ),
        _ => parrot(200),
    });
    client
        .azure()
        .secrets()
        .create(&new_secret())
        .await
        .unwrap_err();
    client
        .azure()
        .secrets()
        .list(&[("secret_name", CANARY)])
        .await
        .unwrap();
    client
        .azure()
        .secrets()
        .soft_delete("canary-id")
        .await
        .unwrap_err();
    let text = String::from_utf8(LOG.take()).unwrap();
    assert_silent(&text);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for (line, path) in lines.iter().zip([
        r#"path="/v1/auth/tokens" status=200"#,
        r#"path="/v1/cckm/azure/secrets" status=409"#,
        r#"path="/v1/cckm/azure/secrets" status=200"#,
        r#"path="/v1/cckm/azure/secrets/{id}/soft-delete" status=409"#,
    ]) {
        assert!(
            line.contains("INFO cckm::request: ") && line.contains(path),
            "{line}"
        );
        assert!(line.contains("milliseconds="), "{line}");
    }
    assert!(lines[1].contains(r#"request_id="req-7""#), "{}", lines[1]);
}
