//! Identifiers in the forms of CipherTrust Manager and of the clouds, drawn in order from a seed.

use sha2::{Digest, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Draws identifiers. The same seed and the same order of draws give the same identifiers.
#[derive(Debug)]
pub(crate) struct Identifiers {
    seed: u64,
    drawn: u64,
}

impl Identifiers {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut digest = Sha256::new();
        digest.update(self.seed.to_be_bytes());
        digest.update(self.drawn.to_be_bytes());
        digest.finalize().into()
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = hex(&bytes[..16]);
        let mut uuid = String::with_capacity(36);
        for (position, character) in text.chars().enumerate() {
            if matches!(position, 8 | 12 | 16 | 20) {
                uuid.push('-');
            }
            uuid.push(character);
        }
        uuid
    }

    /// 32 hexadecimal digits: an Azure version.
    pub(crate) fn azure_version(&mut self) -> String {
        hex(&self.bytes()[..16])
    }

    /// 64 hexadecimal digits: a backup's ID in CM.
    pub(crate) fn backup(&mut self) -> String {
        hex(&self.bytes())
    }

    /// 64 letters and digits: a refresh token.
    pub(crate) fn refresh_token(&mut self) -> String {
        let mut token = self.letters();
        token.push_str(&self.letters());
        token
    }

    /// An 18 character Salesforce record ID that starts with `prefix` (`02G` for a tenant secret).
    pub(crate) fn salesforce(&mut self, prefix: &str) -> String {
        let mut id: String = prefix.chars().take(3).collect();
        id.push_str("000000");
        id.push_str(&self.letters()[..6]);
        let suffix = salesforce_suffix(&id);
        id.push_str(&suffix);
        id
    }

    /// An Oracle Cloud identifier of `kind` (`key`, `keyversion`, `vault`).
    pub(crate) fn ocid(&mut self, kind: &str) -> String {
        let body = self.letters().to_lowercase();
        format!("ocid1.{kind}.oc1.iad.{}.{}", &body[..13], &body[13..])
    }

    fn letters(&mut self) -> String {
        self.bytes()
            .iter()
            .map(|byte| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]))
            .collect()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

/// The three characters by which Salesforce makes a case-sensitive 15 character ID safe to compare
/// without case: each tells which of five characters are upper case.
fn salesforce_suffix(id: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    id.as_bytes()
        .chunks(5)
        .map(|five| {
            let bits = five
                .iter()
                .enumerate()
                .filter(|(_, character)| character.is_ascii_uppercase())
                .fold(0_usize, |bits, (position, _)| bits | (1 << position));
            char::from(DIGITS[bits])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_identifiers() {
        let (mut one, mut two) = (Identifiers::new(7), Identifiers::new(7));
        assert_eq!(one.uuid(), two.uuid());
        assert_eq!(one.ocid("key"), two.ocid("key"));
        assert_ne!(one.uuid(), Identifiers::new(8).uuid());
    }

    #[test]
    fn a_salesforce_id_carries_the_suffix_of_its_capitals() {
        assert_eq!(salesforce_suffix("02GB0000000HYsw"), "MAG");
        assert_eq!(Identifiers::new(1).salesforce("02G").len(), 18);
    }
}
