//! The API server as a service of HTTP, one for each user.

use std::{
    convert::Infallible,
    io,
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
    fault::{Effect, Fault},
    log::LoggedRequest,
    metadata,
    refusal::{Outcome, Refusal},
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
            match route {
                Ok(route) => api.answer(&route, &body, media_type).await,
                Err(refusal) => refused(&refusal),
            }
        })
    }
}

impl Api {
    async fn answer(
        &self,
        route: &Route,
        body: &Bytes,
        media_type: &str,
    ) -> Result<Response<Reply>, BoxError> {
        let mut fault = None;
        let effect = self.shared.lock().faults.befall(route, &self.user);
        match effect {
            Some(Effect::Hold(gateway)) => gateway.pass().await,
            Some(Effect::Fault(ordered)) => fault = Some(ordered),
            None => {}
        }
        let now = self.shared.now();
        let mut logged = LoggedRequest::new(now, &self.user, route);
        let mut state = self.shared.lock();
        if let Some(Fault::LoseRequest) = fault {
            state.log.push(logged);
            return Err(broken());
        }
        let answer = match &fault {
            Some(Fault::Refuse(refusal)) => Err(refusal.clone()),
            _ => verbs::perform(&mut state, route, &self.user, body, media_type, now),
        };
        if let Ok(Answer::Object(_, object)) = &answer
            && logged.verb == "create"
        {
            metadata::text(object, "name").clone_into(&mut logged.name);
        }
        let lost = matches!(fault, Some(Fault::LoseReply));
        logged.status = (!lost).then(|| code(&answer));
        state.log.push(logged);
        drop(state);
        if lost {
            return Err(broken());
        }
        match answer {
            Ok(Answer::Object(code, object)) => reply(code, &object),
            Ok(Answer::Watch(kind, receiver)) => {
                let options = &route.options;
                let shared = Arc::clone(&self.shared);
                let news = News::new(shared, kind, receiver, options.bookmarks, options.timeout);
                Ok(json(200).body(news.body())?)
            }
            Err(refusal) => refused(&refusal),
        }
    }
}

fn broken() -> BoxError {
    io::Error::from(io::ErrorKind::ConnectionReset).into()
}

fn code(answer: &Outcome<Answer>) -> u16 {
    match answer {
        Ok(Answer::Object(code, _)) => *code,
        Ok(Answer::Watch(..)) => 200,
        Err(refusal) => refusal.code(),
    }
}

fn json(code: u16) -> http::response::Builder {
    Response::builder()
        .status(code)
        .header(CONTENT_TYPE, "application/json")
}

fn reply(code: u16, body: &Value) -> Result<Response<Reply>, BoxError> {
    Ok(json(code).body(whole(body.to_string()))?)
}

fn refused(refusal: &Refusal) -> Result<Response<Reply>, BoxError> {
    match refusal.plain() {
        None => reply(refusal.code(), &refusal.body()),
        Some(text) => Ok(Response::builder()
            .status(refusal.code())
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(whole(text.to_owned()))?),
    }
}

fn whole(body: String) -> Reply {
    Full::new(Bytes::from(body))
        .map_err(|error: Infallible| match error {})
        .boxed_unsync()
}
