//! The certificate for which an uploaded secret is encrypted.

use jiff::{SignedDuration, Timestamp};

use crate::{
    certificate::ends_soon,
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
};

/// How soon it is looked at again while a sync is under way.
const POLL: SignedDuration = SignedDuration::from_secs(5);

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Salesforce makes the material: none is needed.
    NotNeeded,
    /// CM's list was not read, or has none of that name or ID and a sync is under way.
    Unread,
    /// CM has none of that name or ID, and a sync found none. Whether another one is under way.
    Missing(bool),
    /// It is there, and good until then; nothing: CM does not say.
    Known(Option<Timestamp>),
}

impl Certificate {
    /// Whether something can be uploaded for it.
    pub fn usable(self, now: Timestamp) -> Result<(), Blocker> {
        match self {
            Self::NotNeeded | Self::Known(None) => Ok(()),
            Self::Known(Some(ends)) if now < ends => Ok(()),
            Self::Known(Some(ends)) => Err(Blocker::new(
                Reason::InvalidSpec,
                format!(
                    "The certificate that spec.source.upload.certificate names ended at {ends}. Make another in Salesforce, and name it."
                ),
            )),
            Self::Unread => Err(Blocker::until(
                Reason::WaitingForSync,
                "CipherTrust Manager's certificates of the organization are read first.",
                now + POLL,
            )),
            Self::Missing(syncing) => Err(Blocker {
                until: syncing.then(|| now + POLL),
                ..Blocker::new(
                    Reason::NotFound,
                    "The certificate that spec.source.upload.certificate names is not in the organization. Make it in Salesforce, or correct the spec.",
                )
            }),
        }
    }

    /// What to say of one that ends soon: what is due later could not be uploaded then.
    pub fn note(self, now: Timestamp) -> Option<Note> {
        let Self::Known(Some(ends)) = self else {
            return None;
        };
        let urgency = ends_soon(ends, now)?;
        Some(Note {
            condition: NoteKind::CertificateExpiring,
            message: format!(
                "The certificate that spec.source.upload.certificate names {urgency}, at {ends}. Make another in Salesforce, and name it."
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    #[test]
    fn nothing_is_uploaded_for_a_certificate_that_is_missing_or_has_ended() {
        let reason = |certificate: Certificate| certificate.usable(NOW).unwrap_err().reason;
        assert_eq!(reason(Certificate::Missing(false)), Reason::NotFound);
        assert_eq!(reason(Certificate::Unread), Reason::WaitingForSync);
        assert_eq!(reason(Certificate::Known(Some(NOW))), Reason::InvalidSpec);
        for usable in [None, Some(NOW + DAY)] {
            assert_eq!(Certificate::Known(usable).usable(NOW), Ok(()));
        }
    }

    #[test]
    fn one_that_ends_within_a_month_is_told_of() {
        let note = |days: i32| Certificate::Known(Some(NOW + DAY * days)).note(NOW);
        assert_eq!(note(31), None);
        assert!(note(30).unwrap().message.contains("ends within 30 days"));
    }
}
