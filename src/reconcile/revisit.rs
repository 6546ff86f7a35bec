//! When a key is looked at again.

use jiff::SignedDuration;
use lifecycle::{backoff, reason::Reason};

use super::{
    decide::Decision,
    kind::{KeyKind, Scene, View},
};
use crate::runtime::worker::Revisit;

/// How often a key at rest is looked at, without a remote call.
const REST: SignedDuration = SignedDuration::from_hours(1);

/// How often something that is missing is looked for.
pub const POLL: SignedDuration = SignedDuration::from_secs(20);

/// When a key is looked at again, given what it waits for.
pub fn revisit<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>, decision: &Decision) -> Revisit {
    let now = scene.now();
    let rest = now + backoff::jitter(REST, scene.object.seed());
    if decision.act.is_some() {
        return Revisit::Now;
    }
    if decision.suspended {
        // It may be the manager that is suspended, and nothing wakes its keys when that ends.
        return Revisit::At(now + POLL);
    }
    let Some(wait) = &decision.wait else {
        scene.memory.settled();
        scene.memory.succeeded();
        return Revisit::At(rest);
    };
    if let Some(instant) = wait.needs_sync_after {
        let mut container = scene.site.container.lock();
        if !container.want_sync(instant) {
            // Synced, but the list disagreed with itself: read it once more.
            container.want_sweep();
        }
        drop(container);
        scene.context.wake(&scene.site.container_ref);
    }
    if wait.reason == Reason::WaitingForRemote && wait.until.is_none() && view.row.is_some() {
        let at = match scene.memory.look_at() {
            Some(at) if at > now => at,
            Some(_) | None => scene.memory.looked(now),
        };
        return Revisit::At(at.min(rest));
    }
    // No watch tells of these, so they are looked for.
    let polled = [
        Reason::SecretNotFound,
        Reason::PermissionDenied,
        Reason::ValueInvalid,
        Reason::NotFound,
        Reason::ProgressingWithRetry,
        Reason::Progressing,
        Reason::ManagerNotReady,
        Reason::ApprovalPolicyMissing,
    ];
    let latest = if polled.contains(&wait.reason) {
        now + POLL
    } else {
        rest
    };
    if wait.reason == Reason::DestructiveBudget {
        // The manager's limit may be raised, and nothing wakes its keys then.
        let soon = now + backoff::jitter(POLL, scene.object.seed());
        return Revisit::At(wait.until.map_or(soon, |until| until.min(soon)));
    }
    // A time that is past wakes nobody: it would do so for ever.
    let until = wait.until.filter(|until| *until > now);
    Revisit::At(until.map_or(latest, |until| until.min(rest)))
}
