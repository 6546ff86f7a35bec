//! When a client certificate ends.

use jiff::Timestamp;
use lifecycle::{
    certificate::ends_soon,
    plan::{Note, NoteKind},
};
use x509_parser::{parse_x509_certificate, pem::Pem};

/// When the first certificate of a chain in PEM ends: that of the client (RFC 8446, section 4.4.2). Nothing where it cannot be
/// read; the login will tell.
pub(super) fn ends(chain: &[u8]) -> Option<Timestamp> {
    let pem = Pem::iter_from_buffer(chain).next()?.ok()?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

/// What to say of a certificate that ends then.
pub(super) fn expiring(ends: Timestamp, now: Timestamp) -> Option<Note> {
    let urgency = ends_soon(ends, now)?;
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
