//! What a control plane is started with.

use std::{net::Ipv4Addr, time::Duration};

/// A user whom the API server knows by a token.
#[derive(Clone, Debug)]
pub struct User {
    /// `request.userInfo.username`.
    pub name: String,
    /// The groups, beside `system:authenticated`.
    pub groups: Vec<String>,
}

/// How to start a control plane.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) controller_manager: bool,
    pub(super) users: Vec<User>,
    pub(super) deadline: Duration,
    pub(super) pods: Option<Ipv4Addr>,
}

impl Default for Options {
    /// Without a controller manager; an administrator, and the users `alice` in group `approvers`, `bob` in group
    /// `authors` and `carol` in none. No role is bound to those groups yet, so the three may do nothing but what
    /// every user may. Ready within 2 minutes, which a busy machine may need; an idle one takes 3 s.
    fn default() -> Self {
        Self {
            controller_manager: false,
            users: Vec::new(),
            deadline: Duration::from_mins(2),
            pods: None,
        }
        .user("alice", &["approvers"])
        .user("bob", &["authors"])
        .user("carol", &[])
    }
}

impl Options {
    /// With kube-controller-manager, so that deleted namespaces and owned objects go away, and namespaces get their
    /// `default` service account.
    #[must_use]
    pub fn with_controller_manager(mut self) -> Self {
        self.controller_manager = true;
        self
    }

    /// One more user.
    #[must_use]
    pub fn user(mut self, name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        self.users.push(User {
            name: name.to_owned(),
            groups,
        });
        self
    }

    /// For pods, which reach this machine by that address: the API server listens on all addresses, and serves
    /// `kubernetes.default.svc` too. With a whole kube-controller-manager, which pods need.
    #[must_use]
    pub fn with_pods_at(mut self, address: Ipv4Addr) -> Self {
        self.pods = Some(address);
        self.with_controller_manager()
    }

    /// How long the programs get until they are ready; building them doesn't count.
    #[must_use]
    pub fn ready_within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}
