//! The way from the operator to the CipherTrust Manager simulator, in one process.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use cckm::{Transport, TransportError, TransportErrorKind};
use cckm_operator::clock::Clock as _;
use cckm_simulator::Simulator;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{
    clock::{SimulatedClock, WallClock},
    mistakes::Mistake,
    tripwire::Tripwire,
    witness::Witness,
};

/// What all connections of one run share.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) simulator: Simulator,
    /// The simulator's. To make it takes as long as many requests.
    pub(crate) router: axum::Router,
    pub(crate) clock: SimulatedClock,
    /// By which the operator goes.
    pub(crate) wall: WallClock,
    pub(crate) tripwire: Tripwire,
    pub(crate) witness: Witness,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) replies: Replies,
}

/// Stands for everything that was answered, so that two runs can be compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replies(Arc<Mutex<DefaultHasher>>);

impl Replies {
    fn note(&self, path: &str, status: u16, body: &[u8]) {
        let mut hasher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (path, status, body).hash(&mut *hasher);
    }

    pub(crate) fn digest(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .finish()
    }
}

impl Transport for Line {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(self.tripwire.pass(self.exchange(request)))
    }
}

impl Line {
    /// Tells the simulator what time it is.
    pub(crate) fn set_time(&self) {
        let now = self.clock.now();
        self.simulator.reclock(|clock| clock.set(now));
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let request = match self.mistake {
            Some(mistake) => mistake.in_request(request),
            None => request,
        };
        self.witness.see(&method, &path).await;
        let reply = self.ask(request).await?;
        self.replies
            .note(&path, reply.status().as_u16(), reply.body());
        Ok(match self.mistake {
            Some(mistake) => mistake.in_reply(&path, reply),
            None => reply,
        })
    }

    async fn ask(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.set_time();
        let answer = self
            .router
            .clone()
            .oneshot(request.map(axum::body::Body::from));
        tokio::pin!(answer);
        let answer = loop {
            tokio::select! {
                answer = &mut answer => break answer,
                // The simulator's clock stands still between requests; while one waits, it has to go on.
                () = tokio::time::sleep(Duration::from_secs(1)) => self.set_time(),
            }
        };
        let closed = |_| TransportError {
            kind: TransportErrorKind::Closed,
            may_have_been_sent: true,
        };
        let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
        let body = body.collect().await.map_err(closed)?.to_bytes();
        Ok(http::Response::from_parts(parts, body))
    }
}
