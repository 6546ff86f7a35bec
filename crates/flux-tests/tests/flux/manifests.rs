//! Files of the repository: the manifests of the standard world, and more of their specs.

pub(crate) use playground::world::manifests::{azure_secret, oci_key, tenant_secret};
use playground::world::{STANDARD, Simulator};

/// The standard world's login, which is not in git, and its manager and containers, which are.
pub(crate) fn standard(simulator: &Simulator) -> (String, String) {
    let url = format!("url: {}", simulator.url());
    let standard = STANDARD.replace("url: http://127.0.0.1", &url);
    let (login, rest) = standard.split_once("---\n").unwrap();
    (login.to_owned(), rest.to_owned())
}
