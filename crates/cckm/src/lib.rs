//! A typed client of the CCKM API (Cloud Key Management) of CipherTrust Manager: Salesforce tenant secrets, Azure
//! secrets and OCI keys.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use cckm::{BaseUrl, Client, Credentials, ReqwestOptions, ReqwestTransport, Scope, SecretString, Session};
//!
//! let transport = Arc::new(ReqwestTransport::new(&ReqwestOptions::default())?);
//! let url = BaseUrl::parse("https://cm.example.com")?;
//! let credentials = Credentials::Password {
//!     username: "operator".into(),
//!     password: SecretString::from("…"),
//!     connection: None,
//! };
//! let session = Arc::new(Session::new(transport.clone(), url.clone(), credentials, Scope::default()));
//! let client = Client::new(transport, url, session);
//! for vault in client.azure().vaults().list(&[]).await?.rows {
//!     println!("{} {:?}", vault.id, vault.soft_delete_enabled);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What to know before using it:
//!
//! - A reply of CCKM is CipherTrust Manager's *stored row*. Only a [synchronization job](sync) or, for OCI keys,
//!   [`refresh`](oci::Keys::refresh) brings news from the cloud.
//! - Nothing is tried twice, except that a request answered by 401 is sent once more after a new login. Whether a write
//!   that failed may have happened all the same is [`Error::outcome_unknown`].
//! - Decoding is tolerant, because the published pages disagree with each other: see [`decode`]. An id is the one
//!   thing every row must have.
//! - No text that came from the remote side is ever printed: see [`RedactedText`] and [`Secret`].

pub mod auth;
pub mod azure;
pub mod client;
pub mod clock;
pub mod connections;
pub mod decode;
pub mod error;
pub mod oci;
pub mod operation;
pub mod page;
pub mod salesforce;
pub mod secret;
pub mod sync;
pub mod system;
pub mod transport;
pub mod vault_keys;

mod call;
mod exchange;
mod path;
mod reqwest_transport;

pub use auth::{
    Credentials, LoginGate, LoginOutcome, LoginRefused, Scope, Session, SessionOptions,
};
pub use client::{Client, ClientOptions};
pub use clock::{Clock, SystemClock};
pub use error::{AnswerDefect, Class, Error, RedactedText, Result, StatusError};
pub use exchange::{Admission, Exchange, RequestObserver, Throttle};
pub use operation::{Effect, Operation};
pub use page::Listing;
pub use path::{BaseUrl, InvalidBaseUrl, InvalidIdentifier};
pub use reqwest_transport::{
    ClientCertificate, ReqwestOptions, ReqwestTransport, Roots, SetupError,
};
pub use secret::{Secret, SecretBytes, SecretString};
pub use sync::{SynchronizationJob, SynchronizationStatus};
pub use transport::{Transport, TransportError, TransportErrorKind};
