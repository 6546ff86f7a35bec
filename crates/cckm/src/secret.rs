//! Values that must not be seen.

use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A value that is never printed or serialised, and is overwritten when dropped.
///
/// The only way to the content is [`expose`](Self::expose), so that every use can be found by that word.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

/// A secret text: a password, a token, the value of an Azure secret.
pub type SecretString = Secret<String>;

/// Secret bytes: a private key in PEM.
pub type SecretBytes = Secret<Vec<u8>>;

impl<T: Zeroize> Secret<T> {
    /// Takes the value over.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The content. Don't let it reach a log, an error or a status.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl From<&str> for SecretString {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
