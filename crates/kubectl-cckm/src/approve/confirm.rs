//! The question before an approval.
//!
//! For an act that the cloud cannot undo, what the key is called *in the cloud* has to be typed: the name of a secret, type and
//! version of a tenant secret, the last eight characters of an OCID. A mere `y` is typed by habit, and the object's
//! name was typed in the command already; what an approver gets wrong is which key the object stands for. The whole
//! cloud identity would be pasted from the lines above, unread. What can be undone takes a `y`.

use std::io::{self, Write};

use api::{ApprovalTargetKind, Effect, PlanStatus};

use super::{key::Key, words};
use crate::exit::{Code, Failure, Outcome};

/// How many characters of an OCID tell keys apart well enough.
const TAIL: usize = 8;

/// What has to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The key's name in the cloud.
    Name(String),
    /// `y`.
    Yes,
}

/// What has to be typed to approve a plan's requests. Pure.
pub(crate) fn answer(plan: &PlanStatus) -> Answer {
    let can_be_undone = |effect| matches!(effect, Effect::Expiring | Effect::Disruptive);
    let harmless = plan
        .approvals
        .iter()
        .all(|request| words::step(plan, request).is_some_and(|step| can_be_undone(step.effect)));
    match plan.approvals.first() {
        Some(request) if !harmless => Answer::Name(name(&request.cloud_id)),
        Some(_) | None => Answer::Yes,
    }
}

/// The short name of a key in its cloud.
fn name(cloud_id: &str) -> String {
    if let Some(azure) = cloud_id.strip_prefix("azure:") {
        return azure.rsplit('/').next().unwrap_or(azure).to_owned();
    }
    if let Some((_, type_and_version)) = cloud_id
        .strip_prefix("sfdc:")
        .and_then(|rest| rest.split_once(':'))
    {
        return type_and_version.to_owned();
    }
    let start = cloud_id.char_indices().rev().nth(TAIL - 1);
    cloud_id[start.map_or(0, |(at, _)| at)..].to_owned()
}

/// Asks, and reads the answer from standard input.
pub(crate) fn ask(key: &Key, plan: &PlanStatus) -> Outcome {
    let answer = answer(plan);
    eprint!("{}", prompt(key.kind, &answer));
    let _ = io::stderr().flush();
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    if read.is_err() || line.is_empty() {
        eprintln!();
        return Err(no(
            "no answer, and nothing was approved. In a script, use --yes",
        ));
    }
    if is_yes(&answer, line.trim()) {
        return Ok(());
    }
    Err(no(match answer {
        Answer::Name(_) => "that is another key, and nothing was approved",
        Answer::Yes => "nothing was approved",
    }))
}

/// The question. Pure.
pub(crate) fn prompt(kind: ApprovalTargetKind, answer: &Answer) -> String {
    let what = match (answer, kind) {
        (Answer::Yes, _) => return "Approve? [y/N] ".into(),
        (
            Answer::Name(_),
            ApprovalTargetKind::SalesforceTenantSecret | ApprovalTargetKind::SalesforceRotation,
        ) => "the tenant secret's type and version, as TYPE:VERSION".to_owned(),
        (Answer::Name(_), ApprovalTargetKind::AzureSecret) => {
            "the name of the secret in Azure".to_owned()
        }
        (Answer::Name(_), ApprovalTargetKind::OciKey) => {
            format!("the last {TAIL} characters of the key's OCID")
        }
    };
    format!("To approve, type {what}: ")
}

/// Whether that is the answer. Pure.
pub(crate) fn is_yes(answer: &Answer, typed: &str) -> bool {
    match answer {
        Answer::Name(name) => typed.eq_ignore_ascii_case(name),
        Answer::Yes => typed.eq_ignore_ascii_case("y") || typed.eq_ignore_ascii_case("yes"),
    }
}

fn no(message: &str) -> Failure {
    Failure::new(Code::NotApproved, message)
}
