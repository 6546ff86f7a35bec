//! The way of one visit of a manager: read its Secrets, log in, report.

mod certificate;
mod connect;
mod material;

use std::{fmt::Debug, sync::Arc};

use api::{CipherTrustManagerSpec, CipherTrustManagerStatus};
use cckm::Error;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use lifecycle::{
    conditions::{self, Suspended, Verdict},
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
};
use serde::de::DeserializeOwned;

pub use self::connect::client;
use super::{status, translate, wake};
use crate::{
    context::Context,
    manager::{Connection, Manager, ManagerObject, Standing},
    object::ObjectRef,
    runtime::worker::Revisit,
};

/// How often a manager's Secrets are read and its token is checked. A token is renewed at most once in four minutes.
const VISIT: SignedDuration = SignedDuration::from_secs(30);

/// Visits a manager.
pub async fn visit<M>(context: Arc<Context>, object: ObjectRef) -> Revisit
where
    M: ManagerObject + DeserializeOwned + Debug,
{
    let objects = M::objects(&context.objects);
    let Some(cr) = objects.get(&object.namespace, &object.name) else {
        context.managers.forget(&object);
        context.forget(&object);
        wake::containers(&context, &object);
        return Revisit::WhenWoken;
    };
    let asked = translate::unanswered(&cr, cr.status().last_handled_reconcile_at.as_deref());
    let connection = connection(&context, &cr.manager(), asked).await;
    // Whether its login works or not: why it does not may be just that.
    let ends = connection
        .as_ref()
        .ok()
        .and_then(|connection| connection.certificate_ends);
    let standing = match connection {
        Ok(connection) => log_in(connection).await,
        Err(blocker) => Standing::NotReady(blocker),
    };
    let news = context.managers.set(&object, standing.clone());
    let revisit = report(&context, &object, &cr, &standing, ends).await;
    if news {
        wake::containers(&context, &object);
    }
    revisit
}

/// The connection that the object describes now.
async fn connection(
    context: &Context,
    manager: &Manager,
    asked: Option<&str>,
) -> Result<Arc<Connection>, Blocker> {
    let object = &manager.reference;
    let material = material::read(&context.client, manager).await?;
    if let Some(request) = asked {
        context.logins.permit_if_asked(&material.login, request);
    }
    if let Some(connection) = context.managers.kept(object, &material.fingerprint) {
        return Ok(connection);
    }
    context
        .logins
        .forgive_if_other(&material.login, &material.credential);
    let connection = Arc::new(connect::connect(context, manager, material)?);
    context.managers.keep(object, &connection);
    Ok(connection)
}

/// Makes sure that a connection's login works.
async fn log_in(connection: Arc<Connection>) -> Standing {
    match connection.session.establish().await {
        Ok(()) => {
            connection.remember(None);
            Standing::Ready(connection)
        }
        // The breaker holds logins back; what the last one heard still stands.
        Err(Error::LoginRefused(_)) => {
            Standing::NotReady(connection.last_failure().unwrap_or_else(held_back))
        }
        Err(error) => {
            let failure = connect::login_failure(&error);
            connection.remember(Some(failure.clone()));
            Standing::NotReady(failure)
        }
    }
}

fn held_back() -> Blocker {
    Blocker::new(
        Reason::LoginFailed,
        "Logins with these credentials failed, and are tried again with growing pauses.",
    )
}

/// What else a reader of the object should know. `ends`: when the client certificate does.
fn notes(spec: &CipherTrustManagerSpec, ends: Option<Timestamp>, now: Timestamp) -> Vec<Note> {
    let unchecked = spec.insecure_skip_verify().then(|| Note {
        condition: NoteKind::InsecureSkipVerify,
        message: "The certificate of CipherTrust Manager is not checked: whoever can reach the network can read every value. Set tls.caRef and remove insecureSkipVerify.".into(),
    });
    let expiring = ends.and_then(|ends| certificate::expiring(ends, now));
    unchecked.into_iter().chain(expiring).collect()
}

async fn report<M>(
    context: &Context,
    object: &ObjectRef,
    cr: &M,
    standing: &Standing,
    ends: Option<Timestamp>,
) -> Revisit
where
    M: ManagerObject + DeserializeOwned + Debug,
{
    let now = context.clock.now();
    let (reason, message, until) = match standing {
        Standing::Ready(_) => (Reason::Reached, "Logged in.".to_owned(), None),
        Standing::NotReady(blocker) => (blocker.reason, blocker.message.clone(), blocker.until),
    };
    let (spec, before) = (cr.manager().spec, cr.status());
    let earlier = status::read(before.conditions.as_ref());
    let suspended = if spec.suspended() {
        Suspended::Idle
    } else {
        Suspended::No
    };
    let notes = notes(&spec, ends, now);
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
    match status::write_to(&M::api(&context.client, object), cr, &before, &after, false).await {
        Ok(status::Written::Changed(written)) => {
            context.status_written(object, &*written);
            let reference = cr.object_ref(&());
            context.tell(object, &reference, &earlier, &now_said).await;
        }
        Ok(_) => {}
        Err(error) => return context.unwritten(object, &error),
    }
    let at = until.unwrap_or(now + VISIT).min(now + VISIT);
    Revisit::At(again.map_or(at, |again| again.min(at)))
}
