//! The thin shell around the queue: it visits objects until it is told to stop.

use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::Notify,
    task::{Id, JoinError, JoinSet},
};

use super::queue::{Lane, Queue};
use crate::{clock::SharedClock, object::ObjectRef};

/// How many objects are visited at once, of all groups together: a visit that waits costs no more than its memory.
const VISITS: usize = 512;

/// The longest a visit of a key may take in real time, and what is waited for visits when the operator is told to stop. A
/// write of CipherTrust Manager may take minutes; whatever a visit left unknown, the next one settles.
const DEADLINE: Duration = Duration::from_mins(5);

/// The same for containers: the list of a large one takes long, and nothing is left unknown by it.
const CONTAINER_DEADLINE: Duration = Duration::from_hours(1);

fn deadline(object: &ObjectRef) -> Duration {
    if object.kind.is_container() {
        CONTAINER_DEADLINE
    } else {
        DEADLINE
    }
}

/// When to look at an object again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revisit {
    /// At once.
    Now,
    /// At this instant, or earlier if something happens.
    At(Timestamp),
    /// When something happens.
    WhenWoken,
}

/// Tells in whose group an object is.
type GroupOf = Box<dyn Fn(&ObjectRef) -> ObjectRef + Send + Sync>;

/// A queue that several tasks use.
#[derive(Default)]
pub struct SharedQueue {
    queue: Mutex<Queue<ObjectRef, ObjectRef>>,
    changed: Notify,
    group_of: OnceLock<GroupOf>,
}

impl SharedQueue {
    /// From now on this tells the groups; until then each object is its own. Only the first counts.
    pub fn group_by(&self, group_of: impl Fn(&ObjectRef) -> ObjectRef + Send + Sync + 'static) {
        self.group_of.get_or_init(|| Box::new(group_of));
    }

    fn group_of(&self, object: &ObjectRef) -> ObjectRef {
        self.group_of
            .get()
            .map_or_else(|| object.clone(), |group_of| group_of(object))
    }

    /// Asks for a visit as soon as possible.
    pub fn push(&self, object: ObjectRef, lane: Lane) {
        let group = self.group_of(&object);
        self.change(|queue| queue.push(object, group, lane));
        self.changed.notify_one();
    }

    /// Asks for a visit at `at` or earlier.
    pub fn push_at(&self, object: ObjectRef, at: Timestamp) {
        let group = self.group_of(&object);
        self.change(|queue| queue.push_at(object, group, at));
        self.changed.notify_one();
    }

    /// Ends a visit.
    fn done(&self, object: ObjectRef, revisit: Revisit) {
        self.change(|queue| queue.done(&object));
        match revisit {
            Revisit::Now => self.push(object, Lane::Wake),
            Revisit::At(at) => self.push_at(object, at),
            Revisit::WhenWoken => {}
        }
    }

    /// Forgets an object that is no more.
    pub fn remove(&self, object: &ObjectRef) {
        self.change(|queue| queue.remove(object));
    }

    /// Forgets all that was asked for and all visits that were under way, and asks for the objects that there are then:
    /// one that appears meanwhile is not lost.
    pub fn begin_anew(&self, objects: impl FnOnce() -> Vec<ObjectRef>) {
        self.change(|queue| *queue = Queue::default());
        for object in objects() {
            self.push(object, Lane::Resync);
        }
    }

    /// The next object to visit.
    fn pop(&self, now: Timestamp) -> Option<ObjectRef> {
        self.change(|queue| queue.pop(now))
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.change(|queue| queue.next_due())
    }

    /// How many objects wait for a visit.
    pub fn waiting(&self) -> usize {
        self.change(|queue| queue.waiting())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Queue<ObjectRef, ObjectRef>) -> T) -> T {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut queue)
    }
}

/// Visits objects as the queue says, until `shutdown` resolves; visits under way are then finished, for at most
/// as long as a visit may take. Once `lost` resolves all of them are dropped where they are.
pub async fn run<V, F>(
    queue: Arc<SharedQueue>,
    clock: SharedClock,
    visit: V,
    shutdown: impl Future<Output = ()>,
    lost: impl Future<Output = ()>,
) where
    V: Fn(ObjectRef) -> F,
    F: Future<Output = Revisit> + Send + 'static,
{
    let mut visits: JoinSet<Revisit> = JoinSet::new();
    let mut names: std::collections::HashMap<Id, ObjectRef> = std::collections::HashMap::new();
    tokio::pin!(shutdown, lost);
    loop {
        while visits.len() < VISITS {
            let Some(object) = queue.pop(clock.now()) else {
                break;
            };
            let overdue = Revisit::At(clock.now() + lifecycle::backoff::pause(3, object.seed()));
            let bounded = tokio::time::timeout(deadline(&object), visit(object.clone()));
            let name = object.to_string();
            let handle = visits.spawn(async move {
                bounded.await.unwrap_or_else(|_| {
                    tracing::warn!(object = %name, "a visit took too long and was given up");
                    overdue
                })
            });
            names.insert(handle.id(), object);
        }
        let due = queue.next_due().filter(|_| visits.len() < VISITS);
        let timer = async {
            match due {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut lost => return,
            () = &mut shutdown => break,
            () = queue.changed.notified() => {}
            () = timer => {}
            Some(ended) = visits.join_next_with_id() => settle(&queue, &mut names, &clock, ended),
        }
    }
    let finish = async {
        while let Some(ended) = visits.join_next_with_id().await {
            settle(&queue, &mut names, &clock, ended);
        }
    };
    tokio::select! {
        () = lost => {}
        _ = tokio::time::timeout(DEADLINE, finish) => {}
    }
}

fn settle(
    queue: &SharedQueue,
    names: &mut std::collections::HashMap<Id, ObjectRef>,
    clock: &SharedClock,
    ended: Result<(Id, Revisit), JoinError>,
) {
    let (id, revisit) = match ended {
        Ok((id, revisit)) => (id, revisit),
        // A panic is a defect; the object is tried again later, and the others are not held up by it.
        Err(error) => (
            error.id(),
            Revisit::At(clock.now() + lifecycle::backoff::pause(6, 0)),
        ),
    };
    let Some(object) = names.remove(&id) else {
        return;
    };
    queue.done(object, revisit);
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::{clock::ScaledClock, object::Kind};

    fn object(name: &str) -> ObjectRef {
        ObjectRef::new(Kind::AzureSecret, "ns", name)
    }

    #[tokio::test]
    async fn a_visit_that_panics_harms_no_other_object() {
        let queue = Arc::new(SharedQueue::default());
        for name in ["bad", "good"] {
            queue.push(object(name), Lane::User);
        }
        let seen = Arc::new(AtomicUsize::new(0));
        let done = Arc::new(Notify::new());
        let (count, told) = (Arc::clone(&seen), Arc::clone(&done));
        let visit = move |object: ObjectRef| {
            let (count, told) = (Arc::clone(&count), Arc::clone(&told));
            async move {
                assert_ne!(object.name, "bad");
                if count.fetch_add(1, Ordering::SeqCst) == 2 {
                    told.notify_one();
                    return Revisit::WhenWoken;
                }
                Revisit::Now
            }
        };
        let clock = Arc::new(ScaledClock::real());
        run(queue, clock, visit, done.notified(), pending()).await;
        assert_eq!(seen.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_visit_is_dropped_where_it_is_once_leadership_is_lost_and_made_anew_in_the_next_term()
    {
        let queue = Arc::new(SharedQueue::default());
        queue.push(object("hangs"), Lane::User);
        let (begun, told) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let visit = {
            let begun = Arc::clone(&begun);
            move |_| {
                begun.notify_one();
                pending::<Revisit>()
            }
        };
        let clock: SharedClock = Arc::new(ScaledClock::real());
        for _term in 0..2 {
            queue.begin_anew(|| vec![object("hangs")]);
            let (queue, clock, visit) = (Arc::clone(&queue), Arc::clone(&clock), visit.clone());
            run(queue, clock, visit, told.notified(), begun.notified()).await;
        }
    }
}
