//! The closed list of reasons that conditions carry.

/// Which condition a reason belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `Ready=True`.
    Ready,
    /// Goes on by itself: `Reconciling=True`.
    Reconciling,
    /// Needs a person: `Stalled=True`.
    Stalled,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $class:ident,)*) => {
        /// Why an object is as it is. The names are part of the API: scripts and alerts match on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in the condition.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The condition this reason is reported under.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }
    };
}

reasons! {
    /// The remote state is the desired one.
    Reached => Ready,
    /// An archived tenant secret with a newer active one of its type: all that `Active` can still mean.
    Superseded => Ready,
    /// The key waits out its deletion period.
    DeletionScheduled => Ready,
    /// A soft-deleted secret that only Azure itself may purge, at the end of its retention.
    PurgesOnExpiry => Ready,
    /// `createdAfter` lies in the future.
    NotDueYet => Ready,
    /// A step is being carried out.
    Progressing => Reconciling,
    /// The last attempt failed and is repeated with a growing pause.
    ProgressingWithRetry => Reconciling,
    /// The cloud is between two states, or asks to come back later.
    WaitingForRemote => Reconciling,
    /// The next step needs fresh news from the cloud.
    WaitingForSync => Reconciling,
    /// Salesforce's minimum rotation interval is not over.
    RotationWindow => Reconciling,
    /// The manager's limit of destructive acts in an hour is used up.
    DestructiveBudget => Reconciling,
    /// The manager of the key's container cannot be used at the moment.
    ManagerNotReady => Reconciling,
    /// The key's container has not been read yet, or cannot be.
    ContainerNotReady => Reconciling,
    /// CipherTrust Manager does not answer.
    Unreachable => Reconciling,
    /// The next step waits for a `DestructionApproval`.
    AwaitingApproval => Stalled,
    /// An approval exists, but for other facts than today's.
    ApprovalStale => Stalled,
    /// The manager's policy refuses the next step whoever approves it.
    ApprovalDenied => Stalled,
    /// The admission policy that makes approvals trustworthy is not in force.
    ApprovalPolicyMissing => Stalled,
    /// Salesforce retires the active secret only when a newer one appears.
    WaitingForSuccessor => Stalled,
    /// A key of this name exists and is not ours.
    AlreadyExists => Stalled,
    /// Another object owns this key.
    AlreadyManaged => Stalled,
    /// More than one key could be the one that is meant.
    OwnershipAmbiguous => Stalled,
    /// A destructive state is desired of a key that was never seen.
    NothingToDestroy => Stalled,
    /// Something that the spec names does not exist.
    NotFound => Stalled,
    /// The key was there once and is not there any more.
    Gone => Stalled,
    /// The cloud has no way back from here.
    CannotUndo => Stalled,
    /// The key needs restoring, and nobody asked for that.
    RestoreNotAsked => Stalled,
    /// A restore gave the key another identity.
    RestoredElsewhere => Stalled,
    /// A purged record that CipherTrust Manager keeps blocks the name.
    RecordBlocksName => Stalled,
    /// The container is no longer the one that was recorded.
    ContainerReplaced => Stalled,
    /// The container object does not exist, or is not open to this namespace.
    ContainerNotFound => Stalled,
    /// The cloud's limit of keys is reached.
    LimitReached => Stalled,
    /// Creating needs a value, and none is given.
    ValueRequired => Stalled,
    /// The value is one that the cloud cannot take.
    ValueInvalid => Stalled,
    /// A Secret or `ConfigMap`, or the key in it, does not exist.
    SecretNotFound => Stalled,
    /// The spec asks for something impossible.
    InvalidSpec => Stalled,
    /// CipherTrust Manager refuses the request to this login, or Kubernetes does not let the operator read a Secret or
    /// `ConfigMap`.
    PermissionDenied => Stalled,
    /// The deletion period is shorter than the manager allows.
    PendingDeletionTooShort => Stalled,
    /// CipherTrust Manager rotates this key as well.
    RotatedElsewhere => Stalled,
    /// The key reached its desired state and was moved away from it by somebody else.
    Drifted => Stalled,
    /// The key goes back and forth between two states.
    Thrashing => Stalled,
    /// A secret made by us is dated before the time it was due.
    ClockSkew => Stalled,
    /// CipherTrust Manager answered something that cannot be understood.
    UnexpectedAnswer => Stalled,
    /// The cloud reports a state this version does not know.
    UnknownRemoteState => Stalled,
    /// Login to CipherTrust Manager was refused.
    LoginFailed => Stalled,
    /// CipherTrust Manager's certificate is not trusted.
    UntrustedCertificate => Stalled,
    /// The container is not registered in CipherTrust Manager.
    NotRegistered => Stalled,
    /// Suspended with work pending; shown on Ready alone.
    Suspended => Ready,
}

impl Reason {
    /// Whether the cause is often only the order of arrival: what is missing may be applied a moment
    /// later. Such a reason is `Reconciling` for the first five minutes, then `Stalled`.
    pub const fn may_be_a_matter_of_order(self) -> bool {
        matches!(
            self,
            Self::SecretNotFound | Self::ContainerNotFound | Self::NotFound | Self::NotRegistered
        )
    }
}

/// What stands in the way of a step, in words for the person on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The stable reason.
    pub reason: Reason,
    /// What it is and what to do. No clock, counter or attempt number: it must read the same each time.
    pub message: String,
    /// When it ends by itself, if that is known.
    pub until: Option<jiff::Timestamp>,
    /// A sync of the container that would settle it, started no earlier than this.
    pub needs_sync_after: Option<jiff::Timestamp>,
}

impl Blocker {
    /// A blocker that ends when somebody does something.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            until: None,
            needs_sync_after: None,
        }
    }

    /// A blocker that ends by itself at a known time.
    pub fn until(reason: Reason, message: impl Into<String>, until: jiff::Timestamp) -> Self {
        Self {
            until: Some(until),
            ..Self::new(reason, message)
        }
    }

    /// A blocker that ends with a sync of the container started at or after `instant`.
    pub fn needs_sync(message: impl Into<String>, instant: jiff::Timestamp) -> Self {
        Self {
            needs_sync_after: Some(instant),
            ..Self::new(Reason::WaitingForSync, message)
        }
    }
}
