//! What was asked of the API server.

use jiff::Timestamp;

use crate::{route::Route, user::User};

/// A request, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// When it was answered.
    pub at: Timestamp,
    /// Whose it was.
    pub user: String,
    /// As roles have it: `get`, `list`, `watch`, `create`, `update`, `patch` or `delete`.
    pub verb: &'static str,
    /// Empty for the core group.
    pub group: String,
    /// By its plural: `azuresecrets`.
    pub resource: String,
    /// Empty if it was for the object itself.
    pub subresource: String,
    /// Empty if it was for all namespaces, or for a kind that belongs to none.
    pub namespace: String,
    /// Empty if it was for all names, or to create an object that was not made.
    pub name: String,
    /// Whether it was to change nothing.
    pub dry_run: bool,
    /// The code of HTTP; nothing if the connection broke instead of a reply.
    pub status: Option<u16>,
}

impl LoggedRequest {
    pub(crate) fn new(at: Timestamp, user: &User, route: &Route) -> Self {
        Self {
            at,
            user: user.name.clone(),
            verb: route.verb,
            group: route.group.clone(),
            resource: route.plural.clone(),
            subresource: route.subresource.clone(),
            namespace: route.namespace.clone(),
            name: route.name.clone(),
            dry_run: route.options.dry_run,
            status: None,
        }
    }

    /// Whether it asked for a change, and not in a dry run. Asking who one is changes nothing.
    pub fn is_write(&self) -> bool {
        let reads = matches!(self.verb, "get" | "list" | "watch");
        !reads && !self.dry_run && self.group != "authentication.k8s.io"
    }
}
