//! How the requests to CipherTrust Managers travel.

use std::sync::Arc;

use bytes::Bytes;
use cckm::{
    ReqwestOptions, ReqwestTransport, SetupError, Transport, TransportError, TransportErrorKind,
};
use futures::future::{BoxFuture, ready};

use crate::runtime::leadership::Leadership;

/// Makes the way to a manager, whose options say whom to trust and who to be.
pub type MakeTransport =
    Arc<dyn Fn(&ReqwestOptions) -> Result<Arc<dyn Transport>, SetupError> + Send + Sync>;

/// Over the network.
pub fn network() -> MakeTransport {
    Arc::new(|options| Ok(Arc::new(ReqwestTransport::new(options)?)))
}

/// A way that only the leader takes: asked right before each request is sent, even a login or a read, so that a
/// replica which lost the lease costs the account nothing.
pub struct Fenced {
    /// The way.
    pub transport: Arc<dyn Transport>,
    /// Whether it is open.
    pub leadership: Leadership,
}

impl Transport for Fenced {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        if self.leadership.may_act() {
            return self.transport.send(request);
        }
        Box::pin(ready(Err(TransportError {
            kind: TransportErrorKind::Withheld,
            may_have_been_sent: false,
        })))
    }
}
