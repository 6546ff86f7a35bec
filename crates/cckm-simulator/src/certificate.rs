//! The subject of a client certificate: what certificate logins are matched by.

use std::{fmt, str::FromStr};

/// The certificate that a caller proved to hold. The TLS layer puts it among the extensions of each
/// request; a test that calls the router without TLS may put one there as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The certificate's subject.
    pub subject: DistinguishedName,
}

impl PeerCertificate {
    /// Reads the subject of a certificate in DER; nothing when it can't be read.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        subject(der).map(|subject| Self { subject })
    }

    /// A certificate with the subject `CN=..,O=..`.
    ///
    /// # Errors
    /// When `subject` is not a list of `TYPE=value`.
    pub fn with_subject(subject: &str) -> Result<Self, String> {
        Ok(Self {
            subject: subject.parse()?,
        })
    }
}

/// A distinguished name. Two are equal when they have the same attributes, in whatever order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<(String, String)>);

impl DistinguishedName {
    fn new(mut attributes: Vec<(String, String)>) -> Self {
        attributes.sort();
        Self(attributes)
    }
}

impl FromStr for DistinguishedName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for part in split_unescaped(text) {
            let (kind, value) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} in {text:?} is not of the form TYPE=value"))?;
            attributes.push((kind.trim().to_ascii_uppercase(), value.trim().to_owned()));
        }
        Ok(Self::new(attributes))
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(kind, value)| format!("{kind}={}", value.replace(',', "\\,")))
            .collect();
        formatter.write_str(&parts.join(","))
    }
}

fn split_unescaped(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, parts.last_mut()) {
            (',', _) => parts.push(String::new()),
            ('\\', Some(part)) => part.extend(characters.next()),
            (other, Some(part)) => part.push(other),
            (_, None) => {}
        }
    }
    parts
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const EXPLICIT_VERSION: u8 = 0xa0;

/// One DER element: its tag, its content and what follows it.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (
            digits
                .iter()
                .fold(0, |length, digit| (length << 8) | usize::from(*digit)),
            rest,
        )
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The content of an element of kind `tag`, and what follows it.
fn expect(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(input)?;
    (found == tag).then_some((content, rest))
}

/// RFC 5280, section 4.1: version, serial number, algorithm, issuer, validity, subject.
fn subject(der: &[u8]) -> Option<DistinguishedName> {
    let (certificate, _) = expect(der, SEQUENCE)?;
    let (to_be_signed, _) = expect(certificate, SEQUENCE)?;
    let rest = expect(to_be_signed, EXPLICIT_VERSION).map_or(to_be_signed, |(_, rest)| rest);
    let (_, rest) = expect(rest, INTEGER)?;
    let (_, rest) = expect(rest, SEQUENCE)?;
    let (_, rest) = expect(rest, SEQUENCE)?;
    let (_, rest) = expect(rest, SEQUENCE)?;
    let (mut names, _) = expect(rest, SEQUENCE)?;
    let mut attributes = Vec::new();
    while !names.is_empty() {
        let (mut set, following) = expect(names, SET)?;
        while !set.is_empty() {
            let (attribute, next) = expect(set, SEQUENCE)?;
            let (kind, value) = expect(attribute, OBJECT_IDENTIFIER)?;
            let (_, text, _) = element(value)?;
            attributes.push((attribute_type(kind), String::from_utf8(text.to_vec()).ok()?));
            set = next;
        }
        names = following;
    }
    Some(DistinguishedName::new(attributes))
}

/// The usual short names of attribute types (RFC 4519); others by their encoded identifier.
fn attribute_type(identifier: &[u8]) -> String {
    match identifier {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        other => return crate::seed::hex(other).to_ascii_uppercase(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_whatever_the_order_and_spacing() {
        let one: DistinguishedName = "CN=operator, O=Example\\, Inc".parse().unwrap();
        let two: DistinguishedName = "o=Example\\, Inc,cn=operator".parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(one.to_string().parse::<DistinguishedName>().unwrap(), one);
    }

    #[test]
    fn a_truncated_certificate_has_no_subject() {
        assert_eq!(PeerCertificate::from_der(&[0x30, 0x82, 0x01]), None);
        assert_eq!(PeerCertificate::from_der(b"not a certificate"), None);
    }
}
