//! Which approval covers a step.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    action::{Action, Effect},
    reason::{Blocker, Reason},
};

/// What a manager says of acts with one effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Done without approval.
    Allow,
    /// Done with a matching approval.
    Require,
    /// Never done.
    Deny,
}

/// What a manager requires approval for. An irreversible act always needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Acts that cannot be undone.
    pub irreversible: Rule,
    /// Acts that become final at a date.
    pub expiring: Rule,
    /// Acts that take service away.
    pub disruptive: Rule,
}

impl Policy {
    /// The rule for an effect.
    pub fn rule(&self, effect: Effect) -> Rule {
        match effect {
            Effect::Safe | Effect::Restores => Rule::Allow,
            Effect::Disruptive => self.disruptive,
            Effect::Expiring => self.expiring,
            Effect::Irreversible if self.irreversible == Rule::Allow => Rule::Require,
            Effect::Irreversible => self.irreversible,
        }
    }
}

/// What an approval is bound to. Any difference makes another token.
#[derive(Clone, Debug)]
pub struct Binding<'a> {
    /// The version of the admission policy that checks who may approve: what was approved under other rules, or none,
    /// does not count.
    pub rules: &'a str,
    /// The object's UID.
    pub uid: &'a str,
    /// The object's generation.
    pub generation: i64,
    /// The manager's URL.
    pub manager_url: &'a str,
    /// The manager's domain; empty for root.
    pub domain: &'a str,
    /// What the key is.
    pub cloud_id: &'a str,
    /// The cloud's version of it; empty where there is none.
    pub cloud_version: &'a str,
    /// The act.
    pub action: Action,
    /// When the act was last done or refused, as the object's history has it; empty if never. An approval is good for one
    /// outcome, however many people gave it and however often it is created again from git.
    pub last_outcome: &'a str,
    /// What the act's guard and effect read; never times or counters.
    pub facts: Vec<(&'static str, String)>,
}

impl Binding<'_> {
    /// `v1:` and the first 16 bytes of the SHA-256 over the length-prefixed parts, in hex.
    pub fn token(&self) -> String {
        let generation = self.generation.to_string();
        let mut facts: Vec<String> = self
            .facts
            .iter()
            .map(|(fact, value)| format!("{fact}={value}"))
            .collect();
        facts.sort_unstable();
        let parts = [
            self.rules,
            self.uid,
            &generation,
            self.manager_url,
            self.domain,
            self.cloud_id,
            self.cloud_version,
            self.action.as_str(),
            self.last_outcome,
        ];
        let mut hash = Sha256::new();
        for part in parts.into_iter().chain(facts.iter().map(String::as_str)) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize()
            .iter()
            .take(16)
            .fold("v1:".to_owned(), |token, byte| format!("{token}{byte:02x}"))
    }
}

/// How far an approved act has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Not begun.
    Open,
    /// Begun by us, outcome not known yet: stays good for retries.
    Claimed,
    /// Done or refused: used up.
    Spent,
}

/// One act that somebody approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The approval object.
    pub approval: String,
    /// The act, as written.
    pub action: String,
    /// The key, as written.
    pub cloud_id: String,
    /// The token, as written.
    pub token: String,
    /// When the approval object was created.
    pub created_at: Timestamp,
    /// When it ends by its spec.
    pub expires_at: Option<Timestamp>,
    /// How far it has come.
    pub used: Use,
}

impl Offer {
    /// When it ends: as written, 24 hours after creation if nothing is written, at most 7 days after it.
    pub fn ends_at(&self) -> Timestamp {
        expiry(self.created_at, self.expires_at)
    }
}

/// The end of an approval made at `created_at`.
pub fn expiry(created_at: Timestamp, expires_at: Option<Timestamp>) -> Timestamp {
    let longest = created_at + SignedDuration::from_hours(7 * 24);
    expires_at
        .unwrap_or(created_at + SignedDuration::from_hours(24))
        .min(longest)
}

/// What the approvals say of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Needs none.
    NotNeeded,
    /// Covered by this approval.
    By(Offer),
    /// Not covered.
    Missing(Blocker),
}

/// Says that a manager denies an act.
pub fn denied(action: Action) -> Blocker {
    Blocker::new(
        Reason::ApprovalDenied,
        format!(
            "The manager's spec.approvals denies {action}. Change desiredState, or the manager's policy."
        ),
    )
}

/// Looks for the approval of an act: the newest among those that match exactly and live. Who approves again does so
/// because the older one may be of no use: it ends, or was made while the admission policy was not in force.
pub fn cover(
    rule: Rule,
    action: Action,
    cloud_id: &str,
    token: &str,
    offers: &[Offer],
    now: Timestamp,
) -> Cover {
    match rule {
        Rule::Allow => return Cover::NotNeeded,
        Rule::Deny => return Cover::Missing(denied(action)),
        Rule::Require => {}
    }
    let live = |offer: &&Offer| offer.used != Use::Spent && now < offer.ends_at();
    let matching = offers
        .iter()
        .filter(live)
        .filter(|offer| {
            offer.token == token && offer.action == action.as_str() && offer.cloud_id == cloud_id
        })
        .max_by_key(|offer| offer.created_at);
    if let Some(offer) = matching {
        return Cover::By(offer.clone());
    }
    let stale = offers
        .iter()
        .find(|offer| live(offer) && offer.action == action.as_str());
    Cover::Missing(match stale {
        Some(offer) => Blocker::new(
            Reason::ApprovalStale,
            format!(
                "DestructionApproval {} approves {action} for other facts, or by another admission policy, than today's. Look at status.plan.approvals and approve again.",
                offer.approval
            ),
        ),
        None => Blocker::new(
            Reason::AwaitingApproval,
            format!(
                "{action} cannot be done without approval. Somebody who may approve creates a DestructionApproval with the entry of status.plan.approvals."
            ),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> Binding<'static> {
        Binding {
            rules: "p1",
            last_outcome: "",
            uid: "u1",
            generation: 3,
            manager_url: "https://cm",
            domain: "",
            cloud_id: "azure:s/v/n",
            cloud_version: "v9",
            action: Action::HardDelete,
            facts: vec![("recoveryLevel", "Recoverable+Purgeable".into())],
        }
    }

    fn offer(token: &str) -> Offer {
        Offer {
            approval: "a".into(),
            action: "HardDelete".into(),
            cloud_id: "azure:s/v/n".into(),
            token: token.into(),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            used: Use::Open,
        }
    }

    fn asked(offers: &[Offer], hours: i64) -> Cover {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        cover(
            Rule::Require,
            Action::HardDelete,
            "azure:s/v/n",
            &binding().token(),
            offers,
            now,
        )
    }

    #[test]
    fn every_part_of_the_binding_changes_the_token() {
        let token = binding().token();
        let others = [
            Binding {
                uid: "u2",
                ..binding()
            },
            Binding {
                rules: "p2",
                ..binding()
            },
            Binding {
                last_outcome: "2026-01-01T00:00:00Z",
                ..binding()
            },
            Binding {
                generation: 4,
                ..binding()
            },
            Binding {
                manager_url: "https://cm2",
                ..binding()
            },
            Binding {
                domain: "d",
                ..binding()
            },
            Binding {
                cloud_id: "azure:s/v/m",
                ..binding()
            },
            Binding {
                cloud_version: "v8",
                ..binding()
            },
            Binding {
                action: Action::SoftDelete,
                ..binding()
            },
            Binding {
                facts: vec![("recoveryLevel", "Purgeable".into())],
                ..binding()
            },
            Binding {
                facts: vec![],
                ..binding()
            },
        ];
        assert!(others.iter().all(|other| other.token() != token));
        assert!(token.len() == 35 && token.starts_with("v1:"));
    }

    #[test]
    fn parts_cannot_be_shifted_into_one_another() {
        let left = Binding {
            cloud_id: "ab",
            cloud_version: "c",
            ..binding()
        };
        let right = Binding {
            cloud_id: "a",
            cloud_version: "bc",
            ..binding()
        };
        assert_ne!(left.token(), right.token());
    }

    #[test]
    fn an_approval_covers_exactly_its_act_until_it_ends() {
        let good = offer(&binding().token());
        assert_eq!(
            asked(std::slice::from_ref(&good), 23),
            Cover::By(good.clone())
        );
        assert!(matches!(asked(&[good], 24), Cover::Missing(_)));
    }

    #[test]
    fn an_approval_lasts_seven_days_at_most() {
        let long = Offer {
            expires_at: Some(Timestamp::MAX),
            ..offer(&binding().token())
        };
        assert!(matches!(asked(&[long], 7 * 24), Cover::Missing(_)));
    }

    #[test]
    fn who_approves_again_is_heard_although_the_older_approval_lives() {
        let older = offer(&binding().token());
        let newer = Offer {
            approval: "again".into(),
            created_at: older.created_at + SignedDuration::from_hours(1),
            ..older.clone()
        };
        for offers in [[older.clone(), newer.clone()], [newer.clone(), older]] {
            assert_eq!(asked(&offers, 2), Cover::By(newer.clone()));
        }
    }

    #[test]
    fn a_spent_approval_covers_nothing() {
        let spent = Offer {
            used: Use::Spent,
            ..offer(&binding().token())
        };
        let Cover::Missing(blocker) = asked(&[spent], 1) else {
            panic!("covered by a spent approval")
        };
        assert_eq!(blocker.reason, Reason::AwaitingApproval);
    }

    #[test]
    fn an_approval_for_other_facts_reads_as_stale() {
        let Cover::Missing(blocker) = asked(&[offer("v1:0")], 1) else {
            panic!("covered by a stale approval")
        };
        assert_eq!(blocker.reason, Reason::ApprovalStale);
    }

    #[test]
    fn an_irreversible_act_cannot_be_allowed_without_approval() {
        let lax = Policy {
            irreversible: Rule::Allow,
            expiring: Rule::Allow,
            disruptive: Rule::Allow,
        };
        assert_eq!(lax.rule(Effect::Irreversible), Rule::Require);
    }
}
