//! Names of objects: which are taken, and how they are made up.

use serde_json::json;

use crate::field::{FieldError, Wrong};

/// What a kind takes as names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    /// A subdomain of DNS (RFC 1123).
    Subdomain,
    /// A label of DNS (RFC 1123).
    Label,
    /// Whatever is a part of a path.
    PathSegment,
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/// What made-up names end with.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
const MADE_UP: u32 = 5;
const MOST: usize = 63 - MADE_UP as usize;

impl Names {
    /// What is wrong with the name of an object.
    pub(crate) fn check(self, name: &str) -> Vec<FieldError> {
        if name.is_empty() {
            let detail = "name or generateName is required";
            return vec![FieldError::new(Wrong::Required, "metadata.name", detail)];
        }
        self.complaints(name)
            .into_iter()
            .map(|detail| FieldError::invalid("metadata.name", json!(name), detail))
            .collect()
    }

    /// What is wrong with a name, in words.
    pub(crate) fn complaints(self, name: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        match self {
            Self::Subdomain => {
                if name.len() > 253 {
                    wrong.push("must be no more than 253 bytes".to_owned());
                }
                if !name.split('.').all(is_label) {
                    wrong.push(SUBDOMAIN.to_owned());
                }
            }
            Self::Label => {
                if name.len() > 63 {
                    wrong.push("must be no more than 63 bytes".to_owned());
                }
                if name.contains('.') && name.split('.').all(is_label) {
                    wrong.push("must not contain dots".to_owned());
                } else if !is_label(name) {
                    wrong.push(LABEL.to_owned());
                }
            }
            Self::PathSegment => {
                if name == "." || name == ".." {
                    wrong.push(format!("may not be '{name}'"));
                }
                for sign in ["/", "%"] {
                    if name.contains(sign) {
                        wrong.push(format!("may not contain '{sign}'"));
                    }
                }
            }
        }
        wrong
    }
}

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

/// The name for `prefix`, by a number that is given once.
pub(crate) fn made_up(prefix: &str, number: u64) -> String {
    let mut rest = number;
    let mut end = String::new();
    for _ in 0..MADE_UP {
        let letter = usize::try_from(rest % LETTERS.len() as u64).unwrap_or_default();
        end.push(char::from(LETTERS[letter]));
        rest /= LETTERS.len() as u64;
    }
    let prefix: String = prefix.chars().take(MOST).collect();
    format!("{prefix}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_differ_and_stay_short() {
        let names: std::collections::BTreeSet<_> =
            (0..1000).map(|number| made_up("probe-", number)).collect();
        assert_eq!(names.len(), 1000);
        assert_eq!(made_up(&"x".repeat(200), 1).len(), 63);
    }
}
