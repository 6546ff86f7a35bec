//! Addresses: the base URL, and paths with identifiers in them.

use std::fmt::{self, Write as _};

/// Where CipherTrust Manager's API is: scheme, host, port, and the path in front of `/api/v1` where there is one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

/// An address that can't be the base of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// Not an absolute `http` or `https` URL.
    #[error("not an absolute URL; write it as https://host")]
    NotAbsolute,
    /// Carries a user name, a query or a fragment.
    #[error("the URL must hold neither user name nor query nor fragment")]
    Superfluous,
}

impl BaseUrl {
    /// Reads `https://host[:port][/prefix]`. Trailing slashes don't matter.
    ///
    /// `http` is accepted here; whether it is acceptable depends on where it leads, which the caller has to judge.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let text = text.trim().trim_end_matches('/');
        let uri: http::Uri = text.parse().map_err(|_| InvalidBaseUrl::NotAbsolute)?;
        let authority = uri.authority().ok_or(InvalidBaseUrl::NotAbsolute)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || authority.host().is_empty() {
            return Err(InvalidBaseUrl::NotAbsolute);
        }
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(InvalidBaseUrl::Superfluous);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An identifier that would change the path it is put into. The request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an identifier is empty, longer than 512 bytes, or holds a character that has a meaning in paths"
)]
pub struct InvalidIdentifier;

/// Fills the placeholders of a path template, in order.
pub(crate) fn expand(template: &str, identifiers: &[&str]) -> Result<String, InvalidIdentifier> {
    let mut path = String::with_capacity(template.len() + 40 * identifiers.len());
    let mut identifiers = identifiers.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}').ok_or(InvalidIdentifier)?;
        path.push_str(before);
        encode(
            checked(identifiers.next().ok_or(InvalidIdentifier)?)?,
            &mut path,
        );
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

fn checked(identifier: &str) -> Result<&str, InvalidIdentifier> {
    let forbidden =
        |c: char| matches!(c, '/' | '\\' | '?' | '#' | '%') || c.is_control() || c.is_whitespace();
    let refused = identifier.is_empty()
        || identifier.len() > 512
        || identifier == "."
        || identifier.contains("..")
        || identifier.contains(forbidden);
    if refused {
        Err(InvalidIdentifier)
    } else {
        Ok(identifier)
    }
}

/// Writes a query string, with its question mark; nothing if there are no pairs.
pub(crate) fn query(pairs: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
