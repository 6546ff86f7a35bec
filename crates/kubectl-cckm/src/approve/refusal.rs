//! Why the API server did not take an approval: who may, and which verb is missing. Pure.

use api::{
    DestructionApproval,
    approval_policy::{APPROVE_VERB_MESSAGE, STRICT},
};

use super::{key::Key, plural};
use crate::{
    cluster::refused,
    exit::{Code, Failure},
};

/// What a refusal means to the user.
pub(crate) fn explain(key: &Key, user: &str, error: &kube::Error) -> Failure {
    let kube::Error::Api(status) = error else {
        return refused("write the approval", error);
    };
    if !status.is_forbidden() {
        return refused("write the approval", error);
    }
    Failure::new(Code::NotAllowed, forbidden(key, user, &status.message))
}

/// The same, of the API server's message.
pub(crate) fn forbidden(key: &Key, user: &str, message: &str) -> String {
    let (namespace, keys) = (&key.namespace, key.plural());
    let bind = format!(
        "Somebody whom the role cckm-approver is bound to in namespace {namespace} may: kubectl get rolebindings -n {namespace} -o wide shows who; an administrator binds it by\n  kubectl create rolebinding {}-approver -n {namespace} --clusterrole=cckm-approver --user={user}",
        // A user's name may be no name of an object.
        if is_name(user) { user } else { "another" }
    );
    if message.contains(STRICT) {
        return format!(
            "{user} may not approve this: in strict mode nobody approves acts on a key that they may make or change themselves. Ask somebody who may approve, and neither create, update nor patch {keys} in namespace {namespace}"
        );
    }
    if message.contains(APPROVE_VERB_MESSAGE) {
        return format!(
            "{user} may not approve this: the verb approve on {keys}.cckm.dev, {}, is missing. {bind}",
            key.name
        );
    }
    let approvals = plural::<DestructionApproval>();
    if message.contains(&format!("cannot create resource \"{approvals}\"")) {
        return format!(
            "{user} may not approve this: the verb create on {approvals}.cckm.dev in namespace {namespace} is missing, and the verb approve on {keys}.cckm.dev is needed beside it. {bind}"
        );
    }
    format!("{user} may not approve this: {message}")
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(fits) && !text.starts_with('-')
}
