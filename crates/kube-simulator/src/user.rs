//! Who asks.

/// A user, as an authenticated request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `request.userInfo.username`.
    pub name: String,
    /// The groups, `system:authenticated` among them.
    pub groups: Vec<String>,
}

impl User {
    /// A user in `groups`, and in `system:authenticated`.
    pub fn new(name: impl Into<String>, groups: &[&str]) -> Self {
        let groups = groups.iter().chain(&["system:authenticated"]);
        Self {
            name: name.into(),
            groups: groups.map(|&group| group.to_owned()).collect(),
        }
    }

    /// Somebody who may do everything, as a member of `system:masters`.
    pub fn admin() -> Self {
        Self::new("admin", &["system:masters"])
    }

    /// The service account of this name.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::new(
            format!("system:serviceaccount:{namespace}:{name}"),
            &[
                "system:serviceaccounts",
                &format!("system:serviceaccounts:{namespace}"),
            ],
        )
    }
}
