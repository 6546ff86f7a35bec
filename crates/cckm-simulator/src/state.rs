//! The whole of the simulator's state, and its advance through simulated time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    clock::Clock,
    faults::Faults,
    http::exchange::Pending,
    log::Log,
    manager::{Manager, tokens::Tokens},
    seed::Identifiers,
    switches::Switches,
    world::{azure, oci, salesforce},
};

/// Something that CM does on its own at a set time.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request that was put off has its effect.
    Land(Box<Pending>),
    /// A synchronization job ends; by the job's ID.
    FinishJob(String),
    /// CM takes over the outcome of the restore of an OCI key; by the key's ID in CM.
    FinishRestore(String),
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    /// The instant up to which everything has happened. Never moves back.
    pub(crate) now: Timestamp,
    pub(crate) identifiers: Identifiers,
    pub(crate) switches: Switches,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) tokens: Tokens,
    pub(crate) manager: Manager,
    pub(crate) salesforce: salesforce::Cloud,
    pub(crate) azure: azure::Cloud,
    pub(crate) oci: oci::Cloud,
    /// By time, and by order of scheduling.
    agenda: BTreeMap<(Timestamp, u64), Event>,
    scheduled: u64,
}

impl State {
    pub(crate) fn new(seed: u64, clock: Clock, switches: Switches) -> Self {
        Self {
            now: clock.now(),
            clock,
            identifiers: Identifiers::new(seed),
            switches,
            log: Log::default(),
            faults: Faults::default(),
            tokens: Tokens::default(),
            manager: Manager::default(),
            salesforce: salesforce::Cloud::default(),
            azure: azure::Cloud::default(),
            oci: oci::Cloud::default(),
            agenda: BTreeMap::new(),
            scheduled: 0,
        }
    }

    pub(crate) fn schedule(&mut self, at: Timestamp, event: Event) {
        self.scheduled += 1;
        self.agenda.insert((at, self.scheduled), event);
    }

    /// Lets everything happen that is due, each at its own time.
    pub(crate) fn settle(&mut self) {
        let present = self.clock.now();
        while let Some(entry) = self.agenda.first_entry()
            && entry.key().0 <= present
        {
            let ((at, _), event) = entry.remove_entry();
            self.reach(at);
            match event {
                Event::Land(pending) => self.land(*pending),
                Event::FinishJob(id) => self.finish_job(&id),
                Event::FinishRestore(id) => self.finish_oci_restore(&id),
            }
        }
        self.reach(present);
    }

    /// Brings the clouds to `instant`.
    fn reach(&mut self, instant: Timestamp) {
        self.now = self.now.max(instant);
        self.azure.settle(self.now);
        self.oci.settle(self.now);
    }
}
