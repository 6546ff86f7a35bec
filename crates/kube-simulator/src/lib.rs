//! An in-memory stand-in for the Kubernetes API server, for simulations in one process.
//!
//! A real API server takes seconds to boot, keeps real time and never does the same thing twice. This one is a service
//! under a [`kube::Client`]: no threads, no sockets and no clock of its own. On a tokio runtime with paused time the
//! operator lives through days in moments, and the same scene ends the same way, to the letter: UIDs and versions are
//! counted, everything is kept in order, and what is dated is dated by the caller.
//!
//! ```
//! use k8s_openapi::api::core::v1::Namespace;
//! use kube::Api;
//! use kube_simulator::{Fault, KubeSimulator, Requests, User};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = KubeSimulator::new(jiff::Timestamp::now);
//! simulator.install("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")?;
//! let namespaces: Api<Namespace> = Api::all(simulator.client(&User::admin()));
//! assert!(namespaces.get_opt("shop").await?.is_some());
//!
//! simulator.inject(Requests::any().verb("get"), Fault::LoseReply);
//! assert!(namespaces.get("shop").await.is_err());
//! assert_eq!(simulator.requests().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! - **Requests**: get, list, watch, create, update, JSON merge patch and delete, each of the object and, where the kind
//!   has one, of its status; dry runs, preconditions, optimistic concurrency, generated names, finalizers, selectors.
//!   Watches have versions, bookmarks, an end, and forgetting ([`KubeSimulator::compact`],
//!   [`KubeSimulator::end_watches`]).
//! - **Kinds**: those of a [`Definition`], with pruning, defaults, validation, CEL rules and their ratcheting; Secrets,
//!   `ConfigMap`s, service accounts, namespaces, events and leases; who am I (`SelfSubjectReview`).
//! - **Rights**: RBAC, from the Roles and bindings that are there; `system:masters` may do everything.
//! - **Admission**: each `ValidatingAdmissionPolicy` that is bound, in CEL, with `authorizer`.
//! - **Refusals** with the code, the reason, the details and the words of the real server.
//! - **Scenes**: faults, held requests ([`KubeSimulator::inject`], [`KubeSimulator::hold`]) and a log of all requests
//!   ([`KubeSimulator::requests`]).
//!
//! # What it leaves out
//!
//! Whatever the operator doesn't use: server-side apply, JSON and strategic merge patches, `deletecollection`, managed
//! fields, pages of lists, streaming lists, discovery, conversion between versions, mutating admission, strict field
//! validation, cost limits of CEL, owners' garbage collection, and protection against giving away rights that one doesn't
//! have. A request, schema or policy that asks for something of this is refused, never taken for something else; pages
//! alone are taken as one.
//!
//! Some things take time on a real server and none here: a policy, a role or a kind counts at once, and a deleted
//! namespace goes at once, with all that is in it. Events are not checked, and nothing expires.
//!
//! # What keeps it honest
//!
//! `tests/conformance` holds it and a real API server to the same sentences, and compares the two word by word. A
//! semantic that a simulation relies on belongs there.

mod builtin;
mod cel;
mod definition;
mod fault;
mod field;
mod kinds;
mod labels;
mod log;
mod metadata;
mod names;
mod patch;
mod policy;
mod rbac;
mod refusal;
mod route;
mod schema;
mod selection;
mod service;
mod simulator;
mod state;
mod store;
mod user;
mod verbs;
mod watch;

pub use definition::{Definition, NotSimulated};
pub use fault::{Fault, Held, Requests};
pub use log::LoggedRequest;
pub use refusal::Refusal;
pub use simulator::{InstallError, KubeSimulator};
pub use user::User;
