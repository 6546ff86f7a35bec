//! Salesforce's record ids.

use std::fmt;

/// An id of a Salesforce record, such as `00D…` of an organization or `02G…` of a tenant secret.
///
/// Salesforce writes one id with 15 characters, where case matters, or with 18, of which the last three encode the case
/// of the others. Kept with 18, so that both forms of one id are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SalesforceId(String);

/// Not an id: not 15 or 18 ASCII letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Salesforce id has 15 or 18 letters and digits")]
pub struct InvalidSalesforceId;

impl SalesforceId {
    /// Reads an id of 15 or 18 characters. The last three of 18 are taken as they are.
    pub fn parse(text: &str) -> Result<Self, InvalidSalesforceId> {
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidSalesforceId);
        }
        match text.len() {
            15 => Ok(Self(format!("{text}{}", checksum(text)))),
            18 => Ok(Self(text.to_owned())),
            _ => Err(InvalidSalesforceId),
        }
    }

    /// Reads the id of an organization: one that starts with `00D`.
    pub fn parse_organization(text: &str) -> Result<Self, InvalidSalesforceId> {
        if text.starts_with("00D") {
            Self::parse(text)
        } else {
            Err(InvalidSalesforceId)
        }
    }

    /// The id with 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For each five characters one that tells which of them are upper case, the first being the lowest bit.
fn checksum(text: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let digit = |five: &[u8]| {
        let bits = five.iter().rev().fold(0, |bits, byte| {
            bits << 1 | usize::from(byte.is_ascii_uppercase())
        });
        char::from(DIGITS[bits % DIGITS.len()])
    };
    text.as_bytes().chunks(5).map(digit).collect()
}

impl fmt::Display for SalesforceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for SalesforceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::str::FromStr for SalesforceId {
    type Err = InvalidSalesforceId;

    fn from_str(text: &str) -> Result<Self, InvalidSalesforceId> {
        Self::parse(text)
    }
}

/// The two ids of an organization, told apart by their form: the pages put either into fields of the same name.
#[derive(Debug, Default)]
pub(super) struct OrganizationIds {
    /// CipherTrust Manager's.
    pub(super) resource: Option<String>,
    /// Salesforce's.
    pub(super) salesforce: Option<SalesforceId>,
}

impl OrganizationIds {
    pub(super) fn of<'a>(fields: impl IntoIterator<Item = &'a crate::decode::Scalar>) -> Self {
        let mut ids = Self::default();
        for text in fields.into_iter().filter_map(crate::decode::Scalar::text) {
            match SalesforceId::parse_organization(&text) {
                Ok(id) => _ = ids.salesforce.get_or_insert(id),
                Err(_) => _ = ids.resource.get_or_insert(text),
            }
        }
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_characters_widen_to_the_eighteen_that_the_pages_show() {
        for id in [
            "00DB000000040bIMAQ",
            "02GB0000000HYswMAG",
            "005B00000021BO4IAM",
            "02GB0000000HYQOMA4",
        ] {
            let short = SalesforceId::parse(&id[..15]).unwrap();
            assert_eq!(short.as_str(), id);
            assert_eq!(short, SalesforceId::parse(id).unwrap());
        }
    }

    #[test]
    fn ids_that_differ_in_case_only_are_different_records() {
        assert_ne!(
            SalesforceId::parse("00DB000000040bI"),
            SalesforceId::parse("00DB000000040BI")
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "00D",
            "00DB000000040bIMA",
            "00DB000000040b-MAQ",
            "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10",
        ] {
            assert_eq!(
                SalesforceId::parse(text),
                Err(InvalidSalesforceId),
                "{text}"
            );
        }
    }
}
