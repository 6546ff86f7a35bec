//! What the simulator was asked, as its request log has it.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

/// A request to CM.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// Its place in the log, from 1 on.
    pub sequence: u64,
    /// Simulated time of arrival.
    pub time: Timestamp,
    /// The machine's time of arrival; absent where the simulator's clock is moved by hand.
    pub received: Option<Timestamp>,
    /// In capitals.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// The path with its parameters named, such as `/api/v1/cckm/azure/secrets/{id}`; absent for an unknown path.
    pub template: Option<String>,
    /// Status of the reply; absent while there is none, and for ever when it was lost.
    pub status: Option<u16>,
    /// Whether it changed the clouds or CM.
    pub effect: bool,
    /// Who asked.
    pub principal: Option<String>,
}

/// The collections whose members are keys.
const KEYS: [&str; 3] = [
    "/api/v1/cckm/sfdc/keys/{",
    "/api/v1/cckm/azure/secrets/{",
    "/api/v1/cckm/oci/keys/{",
];

impl Request {
    /// Whether it asked for a change: every request but reads, logins, synchronization jobs, refreshes and the
    /// discovery of what a connection sees.
    pub fn is_write(&self) -> bool {
        let path = self.bare_path();
        self.method != "GET"
            && path.starts_with("/api/v1/cckm/")
            && !path.contains("/synchronization-jobs")
            && !path.ends_with("/refresh")
            && !path.contains("/get-")
    }

    /// Whether it was about one key, by its ID.
    pub fn is_of_one_key(&self) -> bool {
        let template = self.template.as_deref().unwrap_or_default();
        KEYS.iter().any(|keys| template.starts_with(keys))
    }

    /// Whether it is that call: a method, and a path or template without query.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method
            && (self.template.as_deref() == Some(path) || self.bare_path() == path)
    }

    /// The path without query and closing slash.
    pub fn bare_path(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.strip_suffix('/').unwrap_or(path)
    }
}

/// The call and how it ended, without its query.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> ", self.method, self.bare_path())?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => write!(f, "no reply"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn request(method: &str, path: &str, template: &str) -> Request {
        from_value(json!({
            "sequence": 1, "time": "2026-01-01T00:00:00Z", "method": method, "path": path, "template": template,
            "status": 200, "effect": false, "principal": null,
        }))
        .unwrap()
    }

    #[test]
    fn only_what_changes_keys_or_containers_is_a_write() {
        for (method, path, write) in [
            ("GET", "/api/v1/cckm/oci/keys?limit=200", false),
            ("POST", "/api/v1/auth/tokens/", false),
            ("POST", "/api/v1/cckm/oci/keys/1/refresh", false),
            (
                "POST",
                "/api/v1/cckm/azure/secrets/synchronization-jobs",
                false,
            ),
            ("POST", "/api/v1/cckm/azure/get-vaults", false),
            ("POST", "/api/v1/cckm/oci/keys", true),
            ("PATCH", "/api/v1/cckm/azure/secrets/1", true),
            ("DELETE", "/api/v1/cckm/azure/secrets/1", true),
            ("POST", "/api/v1/cckm/azure/add-vaults", true),
        ] {
            assert_eq!(
                request(method, path, path).is_write(),
                write,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_read_of_one_key_is_told_from_a_list() {
        let list = "/api/v1/cckm/sfdc/keys";
        assert!(!request("GET", "/api/v1/cckm/sfdc/keys?limit=9", list).is_of_one_key());
        let one = "/api/v1/cckm/sfdc/keys/{id}";
        let get = request("GET", "/api/v1/cckm/sfdc/keys/7", one);
        assert!(
            get.is_of_one_key() && get.is("GET", one) && get.is("GET", "/api/v1/cckm/sfdc/keys/7")
        );
        let job = "/api/v1/cckm/azure/secrets/synchronization-jobs/{id}";
        assert!(
            !request(
                "GET",
                "/api/v1/cckm/azure/secrets/synchronization-jobs/7",
                job
            )
            .is_of_one_key()
        );
    }
}
