//! What is asked, what will be lost and what could still undo it, in plain words. Pure.

use std::fmt::Write as _;

use api::{
    ApprovalRequest, Backup, Deadline, DestructiveAction, Effect, PlanStatus, PlanStep, UndoStatus,
};

use super::key::Key;

/// How an approval is called.
pub(crate) fn called(approval: &str) -> String {
    format!("destructionapproval.cckm.dev/{approval}")
}

/// The step that a request is for: the next one, which alone asks.
pub(crate) fn step<'a>(plan: &'a PlanStatus, request: &ApprovalRequest) -> Option<&'a PlanStep> {
    let same = |step: &&PlanStep| step.action.destructive() == Some(request.action);
    plan.steps.iter().find(same)
}

/// Everything that somebody should know before approving.
pub(crate) fn asks(key: &Key, plan: &PlanStatus) -> String {
    let mut text = format!("{} asks for approval.\n", key.called());
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<16}{value}");
    };
    for request in &plan.approvals {
        let step = step(plan, request);
        let effect = step.map(|step| step.effect);
        line("action", &action(request.action, effect));
        line("cloud identity", &request.cloud_id);
        if let Some(version) = &request.cloud_version {
            line("version", version);
        }
        if let Some(step) = step {
            line("because", &step.reason);
        }
        line("is lost", lost(request.action, effect));
        line(
            "brings it back",
            &way_back(request.action, effect, key.status.backup),
        );
    }
    if key.held_by_manager() {
        line(
            "note",
            "its manager is suspended: nothing is done before that ends, and the approval may expire meanwhile",
        );
    }
    if let Some(undo) = &key.status.undo {
        line("until then", &undo_now(undo));
    }
    let approved = plan
        .approvals
        .iter()
        .filter_map(|request| step(plan, request));
    let approved: Vec<&PlanStep> = approved.collect();
    for next in plan.steps.iter().filter(|next| !approved.contains(next)) {
        let own = if next.effect == Effect::Irreversible {
            "; asks for an approval of its own"
        } else {
            ""
        };
        line(
            "follows",
            &format!(
                "{} ({}): {}{own}",
                next.action.as_str(),
                next.effect.as_str(),
                next.reason
            ),
        );
    }
    text
}

fn action(action: DestructiveAction, effect: Option<Effect>) -> String {
    let effect = effect.map_or("its effect is not told", meaning);
    format!("{}: {effect}", action.as_str())
}

fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Safe => "takes nothing away",
        Effect::Restores => "gives access back",
        Effect::Disruptive => "takes service away, and can be undone at any time",
        Effect::Expiring => "can be undone until a date, then it is final by itself",
        Effect::Irreversible => "the cloud cannot undo it",
    }
}

fn lost(action: DestructiveAction, effect: Option<Effect>) -> &'static str {
    match action {
        DestructiveAction::SoftDelete if effect == Some(Effect::Expiring) => {
            "access to the secret at once, and the secret with all its versions when its vault's retention ends"
        }
        DestructiveAction::SoftDelete => {
            "the secret with all its versions, at once: its vault keeps no deleted secrets"
        }
        DestructiveAction::HardDelete => "the secret with all its versions, in Azure",
        DestructiveAction::RemoveRecord => {
            "CipherTrust Manager's record and its backup: the last of what the key could come back from"
        }
        DestructiveAction::Destroy => {
            "the material in Salesforce: what was encrypted with it cannot be read"
        }
        DestructiveAction::DeleteBackup => {
            "CipherTrust Manager's backup: what was encrypted with the key can never be read again"
        }
        DestructiveAction::UpdateAttributes => "access to the value: Azure gives it out no more",
        DestructiveAction::ScheduleDeletion => {
            "use of the key at once, and the key itself when its waiting period ends"
        }
        DestructiveAction::Disable => {
            "use of the key: nothing can be encrypted or decrypted with it"
        }
        DestructiveAction::ChangeCompartment => {
            "access of those whom only the policies of the present compartment let in"
        }
    }
}

/// What undoes it once it is done.
fn way_back(action: DestructiveAction, effect: Option<Effect>, backup: Option<Backup>) -> String {
    match action {
        DestructiveAction::SoftDelete if effect == Some(Effect::Expiring) => {
            "Recover, until the vault's retention ends".into()
        }
        DestructiveAction::SoftDelete | DestructiveAction::HardDelete => {
            by_backup("Restore", backup)
        }
        DestructiveAction::Destroy => by_backup("Import", backup),
        DestructiveAction::RemoveRecord | DestructiveAction::DeleteBackup => "nothing".into(),
        DestructiveAction::UpdateAttributes => "enabled: true, at any time".into(),
        DestructiveAction::ScheduleDeletion => {
            let later = by_backup("Restore", backup);
            format!("CancelDeletion, until its waiting period ends; after that, {later}")
        }
        DestructiveAction::Disable => "Enable, at any time".into(),
        DestructiveAction::ChangeCompartment => {
            "another change of the compartment, at any time".into()
        }
    }
}

fn by_backup(act: &str, backup: Option<Backup>) -> String {
    match backup {
        Some(Backup::Present) => format!("{act}, as long as CipherTrust Manager has its backup"),
        Some(Backup::Deleted) => "nothing: CipherTrust Manager's backup is deleted".into(),
        Some(Backup::Unknown) | None => {
            format!("perhaps {act}: whether CipherTrust Manager has a backup is not known")
        }
    }
}

/// What would bring access back now, before the act.
fn undo_now(undo: &UndoStatus) -> String {
    let act = undo.action.as_str();
    match (undo.deadline, &undo.until) {
        (Deadline::Never, _) => format!("{act} brings it back, with no deadline"),
        (Deadline::At, Some(until)) => format!("{act} brings it back, until {}", until.0),
        (Deadline::At, None) | (Deadline::Unknown, _) => {
            format!("{act} may bring it back; until when is not known")
        }
    }
}
