//! What a request asks for, read from its line.

use std::collections::BTreeMap;

use http::{Method, request::Parts};

use crate::refusal::{Outcome, Refusal};

/// A request for a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    pub verb: &'static str,
    pub group: String,
    pub version: String,
    pub plural: String,
    pub namespace: String,
    pub name: String,
    pub subresource: String,
    pub options: Options,
}

/// What comes after the question mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub dry_run: bool,
    pub labels: String,
    pub fields: String,
    /// From where on to watch.
    pub resource_version: String,
    pub bookmarks: bool,
    /// Seconds that a watch lasts.
    pub timeout: Option<u64>,
}

impl Route {
    pub(crate) fn of(parts: &Parts) -> Outcome<Self> {
        let mut route = Self::default();
        let mut watch = false;
        for (name, value) in parameters(parts.uri.query().unwrap_or_default()) {
            match name.as_str() {
                "dryRun" => route.options.dry_run = dry_run(&value)?,
                "labelSelector" => route.options.labels = value,
                "fieldSelector" => route.options.fields = value,
                "resourceVersion" => route.options.resource_version = value,
                "allowWatchBookmarks" => route.options.bookmarks = value == "true",
                "timeoutSeconds" => route.options.timeout = value.parse().ok(),
                "watch" => watch = value == "true" || value == "1",
                // Unknown fields are always dropped.
                "fieldValidation" if value != "Strict" => {}
                // Managed fields are not kept, and a list is never cut into pages.
                "fieldManager" | "limit" | "pretty" => {}
                other => {
                    return Err(Refusal::bad_request(format!(
                        "kube-simulator does not know the parameter {other}={value}"
                    )));
                }
            }
        }
        route.read_path(parts.uri.path())?;
        let collection = route.name.is_empty();
        route.verb = match (&parts.method, collection) {
            (&Method::GET, true) if watch => "watch",
            (&Method::GET, true) => "list",
            (&Method::GET, false) => "get",
            (&Method::POST, _) => "create",
            (&Method::PUT, _) => "update",
            (&Method::PATCH, _) => "patch",
            (&Method::DELETE, true) => "deletecollection",
            (&Method::DELETE, false) => "delete",
            _ => return Err(Refusal::no_such_path()),
        };
        Ok(route)
    }

    fn read_path(&mut self, path: &str) -> Outcome<()> {
        let parts: Vec<String> = path.trim_matches('/').split('/').map(decoded).collect();
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let rest = match parts.as_mut_slice() {
            ["api", version, rest @ ..] => {
                (*version).clone_into(&mut self.version);
                rest
            }
            ["apis", group, version, rest @ ..] => {
                (*group).clone_into(&mut self.group);
                (*version).clone_into(&mut self.version);
                rest
            }
            _ => return Err(Refusal::no_such_path()),
        };
        let rest = match rest {
            // Namespaces themselves are no part of a namespace, but are said to be in the one that they are.
            ["namespaces", name] => {
                (*name).clone_into(&mut self.namespace);
                rest
            }
            ["namespaces", name, rest @ ..] => {
                (*name).clone_into(&mut self.namespace);
                rest
            }
            rest => rest,
        };
        let (plural, name, subresource) = match rest {
            [plural] => (*plural, "", ""),
            [plural, name] => (*plural, *name, ""),
            [plural, name, subresource] => (*plural, *name, *subresource),
            _ => return Err(Refusal::no_such_path()),
        };
        plural.clone_into(&mut self.plural);
        name.clone_into(&mut self.name);
        subresource.clone_into(&mut self.subresource);
        Ok(())
    }
}

fn dry_run(value: &str) -> Outcome<bool> {
    if value == "All" {
        return Ok(true);
    }
    Err(Refusal::bad_request(format!(
        "dryRun has to be All, not {value:?}"
    )))
}

fn parameters(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decoded(&name.replace('+', " ")),
                decoded(&value.replace('+', " ")),
            )
        })
        .collect()
}

/// A text without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high, *low),
            _ => None,
        };
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, uri: &str) -> Outcome<Route> {
        let request = http::Request::builder().method(method).uri(uri).body(());
        Route::of(&request.unwrap().into_parts().0)
    }

    #[test]
    fn a_path_names_group_namespace_name_and_subresource() {
        let route = route(
            "PATCH",
            "/apis/cckm.dev/v1alpha1/namespaces/shop/azuresecrets/db/status?dryRun=All",
        )
        .unwrap();
        assert_eq!(
            [
                route.verb,
                &route.group,
                &route.plural,
                &route.namespace,
                &route.name,
                &route.subresource
            ],
            ["patch", "cckm.dev", "azuresecrets", "shop", "db", "status"]
        );
        assert!(route.options.dry_run);
    }

    #[test]
    fn a_namespace_is_an_object_of_its_own() {
        let route = route("GET", "/api/v1/namespaces/shop").unwrap();
        assert_eq!(
            [route.verb, &route.plural, &route.name, &route.namespace],
            ["get", "namespaces", "shop", "shop"]
        );
    }

    #[test]
    fn selectors_are_decoded() {
        let route = route(
            "GET",
            "/api/v1/secrets?watch=true&fieldSelector=metadata.name%3Ddb&labelSelector=a+in+%28b%29",
        )
        .unwrap();
        assert_eq!(route.verb, "watch");
        assert_eq!(route.options.fields, "metadata.name=db");
        assert_eq!(route.options.labels, "a in (b)");
    }

    #[test]
    fn what_is_not_simulated_is_refused() {
        let refusal = route("GET", "/api/v1/secrets?sendInitialEvents=true").unwrap_err();
        assert_eq!(refusal.code(), 400);
    }
}
