//! Connections: how a manager is reached, and what a failed login means.

use std::sync::Arc;

use api::CipherTrustManagerSpec;
use cckm::{
    Client, ClientCertificate, ClientOptions, Credentials, Error, RequestObserver, ReqwestOptions,
    Roots, Scope, Session, SessionOptions, Transport, TransportErrorKind,
};
use lifecycle::reason::{Blocker, Reason};

use super::{
    certificate,
    material::{self, Material},
};
use crate::{
    clock::ScaledClock,
    context::Context,
    manager::{
        Connection, Fenced, Limits, MakeTransport, Manager, Observer, RateLimit, SessionClock,
        network,
    },
};

/// Sets a connection up; nothing is sent yet.
pub(super) fn connect(
    context: &Context,
    manager: &Manager,
    material: Material,
) -> Result<Connection, Blocker> {
    let spec = &manager.spec;
    let certificate_ends = material
        .certificate
        .as_ref()
        .and_then(|pair| certificate::ends(&pair.certificate));
    let transport = transport(
        &context.make_transport,
        spec,
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
        scope(spec),
        session,
    ));
    let options = ClientOptions {
        observer: Some(observer),
        throttle: Some(Arc::new(RateLimit::new(
            Arc::clone(&context.clock),
            limits(spec),
        ))),
        ..ClientOptions::default()
    };
    let client = Client::with_options(transport, material.url, Arc::clone(&session), options);
    Ok(Connection::new(
        spec,
        client,
        session,
        material.fingerprint,
        certificate_ends,
    ))
}

fn transport(
    make: &MakeTransport,
    spec: &CipherTrustManagerSpec,
    roots: Roots,
    client_certificate: Option<ClientCertificate>,
) -> Result<Arc<dyn Transport>, Blocker> {
    let options = ReqwestOptions {
        roots,
        client_certificate,
        insecure_skip_verify: spec.insecure_skip_verify(),
        ..ReqwestOptions::default()
    };
    make(&options).map_err(|error| {
        Blocker::new(
            Reason::InvalidSpec,
            format!("The connection cannot be set up: {error}. Correct spec.tls or the Secrets."),
        )
    })
}

fn scope(spec: &CipherTrustManagerSpec) -> Scope {
    Scope {
        domain: spec.domain.clone(),
        auth_domain: spec.auth_domain.clone(),
        auth_domain_path: spec.auth_domain_path.clone(),
    }
}

fn limits(spec: &CipherTrustManagerSpec) -> Limits {
    let limits = spec.limits();
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
    manager: &Manager,
    given: Option<Credentials>,
    observer: Arc<dyn RequestObserver>,
) -> Result<Client, Blocker> {
    let spec = &manager.spec;
    let url = material::base_url(spec)?;
    let roots = material::roots(kube, manager).await?;
    let (credentials, certificate) = if let Some(given) = given {
        (given, None)
    } else {
        let (credentials, certificate, _) = material::credentials(kube, manager).await?;
        (credentials, certificate)
    };
    let transport = transport(&network(), spec, roots, certificate)?;
    let session = SessionOptions {
        observer: Some(observer.clone()),
        ..SessionOptions::default()
    };
    let session = Session::with_options(
        transport.clone(),
        url.clone(),
        credentials,
        scope(spec),
        session,
    );
    let clock = Arc::new(ScaledClock::real());
    let options = ClientOptions {
        observer: Some(observer),
        throttle: Some(Arc::new(RateLimit::new(clock, limits(spec)))),
        ..ClientOptions::default()
    };
    let session = Arc::new(session);
    Ok(Client::with_options(transport, url, session, options))
}

/// What a failed login means.
pub(super) fn login_failure(error: &Error) -> Blocker {
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
