//! Whose key it is.

use std::fmt;

/// The tag that names the owner on an Azure secret or OCI key.
pub const TAG: &str = "cckm-operator-owner";

/// Who owns a key: the install, and the object in it. Not a UID: it has to survive a rebuild from git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The stable name of the install, 1 to 32 of `[a-z0-9-]`.
    pub install: String,
    /// The object's namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.install, self.namespace, self.name)
    }
}

impl Owner {
    /// Reads a tag's value; nothing if it is none of ours. What it returns is safe to print.
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split('/');
        let (install, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |part: &str| {
            (1..=253).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        };
        (parts.next().is_none() && valid_install(install) && plain(namespace) && plain(name)).then(
            || Self {
                install: install.into(),
                namespace: namespace.into(),
                name: name.into(),
            },
        )
    }
}

/// Whether `install` may name an install: 1 to 32 of `[a-z0-9-]`.
pub fn valid_install(install: &str) -> bool {
    (1..=32).contains(&install.len())
        && install
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What an object's status says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is not this object's.
    Not,
    /// It is this object's and carried our tag, or was made to.
    Ours,
    /// It was adopted, and did not carry our tag yet.
    Adopted,
}

/// How a key stands to the object that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It carries our tag, or lost it while our status records that it did.
    Ours,
    /// The spec asks for it, or did so before, and nobody else's tag is on it.
    Adopted,
    /// Nobody's tag is on it, and the spec doesn't ask for it.
    Unowned,
    /// Somebody else's tag is on it; the text is safe to print.
    Foreign(String),
}

impl Ownership {
    /// Judges a key found in the cloud by its tag. `recorded`: what our status says of this very key; `asked`: the
    /// spec asks to adopt it; `exists`: whether the object that a tag of this install names exists.
    pub fn judge(
        tag: Option<&str>,
        us: &Owner,
        recorded: Recorded,
        asked: bool,
        exists: impl Fn(&Owner) -> bool,
    ) -> Self {
        let Some(value) = tag else {
            return match (recorded, asked) {
                (Recorded::Ours, _) => Self::Ours,
                (Recorded::Adopted, _) | (Recorded::Not, true) => Self::Adopted,
                (Recorded::Not, false) => Self::Unowned,
            };
        };
        match Owner::parse(value) {
            Some(owner) if owner == *us => Self::Ours,
            Some(owner) if asked && owner.install == us.install && !exists(&owner) => Self::Adopted,
            Some(owner) => Self::Foreign(owner.to_string()),
            None => Self::Foreign("an owner whose tag cannot be read".into()),
        }
    }

    /// Whether the key may be acted on.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Ours | Self::Adopted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us() -> Owner {
        Owner {
            install: "prod".into(),
            namespace: "pay".into(),
            name: "db".into(),
        }
    }

    #[test]
    fn our_tag_makes_it_ours_after_a_rebuild_without_any_status() {
        assert_eq!(
            Ownership::judge(Some("prod/pay/db"), &us(), Recorded::Not, false, |_| true),
            Ownership::Ours
        );
    }

    #[test]
    fn an_adopted_key_without_a_tag_stays_adopted_and_ours_without_its_tag_stays_ours() {
        let without_tag = |recorded| Ownership::judge(None, &us(), recorded, false, |_| true);
        assert_eq!(without_tag(Recorded::Adopted), Ownership::Adopted);
        assert_eq!(without_tag(Recorded::Ours), Ownership::Ours);
        assert_eq!(without_tag(Recorded::Not), Ownership::Unowned);
    }

    #[test]
    fn another_installs_key_is_never_adopted() {
        let foreign =
            Ownership::judge(Some("other/pay/db"), &us(), Recorded::Ours, true, |_| false);
        assert_eq!(foreign, Ownership::Foreign("other/pay/db".into()));
    }

    #[test]
    fn a_key_whose_object_is_gone_is_adopted_only_if_asked() {
        assert_eq!(
            Ownership::judge(Some("prod/old/db"), &us(), Recorded::Not, true, |_| false),
            Ownership::Adopted
        );
        assert!(
            !Ownership::judge(Some("prod/old/db"), &us(), Recorded::Not, false, |_| false)
                .is_ours()
        );
        assert!(
            !Ownership::judge(Some("prod/old/db"), &us(), Recorded::Not, true, |_| true).is_ours()
        );
    }

    #[test]
    fn a_tag_that_cannot_be_read_is_not_printed() {
        let Ownership::Foreign(text) =
            Ownership::judge(Some("S3CRET text"), &us(), Recorded::Ours, true, |_| false)
        else {
            panic!("an unreadable tag is somebody else's");
        };
        assert!(!text.contains("S3CRET"));
    }
}
