//! The names and messages of the admission policy that makes approvals trustworthy.
//!
//! The operator asks the API server in a dry run to take two approvals that the policy has to refuse, and knows by
//! these words who refused them, and why. They are the same in `config/policy`, which is tested.

/// The `ValidatingAdmissionPolicy`.
pub const POLICY: &str = "cckm-destruction-approval";
/// Its `ValidatingAdmissionPolicyBinding`.
pub const BINDING: &str = "cckm-destruction-approval";
/// Policy and binding of strict mode, where it is in use.
pub const STRICT: &str = "cckm-destruction-approval-strict";
/// Refuses an approval in somebody else's name.
pub const APPROVED_BY_MESSAGE: &str =
    "spec.approvedBy has to be the user who creates the approval.";
/// Refuses an approval by somebody who may not approve.
pub const APPROVE_VERB_MESSAGE: &str =
    "The user has to be allowed the verb approve on the key that spec.targetRef names.";

/// How the API server's refusal by this policy ends.
pub fn denial(message: &str) -> String {
    format!(
        "ValidatingAdmissionPolicy '{POLICY}' with binding '{BINDING}' denied request: {message}"
    )
}
