//! The API server as a service of HTTP, one for each user.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use kube::client::Body;
use serde_json::Value;
use tower::{BoxError, Service};

use crate::{
    refusal::Outcome,
    route::Route,
    simulator::Shared,
    user::User,
    verbs::{self, Answer},
    watch::News,
};

/// The body of an answer.
pub(crate) type Reply = UnsyncBoxBody<Bytes, BoxError>;

/// What one user reaches.
#[derive(Clone)]
pub(crate) struct Api {
    pub shared: Arc<Shared>,
    pub user: Arc<User>,
}

impl Service<Request<Body>> for Api {
    type Response = Response<Reply>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let route = Route::of(&parts);
            let media_type = parts
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            api.answer(route, &body, media_type)
        })
    }
}

impl Api {
    fn answer(
        &self,
        route: Outcome<Route>,
        body: &Bytes,
        media_type: &str,
    ) -> Result<Response<Reply>, BoxError> {
        let answer = route.and_then(|route| {
            let now = self.shared.now();
            let mut state = self.shared.lock();
            let answer = verbs::perform(&mut state, &route, &self.user, body, media_type, now)?;
            Ok((route, answer))
        });
        match answer {
            Ok((_, Answer::Object(code, object))) => reply(code, &object),
            Ok((route, Answer::Watch(kind, receiver))) => {
                let options = &route.options;
                let shared = Arc::clone(&self.shared);
                let news = News::new(shared, kind, receiver, options.bookmarks, options.timeout);
                Ok(json(200).body(news.body())?)
            }
            Err(refusal) => reply(refusal.code(), &refusal.body()),
        }
    }
}

fn json(code: u16) -> http::response::Builder {
    Response::builder()
        .status(code)
        .header(CONTENT_TYPE, "application/json")
}

fn reply(code: u16, body: &Value) -> Result<Response<Reply>, BoxError> {
    let body = Full::new(Bytes::from(body.to_string()));
    let body = body.map_err(|error: Infallible| match error {});
    Ok(json(code).body(body.boxed_unsync())?)
}
