//! Connections to CipherTrust Managers: one an object of either kind, with logins shared among objects that
//! use the same credentials.

mod login;
mod object;
mod observer;
mod registry;
mod throttle;
mod transport;

pub use login::{LoginName, Logins};
pub use object::{Manager, ManagerObject};
pub use observer::{Observer, SessionClock};
pub use registry::{Connection, Managers, Standing};
pub use throttle::{Limits, RateLimit};
pub use transport::{Fenced, MakeTransport, network};
