//! The tour as data: what is applied, and what is promised to follow.

mod azure;
mod disasters;
mod ground;
mod oci;
mod salesforce;

/// One step.
#[derive(Debug)]
pub struct Step {
    /// What happens, for people.
    pub name: &'static str,
    /// The published page of the CCKM API that it covers, by its file name.
    pub seed: Option<&'static str>,
    /// The sample that it is about.
    pub manifest: Option<&'static str>,
    /// What people do, in order.
    pub acts: &'static [Act],
    /// What holds afterwards.
    pub promises: &'static [Promise],
    /// The changes that CM is asked for meanwhile: exactly these, in order, by method and path template.
    pub writes: &'static [(&'static str, &'static str)],
}

/// What a person does with kubectl.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// `user` applies a sample.
    Apply {
        /// Who.
        user: &'static str,
        /// Which.
        file: &'static str,
    },
    /// The administrator applies the manager's sample, with the simulator's address in place of the example's.
    Connect {
        /// Which.
        file: &'static str,
    },
    /// The author asks for a look at a key now.
    RequestLook(Object),
    /// The approver reads what the key waits for, and applies the template with that.
    Approve {
        /// The key.
        object: Object,
        /// The template.
        file: &'static str,
    },
    /// The author deletes an object.
    Delete(Object),
    /// The author applies a sample, and the operator is killed after CM did what that leads to and before it answers;
    /// then it is started again.
    KillDuring {
        /// The request, a POST.
        path: &'static str,
        /// Which sample.
        file: &'static str,
    },
    /// While no operator runs, every object of its kinds is deleted; then it is started again.
    LoseEverything,
}

/// An object by kind and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// As in manifests.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// How one object and what it stands for are, when a step is done.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// Which.
    pub object: Object,
    /// The reason of its condition Ready; nothing where the object is not there any more.
    pub reason: Option<&'static str>,
    /// The state of the key on all three sides; nothing for a manager or container.
    pub key: Option<KeyPromise>,
}

/// The state of a key, in CM's and the clouds' own words.
#[derive(Clone, Copy, Debug)]
pub struct KeyPromise {
    /// What CM says: `status.remoteState` and CM's record.
    pub state: &'static str,
    /// What the cloud says; `gone` where it has no such key.
    pub cloud: &'static str,
    /// Further facts of the cloud, by JSON pointer into its record of the key.
    pub facts: &'static [(&'static str, &'static str)],
    /// Whether CM has a backup, where that matters.
    pub backup: Option<bool>,
}

const fn key(state: &'static str, cloud: &'static str) -> KeyPromise {
    KeyPromise {
        state,
        cloud,
        facts: &[],
        backup: None,
    }
}

impl KeyPromise {
    const fn with(self, facts: &'static [(&'static str, &'static str)]) -> Self {
        Self { facts, ..self }
    }

    const fn backup(self, there: bool) -> Self {
        Self {
            backup: Some(there),
            ..self
        }
    }
}

impl Object {
    const fn is(self, reason: &'static str, key: KeyPromise) -> Promise {
        Promise {
            object: self,
            reason: Some(reason),
            key: Some(key),
        }
    }

    const fn is_ready(self) -> Promise {
        Promise {
            object: self,
            reason: Some("Reached"),
            key: None,
        }
    }

    const fn is_deleted(self, key: KeyPromise) -> Promise {
        Promise {
            object: self,
            reason: None,
            key: Some(key),
        }
    }
}

const fn object(kind: &'static str, name: &'static str) -> Object {
    Object { kind, name }
}

const fn admin(file: &'static str) -> Act {
    Act::Apply {
        user: "admin",
        file,
    }
}

const fn bob(file: &'static str) -> Act {
    Act::Apply { user: "bob", file }
}

/// What a cloud says of a key that it doesn't have.
pub const GONE: &str = "gone";

/// What has to be there before any key.
pub fn ground() -> &'static Step {
    &ground::STEP
}

/// All steps, in order.
pub fn all() -> impl Iterator<Item = &'static Step> {
    let keys = [
        azure::STEPS,
        salesforce::STEPS,
        oci::STEPS,
        disasters::STEPS,
    ];
    std::iter::once(ground()).chain(keys.into_iter().flatten())
}
