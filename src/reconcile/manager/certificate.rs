//! When a client certificate ends.

use jiff::{SignedDuration, Timestamp};
use lifecycle::plan::{Note, NoteKind};
use x509_parser::{parse_x509_certificate, pem::Pem};

/// Told of from here on.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Told of once more from here on.
const VERY_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When the first certificate of a chain in PEM ends: that of the client (RFC 8446, section 4.4.2). Nothing where it cannot be
/// read; the login will tell.
pub(super) fn ends(chain: &[u8]) -> Option<Timestamp> {
    let pem = Pem::iter_from_buffer(chain).next()?.ok()?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

/// What to say of a certificate that ends then.
pub(super) fn expiring(ends: Timestamp, now: Timestamp) -> Option<Note> {
    let left = ends.duration_since(now);
    let urgency = match left {
        left if left > SOON => return None,
        left if left > VERY_SOON => "ends within 30 days",
        left if left.is_positive() => "ends within 7 days",
        _ => "has ended",
    };
    Some(Note {
        condition: NoteKind::CertificateExpiring,
        message: format!(
            "The client certificate of this login {urgency}, at {ends}. Renew it in the Secret that credentials.clientCertificate names; no restart is needed."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(now: &str) -> Option<String> {
        let ends = "2026-12-31T12:00:00Z".parse().unwrap();
        expiring(ends, now.parse().unwrap()).map(|note| note.message)
    }

    #[test]
    fn a_certificate_is_told_of_at_30_and_at_7_days_and_when_it_has_ended() {
        assert_eq!(said("2026-12-01T11:59:59Z"), None);
        let steps = [
            ("2026-12-01T12:00:00Z", "within 30 days"),
            ("2026-12-24T12:00:00Z", "within 7 days"),
            ("2026-12-31T12:00:00Z", "has ended"),
        ];
        for (now, words) in steps {
            let said = said(now).unwrap();
            assert!(said.contains(words), "{now}: {said}");
        }
    }

    #[test]
    fn between_its_steps_it_says_the_same() {
        assert_eq!(said("2026-12-02T00:00:00Z"), said("2026-12-20T00:00:00Z"));
    }

    #[test]
    fn the_end_is_that_of_the_clients_own_certificate() {
        let end = |year| {
            let mut parameters =
                rcgen::CertificateParams::new(vec!["cm.example.com".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 3, 1);
            let key = rcgen::KeyPair::generate().unwrap();
            parameters.self_signed(&key).unwrap().pem()
        };
        let chain = end(2027) + &end(2031);
        assert_eq!(ends(chain.as_bytes()), "2027-03-01T00:00:00Z".parse().ok());
        assert_eq!(ends(b"no certificate"), None);
    }
}
