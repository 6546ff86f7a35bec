//! Watches: who is told of which changes, and how the news goes out.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::stream::unfold;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, error::TryRecvError, unbounded_channel},
    time::{Instant, sleep_until},
};

use crate::{
    kinds::Kind,
    metadata,
    selection::Selection,
    service::Reply,
    simulator::Shared,
    store::{Change, Object},
};

/// How often a watch that asks for bookmarks is told how far it is.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

/// How long a watch lasts that doesn't say.
const LASTS: Duration = Duration::from_mins(30);

/// The watches that are open.
#[derive(Debug, Default)]
pub(crate) struct Watches(Vec<Watch>);

/// Whom a watch tells of what.
#[derive(Debug)]
pub(crate) struct Watch {
    /// With its group.
    pub resource: String,
    /// All of them if it is empty.
    pub namespace: String,
    pub selection: Selection,
    sender: UnboundedSender<Bytes>,
}

/// The other side of a watch.
pub(crate) struct News {
    receiver: UnboundedReceiver<Bytes>,
    ends: Instant,
    /// When the next bookmark is due, and what it says it is of.
    bookmark: Option<(Instant, Arc<Kind>)>,
    shared: Arc<Shared>,
}

impl Watches {
    pub(crate) fn add(&mut self, watch: Watch) {
        self.0.push(watch);
    }

    /// Tells whom it concerns.
    pub(crate) fn tell(&mut self, change: &Change) {
        self.0.retain(|watch| watch.tell(change));
    }

    /// Ends them all, as the API server does when it goes down in order.
    pub(crate) fn end(&mut self) {
        self.0.clear();
    }
}

impl Watch {
    /// A watch, and the side that hears of it.
    pub(crate) fn new(
        kind: &Kind,
        namespace: &str,
        selection: Selection,
    ) -> (Self, UnboundedReceiver<Bytes>) {
        let (sender, receiver) = unbounded_channel();
        let watch = Self {
            resource: kind.resource(),
            namespace: namespace.to_owned(),
            selection,
            sender,
        };
        (watch, receiver)
    }

    /// Tells of a change if it concerns this watch. Returns whether anybody still listens.
    pub(crate) fn tell(&self, change: &Change) -> bool {
        let here = change.resource == self.resource
            && (self.namespace.is_empty() || self.namespace == change.key.namespace);
        if !here {
            return !self.sender.is_closed();
        }
        let before = change.before.as_ref();
        let selected = |object: &Object| self.selection.selects(object);
        let (was, is) = (
            before.is_some_and(selected),
            !change.gone && selected(&change.object),
        );
        match (was, is, before) {
            (false, false, _) => !self.sender.is_closed(),
            (false, true, _) => self.send("ADDED", &change.object),
            (true, true, _) => self.send("MODIFIED", &change.object),
            (true, false, Some(before)) if !change.gone => {
                // It left the selection: whoever watches knows it as it was.
                let mut last = Value::clone(before);
                let revision = json!(change.revision.to_string());
                metadata::set(&mut last, "resourceVersion", revision);
                self.send("DELETED", &last)
            }
            (true, false, _) => self.send("DELETED", &change.object),
        }
    }

    /// Sends an event. Returns whether anybody still listens.
    pub(crate) fn send(&self, word: &str, object: &Value) -> bool {
        self.sender.send(line(word, object)).is_ok()
    }
}

fn line(word: &str, object: &Value) -> Bytes {
    let mut line = json!({"type": word, "object": object}).to_string();
    line.push('\n');
    line.into()
}

impl News {
    pub(crate) fn new(
        shared: Arc<Shared>,
        kind: Arc<Kind>,
        receiver: UnboundedReceiver<Bytes>,
        bookmarks: bool,
        seconds: Option<u64>,
    ) -> Self {
        let now = Instant::now();
        Self {
            receiver,
            ends: now + seconds.map_or(LASTS, Duration::from_secs),
            bookmark: bookmarks.then(|| (now + BOOKMARK_EVERY, kind)),
            shared,
        }
    }

    /// The body of the answer: a line an event, until the watch ends.
    pub(crate) fn body(self) -> Reply {
        let lines = unfold(self, async |mut news: Self| {
            let line = news.next().await?;
            Some((Ok::<_, Infallible>(Frame::data(line)), news))
        });
        StreamBody::new(lines).map_err(Into::into).boxed_unsync()
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let due = self
                .bookmark
                .as_ref()
                .map_or(self.ends, |(due, _)| *due)
                .min(self.ends);
            tokio::select! {
                biased;
                line = self.receiver.recv() => return line,
                () = sleep_until(due) => {}
            }
            if due == self.ends {
                return None;
            }
            // Under the lock nothing can change between the look and the bookmark.
            let shared = Arc::clone(&self.shared);
            let state = shared.lock();
            match self.receiver.try_recv() {
                Ok(line) => return Some(line),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            if let Some((due, kind)) = &mut self.bookmark {
                *due += BOOKMARK_EVERY;
                return Some(line("BOOKMARK", &bookmark(kind, state.store.revision())));
            }
        }
    }
}

fn bookmark(kind: &Kind, revision: u64) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "metadata": {"resourceVersion": revision.to_string()},
    })
}
