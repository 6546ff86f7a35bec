//! The states of all containers of a kind.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{ContainerState, Row};
use crate::object::ObjectRef;

/// One container's state. Locked only for moments, never across a call.
#[derive(Debug)]
pub struct SharedContainer<R, F>(Mutex<ContainerState<R, F>>);

impl<R, F> SharedContainer<R, F> {
    /// Locks the state.
    pub fn lock(&self) -> MutexGuard<'_, ContainerState<R, F>> {
        // The state is whole between any two statements of its methods, so a poisoned lock loses nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Row, F> SharedContainer<R, F> {
    /// Reserves the making of `what` for an object, until the reservation is dropped; nothing if another one has it.
    pub fn reserve(&self, what: &str, object: &ObjectRef) -> Option<Reservation<'_, R, F>> {
        self.lock().reserve(what, object).then(|| Reservation {
            container: self,
            object: object.clone(),
        })
    }
}

/// The right to make something. Dropped, also when its visit is given up, others may.
pub struct Reservation<'c, R: Row, F> {
    container: &'c SharedContainer<R, F>,
    object: ObjectRef,
}

impl<R: Row, F> Drop for Reservation<'_, R, F> {
    fn drop(&mut self) {
        self.container.lock().release(&self.object);
    }
}

type States<R, F> = BTreeMap<ObjectRef, Arc<SharedContainer<R, F>>>;

/// The states by container object.
#[derive(Debug)]
pub struct Registry<R, F>(Mutex<States<R, F>>);

impl<R, F> Default for Registry<R, F> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<R, F> Registry<R, F> {
    /// The state of a container, made at first use.
    pub fn get(&self, container: &ObjectRef) -> Arc<SharedContainer<R, F>> {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(SharedContainer(Mutex::new(ContainerState::default())));
        Arc::clone(states.entry(container.clone()).or_insert_with(fresh))
    }

    /// Forgets a container that is no more, or that is another one now.
    pub fn forget(&self, container: &ObjectRef) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(container);
    }
}
