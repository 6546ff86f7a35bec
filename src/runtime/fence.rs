//! Keeps a replica that is not the leader from changing anything in Kubernetes.

use kube::{Client, Error, client::Body};

use super::leadership::Leadership;

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
#[error("this replica is not the leader any more")]
struct NotTheLeader;

/// A client through which only the leader writes: asked right before each request is sent. Reading is free.
pub fn fenced(client: Client, leadership: Leadership) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (client, leadership) = (client.clone(), leadership.clone());
        async move {
            if !request.method().is_safe() && !leadership.may_act() {
                return Err(Error::Service(Box::new(NotTheLeader)));
            }
            client.send(request).await
        }
    });
    Client::new(service, namespace)
}
