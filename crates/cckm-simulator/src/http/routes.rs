//! The table of endpoints, and finding one by method and path.

use crate::{
    http::{
        azure, azure_containers,
        call::{Reply, Request},
        connections, oci, oci_containers, oci_versions,
        refusal::Refusal,
        salesforce, salesforce_containers, synchronization, tokens,
    },
    state::State,
};

pub(crate) type Handler = fn(&mut State, &Request) -> Result<Reply, Refusal>;

/// Whether a path may end in a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    Refused,
    Optional,
    /// As the switch `oci-version-needs-slash` says.
    Switched,
}

/// An endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) slash: Slash,
    /// Whether it changes the clouds or CM.
    pub(crate) writes: bool,
    pub(crate) handler: Handler,
}

impl Route {
    pub(crate) const fn read(
        method: &'static str,
        template: &'static str,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            template,
            slash: Slash::Refused,
            writes: false,
            handler,
        }
    }

    pub(crate) const fn write(
        method: &'static str,
        template: &'static str,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            template,
            slash: Slash::Refused,
            writes: true,
            handler,
        }
    }

    pub(crate) const fn slash(mut self, slash: Slash) -> Self {
        self.slash = slash;
        self
    }
}

/// All endpoints. Where a literal and a parameter both match, the literal comes first.
fn all() -> impl Iterator<Item = &'static Route> {
    [
        tokens::ROUTES,
        connections::ROUTES,
        connections::SALESFORCE,
        connections::AZURE,
        connections::OCI,
        synchronization::AZURE_SECRETS,
        synchronization::SALESFORCE_KEYS,
        synchronization::SALESFORCE_CERTIFICATES,
        synchronization::OCI_KEYS,
        azure::ROUTES,
        azure_containers::ROUTES,
        salesforce::ROUTES,
        salesforce_containers::ROUTES,
        oci::ROUTES,
        oci_versions::ROUTES,
        oci_containers::ROUTES,
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn is_template(text: &str) -> bool {
    all().any(|route| route.template == text)
}

/// The endpoint for this request and the values of its parameters.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let bare = path.strip_suffix('/').unwrap_or(path);
    all()
        .filter(|route| route.method == method)
        .find_map(|route| parameters(route.template, bare).map(|parameters| (route, parameters)))
}

fn parameters(template: &str, path: &str) -> Option<Vec<String>> {
    let mut parameters = Vec::new();
    let mut given = path.split('/');
    for wanted in template.split('/') {
        let part = given.next()?;
        if wanted.starts_with('{') {
            if part.is_empty() {
                return None;
            }
            parameters.push(decoded(part)?);
        } else if wanted != part {
            return None;
        }
    }
    given.next().is_none().then_some(parameters)
}

/// A path segment without its percent signs; nothing when it isn't UTF-8.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, following)) = rest.split_first() {
        rest = following;
        if first == b'%' {
            let (digits, following) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = following;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_part_is_never_taken_for_an_id() {
        let (route, _) = find("GET", "/api/v1/cckm/azure/secrets/synchronization-jobs").unwrap();
        assert_eq!(
            route.template,
            "/api/v1/cckm/azure/secrets/synchronization-jobs"
        );
        let (route, parameters) = find("GET", "/api/v1/cckm/azure/secrets/a%20b").unwrap();
        assert_eq!(route.template, "/api/v1/cckm/azure/secrets/{id}");
        assert_eq!(parameters, ["a b"]);
        assert!(find("GET", "/api/v1/cckm/azure/secrets//").is_none());
    }

    #[test]
    fn no_two_endpoints_have_the_same_method_and_path() {
        let mut seen = std::collections::BTreeSet::new();
        for route in all() {
            assert!(
                seen.insert((route.method, route.template)),
                "{} {}",
                route.method,
                route.template
            );
        }
    }
}
