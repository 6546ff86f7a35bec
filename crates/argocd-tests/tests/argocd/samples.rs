//! Objects as the operator leaves them.

use api::all_crds;
use jiff::Timestamp;
use lifecycle::{
    conditions::{Condition, Suspended, Verdict, conditions},
    plan::{Note, NoteKind},
    reason::Reason,
};
use serde_json::{Value, json};

pub(crate) const GENERATION: i64 = 3;
pub(crate) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// What the operator says in a sample, where it does not matter what.
pub(crate) const MESSAGE: &str = "What it is, and what to do.";

const NOTES: [NoteKind; 7] = [
    NoteKind::Superseded,
    NoteKind::MoreFinal,
    NoteKind::Drifted,
    NoteKind::ValueUnverified,
    NoteKind::PendingChange,
    NoteKind::CertificateExpiring,
    NoteKind::InsecureSkipVerify,
];

/// The kinds but `DestructionApproval`, whose conditions are its own.
pub(crate) fn kinds() -> Vec<String> {
    let kinds = all_crds().into_iter().map(|crd| crd.spec.names.kind);
    kinds.filter(|kind| kind != "DestructionApproval").collect()
}

/// An object of that kind with that status, last changed at [`GENERATION`].
pub(crate) fn object(kind: &str, status: &Value) -> Value {
    json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "sample", "namespace": "shop", "generation": GENERATION},
        "spec": {},
        "status": status,
    })
}

/// What is said at `now` of an object of which the same was said at [`NOW`], with everything noted that can be.
pub(crate) fn said(reason: Reason, suspended: Suspended, now: Timestamp) -> Value {
    let note = |condition| Note {
        condition,
        message: "A note.".into(),
    };
    let verdict = Verdict {
        reason,
        message: MESSAGE.into(),
        suspended,
        notes: NOTES.map(note).to_vec(),
    };
    let (first, _) = conditions(&[], &verdict, GENERATION, NOW);
    let (conditions, _) = conditions(&first, &verdict, GENERATION, now);
    status(&conditions.iter().map(condition).collect::<Vec<_>>())
}

/// A status of today with these conditions.
pub(crate) fn status(conditions: &[Value]) -> Value {
    json!({"observedGeneration": GENERATION, "conditions": conditions})
}

fn condition(condition: &Condition) -> Value {
    json!({
        "type": condition.kind,
        "status": if condition.status { "True" } else { "False" },
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": condition.observed_generation,
        "lastTransitionTime": condition.last_transition.to_string(),
    })
}
