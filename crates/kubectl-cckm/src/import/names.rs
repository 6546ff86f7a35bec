//! Names of objects: derived from the clouds' names, valid in Kubernetes, unique, and the same at every run. Pure.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// As long as a name can be that is of use everywhere, such as in a label.
const LONGEST: usize = 63;
/// How many hexadecimal digits of a hash tell namesakes apart.
const DIGITS: usize = 8;

/// The names that are given away.
pub(crate) struct Names<'a> {
    taken: &'a mut BTreeSet<String>,
}

impl<'a> Names<'a> {
    /// These are taken.
    pub(crate) fn new(taken: &'a mut BTreeSet<String>) -> Self {
        Self { taken }
    }

    /// The name for a key: its container's and its own. If that is taken, or had to be cut, a hash of what the key is
    /// follows, so that no name depends on how many others there are.
    pub(crate) fn name(&mut self, container: &str, label: &str, cloud_id: &str) -> String {
        let plain = slug(&format!("{container}-{label}"));
        let fits = plain.len() <= LONGEST && !self.taken.contains(&plain);
        let name = if fits {
            plain
        } else {
            hashed(&plain, cloud_id)
        };
        self.taken.insert(name.clone());
        name
    }
}

fn hashed(plain: &str, cloud_id: &str) -> String {
    let hash = Sha256::digest(cloud_id)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let room = LONGEST - DIGITS - 1;
    let kept = plain.get(..room).unwrap_or(plain).trim_end_matches('-');
    format!("{kept}-{}", &hash[..DIGITS])
}

/// A text as a DNS-1123 label, but for its length: lower case, with one hyphen for whatever else there is.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(labels: &[(&str, &str)]) -> Vec<String> {
        let mut taken = BTreeSet::from(["vault-taken".to_owned()]);
        let mut names = Names::new(&mut taken);
        labels
            .iter()
            .map(|(label, cloud_id)| names.name("vault", label, cloud_id))
            .collect()
    }

    #[test]
    fn a_name_is_the_container_s_and_the_key_s_as_kubernetes_writes_names() {
        let found = names(&[
            ("DB-Password", "a"),
            ("Payments Master (2024)", "b"),
            ("--", "c"),
        ]);
        assert_eq!(
            found,
            ["vault-db-password", "vault-payments-master-2024", "vault"]
        );
    }

    #[test]
    fn namesakes_are_told_apart_by_what_they_are_and_not_by_their_number() {
        let found = names(&[("a", "1"), ("A", "2"), ("a.", "3"), ("taken", "4")]);
        assert_eq!(found[0], "vault-a");
        let alone = names(&[("a", "1"), ("a.", "3")]);
        assert_eq!(alone[1], found[2]);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(found[3].starts_with("vault-taken-"));
    }

    #[test]
    fn every_name_is_a_dns_1123_label() {
        let long = "x".repeat(127);
        let hyphens = format!("{}-{}", "x".repeat(47), "y".repeat(40));
        for name in names(&[(&long, "1"), (&hyphens, "2"), ("Ünï/cødé", "3"), ("", "4")]) {
            assert!((1..=LONGEST).contains(&name.len()), "{name}");
            assert!(!name.starts_with('-') && !name.ends_with('-'), "{name}");
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.bytes().all(fits), "{name}");
        }
    }
}
