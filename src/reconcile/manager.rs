//! The way of one visit of a `CipherTrustManager`: read its Secrets, log in, report.

use std::sync::Arc;

use api::{CaKind, CipherTrustManager, CipherTrustManagerStatus};
use cckm::{
    BaseUrl, Client, ClientCertificate, ClientOptions, Credentials, Error, RequestObserver,
    ReqwestOptions, Roots, Scope, SecretBytes, SecretString, Session, SessionOptions, Transport,
    TransportErrorKind,
};
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Resource, ResourceExt};
use lifecycle::{
    conditions::{self, Suspended, Verdict},
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
};
use sha2::{Digest, Sha256};

use super::{failure, status, translate, wake};
use crate::{
    clock::ScaledClock,
    context::Context,
    hex::hex,
    manager::{
        Connection, Fenced, Limits, LoginName, MakeTransport, Observer, RateLimit, SessionClock,
        Standing, network,
    },
    object::ObjectRef,
    runtime::worker::Revisit,
};

/// How often a manager's Secrets are read and its token is checked. A token is renewed at most once in four minutes.
const VISIT: SignedDuration = SignedDuration::from_secs(30);

/// What a connection is made from; another fingerprint makes another connection.
struct Material {
    url: BaseUrl,
    credentials: Credentials,
    certificate: Option<ClientCertificate>,
    roots: Roots,
    login: LoginName,
    /// Stands for password or certificate; a hash, kept in memory only.
    credential: String,
    fingerprint: String,
}

/// Visits a manager.
pub async fn visit(context: Arc<Context>, object: ObjectRef) -> Revisit {
    let Some(cr) = context
        .objects
        .managers
        .get(&object.namespace, &object.name)
    else {
        context.managers.forget(&object);
        context.forget(&object);
        wake::containers(&context, &object);
        return Revisit::WhenWoken;
    };
    let standing = match stand(&context, &object, &cr).await {
        Ok(connection) => Standing::Ready(connection),
        Err(blocker) => Standing::NotReady(blocker),
    };
    let news = context.managers.set(&object, standing.clone());
    let revisit = report(&context, &object, &cr, &standing).await;
    if news {
        wake::containers(&context, &object);
    }
    revisit
}

/// Makes sure of a connection whose login works.
async fn stand(
    context: &Context,
    object: &ObjectRef,
    cr: &CipherTrustManager,
) -> Result<Arc<Connection>, Blocker> {
    let material = read(&context.client, cr).await?;
    let answered = cr
        .status
        .as_ref()
        .and_then(|status| status.last_handled_reconcile_at.as_deref());
    if let Some(request) = translate::unanswered(cr, answered) {
        context.logins.permit_if_asked(&material.login, request);
    }
    let connection = if let Some(connection) = context.managers.kept(object, &material.fingerprint)
    {
        connection
    } else {
        context
            .logins
            .forgive_if_other(&material.login, &material.credential);
        let connection = Arc::new(connect(context, cr, material)?);
        context.managers.keep(object, &connection);
        connection
    };
    match connection.session.establish().await {
        Ok(()) => {
            connection.remember(None);
            Ok(connection)
        }
        // The breaker holds logins back; what the last one heard still stands.
        Err(Error::LoginRefused(_)) => Err(connection.last_failure().unwrap_or_else(held_back)),
        Err(error) => {
            let failure = login_failure(&error);
            connection.remember(Some(failure.clone()));
            Err(failure)
        }
    }
}

fn held_back() -> Blocker {
    Blocker::new(
        Reason::LoginFailed,
        "Logins with these credentials failed, and are tried again with growing pauses.",
    )
}

/// What else a reader of the object should know.
fn notes(cr: &CipherTrustManager) -> Vec<Note> {
    if !cr.spec.insecure_skip_verify() {
        return Vec::new();
    }
    let message = "The certificate of CipherTrust Manager is not checked: whoever can reach the network can read every value. Set tls.caRef and remove insecureSkipVerify.";
    vec![Note {
        condition: NoteKind::InsecureSkipVerify,
        message: message.into(),
    }]
}

/// Reads what the spec refers to.
async fn read(client: &kube::Client, cr: &CipherTrustManager) -> Result<Material, Blocker> {
    let spec = &cr.spec;
    let url = base_url(cr)?;
    let roots = roots(client, cr).await?;
    let (credentials, certificate, user) = credentials(client, cr).await?;
    let home = spec
        .auth_domain_path
        .as_deref()
        .or(spec.auth_domain.as_deref())
        .unwrap_or_default();
    let login = LoginName::new(url.as_str(), home, &user);
    let credential = credential(&credentials, certificate.as_ref());
    let fingerprint = fingerprint(spec, &credential, &roots);
    Ok(Material {
        url,
        credentials,
        certificate,
        roots,
        login,
        credential,
        fingerprint,
    })
}

fn base_url(cr: &CipherTrustManager) -> Result<BaseUrl, Blocker> {
    BaseUrl::parse(&cr.spec.url).map_err(|error| {
        Blocker::new(
            Reason::InvalidSpec,
            format!("spec.url cannot be used: {error}. Correct it."),
        )
    })
}

/// The authorities to trust.
async fn roots(client: &kube::Client, cr: &CipherTrustManager) -> Result<Roots, Blocker> {
    let namespace = cr.namespace().unwrap_or_default();
    let reference = cr.spec.tls.as_ref().and_then(|tls| tls.ca_ref.as_ref());
    Ok(match reference {
        None => Roots::System,
        Some(reference) => Roots::Only(match reference.kind() {
            CaKind::ConfigMap => {
                let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
                let map = maps.get_opt(&reference.name).await.map_err(|error| {
                    failure::unread(&error, &format!("ConfigMap {}", reference.name))
                })?;
                map.and_then(|map| map.data)
                    .and_then(|mut data| data.remove(reference.key()))
                    .map(String::into_bytes)
                    .ok_or_else(|| {
                        missing(
                            &format!(
                                "ConfigMap {} with the key {}",
                                reference.name,
                                reference.key()
                            ),
                            "tls.caRef",
                        )
                    })?
            }
            CaKind::Secret => {
                field(
                    client,
                    &namespace,
                    &reference.name,
                    reference.key(),
                    "tls.caRef",
                )
                .await?
            }
        }),
    })
}

async fn credentials(
    client: &kube::Client,
    cr: &CipherTrustManager,
) -> Result<(Credentials, Option<ClientCertificate>, String), Blocker> {
    let namespace = &cr.namespace().unwrap_or_default();
    let spec = &cr.spec.credentials;
    if let Some(password) = &spec.password {
        let (secret, path) = (&password.secret_ref.name, "credentials.password.secretRef");
        let username = text(
            field(client, namespace, secret, "username", path).await?,
            secret,
            "username",
        )?;
        let password = text(
            field(client, namespace, secret, "password", path).await?,
            secret,
            "password",
        )?;
        let credentials = Credentials::Password {
            username: username.clone(),
            password: SecretString::new(password),
            connection: None,
        };
        return Ok((credentials, None, username));
    }
    let Some(certificate) = &spec.client_certificate else {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "spec.credentials names no credentials. Set password or clientCertificate.",
        ));
    };
    let (secret, path) = (
        &certificate.secret_ref.name,
        "credentials.clientCertificate.secretRef",
    );
    let chain = field(client, namespace, secret, "tls.crt", path).await?;
    let key = SecretBytes::new(field(client, namespace, secret, "tls.key", path).await?);
    let user = hex(&Sha256::digest(&chain));
    let credentials = match &certificate.client_id {
        Some(client_id) => Credentials::ClientCertificate {
            client_id: client_id.clone(),
        },
        None => Credentials::UserCertificate,
    };
    Ok((
        credentials,
        Some(ClientCertificate {
            certificate: chain,
            key,
        }),
        user,
    ))
}

async fn field(
    client: &kube::Client,
    namespace: &str,
    name: &str,
    key: &str,
    path: &str,
) -> Result<Vec<u8>, Blocker> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = secrets
        .get_opt(name)
        .await
        .map_err(|error| failure::unread(&error, &format!("Secret {name}")))?;
    let value = secret
        .and_then(|secret| secret.data)
        .and_then(|mut data| data.remove(key));
    value
        .map(|value| value.0)
        .ok_or_else(|| missing(&format!("Secret {name} with the key {key}"), path))
}

fn text(bytes: Vec<u8>, secret: &str, key: &str) -> Result<String, Blocker> {
    String::from_utf8(bytes).map_err(|_| {
        Blocker::new(
            Reason::InvalidSpec,
            format!("Key {key} of Secret {secret} is not UTF-8 text. Correct it."),
        )
    })
}

fn missing(what: &str, path: &str) -> Blocker {
    Blocker::new(
        Reason::SecretNotFound,
        format!(
            "{what}, named by spec.{path}, does not exist in this namespace. Create it, or correct the reference."
        ),
    )
}

/// Stands for password or certificate. A hash, and kept in memory only.
fn credential(credentials: &Credentials, certificate: Option<&ClientCertificate>) -> String {
    let password = match credentials {
        Credentials::Password {
            username, password, ..
        } => [username.as_bytes(), password.expose().as_bytes()],
        Credentials::UserCertificate | Credentials::ClientCertificate { .. } => [b"".as_slice(); 2],
    };
    let certificate = certificate.map_or([b"".as_slice(); 2], |pair| {
        [pair.certificate.as_slice(), pair.key.expose().as_slice()]
    });
    digest(password.into_iter().chain(certificate))
}

/// Tells whether anything that a connection is made from has changed.
fn fingerprint(spec: &api::CipherTrustManagerSpec, credential: &str, roots: &Roots) -> String {
    let roots = match roots {
        Roots::System => b"".as_slice(),
        Roots::SystemAnd(pem) | Roots::Only(pem) => pem,
    };
    let spec = serde_json::to_string(spec).unwrap_or_default();
    digest([spec.as_bytes(), credential.as_bytes(), roots])
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

fn connect(
    context: &Context,
    cr: &CipherTrustManager,
    material: Material,
) -> Result<Connection, Blocker> {
    let transport = transport(
        &context.make_transport,
        cr,
        material.roots,
        material.certificate,
    )?;
    let transport = Arc::new(Fenced {
        transport,
        leadership: context.leadership.clone(),
    });
    let observer = Arc::new(Observer::new(context.metrics.clone()));
    let session = SessionOptions {
        clock: Arc::new(SessionClock(Arc::clone(&context.clock))),
        gate: context.logins.gate(material.login),
        observer: Some(observer.clone()),
        ..SessionOptions::default()
    };
    let session = Arc::new(Session::with_options(
        transport.clone(),
        material.url.clone(),
        material.credentials,
        scope(cr),
        session,
    ));
    let options = ClientOptions {
        observer: Some(observer),
        throttle: Some(Arc::new(RateLimit::new(
            Arc::clone(&context.clock),
            limits(cr),
        ))),
        ..ClientOptions::default()
    };
    let client = Client::with_options(transport, material.url, Arc::clone(&session), options);
    Ok(Connection::new(cr, client, session, material.fingerprint))
}

fn transport(
    make: &MakeTransport,
    cr: &CipherTrustManager,
    roots: Roots,
    client_certificate: Option<ClientCertificate>,
) -> Result<Arc<dyn Transport>, Blocker> {
    let options = ReqwestOptions {
        roots,
        client_certificate,
        insecure_skip_verify: cr.spec.insecure_skip_verify(),
        ..ReqwestOptions::default()
    };
    make(&options).map_err(|error| {
        Blocker::new(
            Reason::InvalidSpec,
            format!("The connection cannot be set up: {error}. Correct spec.tls or the Secrets."),
        )
    })
}

fn scope(cr: &CipherTrustManager) -> Scope {
    Scope {
        domain: cr.spec.domain.clone(),
        auth_domain: cr.spec.auth_domain.clone(),
        auth_domain_path: cr.spec.auth_domain_path.clone(),
    }
}

fn limits(cr: &CipherTrustManager) -> Limits {
    let limits = cr.spec.limits();
    let positive = |number: i32| u32::try_from(number).unwrap_or(1).max(1);
    Limits {
        requests_per_second: positive(limits.requests_per_second()),
        burst: positive(limits.burst()),
        concurrent_requests: positive(limits.concurrent_requests()),
    }
}

/// A client of a manager for somebody outside of the operator: reached as its object says, within its limits, and
/// logged in with the credentials that it names unless others are given. Nothing is sent to it yet.
pub async fn client(
    kube: &kube::Client,
    cr: &CipherTrustManager,
    given: Option<Credentials>,
    observer: Arc<dyn RequestObserver>,
) -> Result<Client, Blocker> {
    let url = base_url(cr)?;
    let roots = roots(kube, cr).await?;
    let (credentials, certificate) = if let Some(given) = given {
        (given, None)
    } else {
        let (credentials, certificate, _) = credentials(kube, cr).await?;
        (credentials, certificate)
    };
    let transport = transport(&network(), cr, roots, certificate)?;
    let session = SessionOptions {
        observer: Some(observer.clone()),
        ..SessionOptions::default()
    };
    let session = Session::with_options(
        transport.clone(),
        url.clone(),
        credentials,
        scope(cr),
        session,
    );
    let clock = Arc::new(ScaledClock::real());
    let options = ClientOptions {
        observer: Some(observer),
        throttle: Some(Arc::new(RateLimit::new(clock, limits(cr)))),
        ..ClientOptions::default()
    };
    let session = Arc::new(session);
    Ok(Client::with_options(transport, url, session, options))
}

/// What a failed login means.
fn login_failure(error: &Error) -> Blocker {
    let cause = match error {
        Error::LoginFailed(cause) => cause.as_ref(),
        other => other,
    };
    let refused = || {
        Blocker::new(
            Reason::LoginFailed,
            "CipherTrust Manager refuses these credentials. Correct the Secret; until it changes, login is tried ever more seldom, so that the account is not locked. To try once more now, annotate this object with another reconcile.fluxcd.io/requestedAt.",
        )
    };
    match cause {
        Error::Transport { error, .. }
            if error.kind == TransportErrorKind::UntrustedCertificate =>
        {
            Blocker::new(
                Reason::UntrustedCertificate,
                "The certificate of CipherTrust Manager is not trusted. Set spec.tls.caRef to the CA that issued it.",
            )
        }
        Error::Transport { .. } => Blocker::new(
            Reason::Unreachable,
            "CipherTrust Manager does not answer; it is tried again with growing pauses. Check spec.url, the network and proxies.",
        ),
        Error::UnexpectedAnswer { .. } => Blocker::new(
            Reason::UnexpectedAnswer,
            format!(
                "The login was answered by something else than CipherTrust Manager: {cause}. Check spec.url and the proxies on the way."
            ),
        ),
        _ if error.credentials_refused() => refused(),
        Error::Status(status) if matches!(status.status, 400 | 401 | 403 | 422) => refused(),
        Error::Status(status) if status.status == 404 => Blocker::new(
            Reason::UnexpectedAnswer,
            "There is no CipherTrust Manager API at spec.url. Correct it.",
        ),
        _ => Blocker::new(
            Reason::Unreachable,
            format!(
                "CipherTrust Manager cannot log anybody in now: {cause}. It is tried again with growing pauses."
            ),
        ),
    }
}

async fn report(
    context: &Context,
    object: &ObjectRef,
    cr: &CipherTrustManager,
    standing: &Standing,
) -> Revisit {
    let now = context.clock.now();
    let (reason, message, until) = match standing {
        Standing::Ready(_) => (Reason::Reached, "Logged in.".to_owned(), None),
        Standing::NotReady(blocker) => (blocker.reason, blocker.message.clone(), blocker.until),
    };
    let before = cr.status.clone().unwrap_or_default();
    let earlier = status::read(before.conditions.as_ref());
    let suspended = if cr.spec.suspended() {
        Suspended::Idle
    } else {
        Suspended::No
    };
    let notes = notes(cr);
    let verdict = Verdict {
        reason,
        message,
        suspended,
        notes,
    };
    let generation = cr.meta().generation.unwrap_or_default();
    let (conditions, again) = conditions::conditions(&earlier, &verdict, generation, now);
    let after = CipherTrustManagerStatus {
        observed_generation: Some(generation),
        conditions: Some(status::render(conditions)),
        last_handled_reconcile_at: cr.annotations().get(api::RECONCILE_ANNOTATION).cloned(),
    };
    let now_said = status::read(after.conditions.as_ref());
    context
        .tell(object, &cr.object_ref(&()), &earlier, &now_said)
        .await;
    match status::write(&context.client, cr, &before, &after, false).await {
        Ok(status::Written::Changed(cr)) => context.status_written(object, &*cr),
        Ok(_) => {}
        Err(error) => return context.unwritten(object, &error),
    }
    let at = until.unwrap_or(now + VISIT).min(now + VISIT);
    Revisit::At(again.map_or(at, |again| again.min(at)))
}
