//! The reasons of conditions: closed lists, for scripts and alerts match on them.

macro_rules! reasons {
    ($(#[$of:meta])* $list:ident { $($(#[$doc:meta])* $name:ident,)* }) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $list { $($(#[$doc])* $name,)* }

        impl $list {
            /// Every reason of this list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in the condition.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons! {
    /// Reasons that only `Ready` carries. A `Ready` that is False otherwise repeats the reason of `Stalled`, else of
    /// `Reconciling`.
    ReadyReason {
        /// What is desired is so.
        Reached,
        /// An archived tenant secret with a newer active one of its type: all that `Active` can still mean.
        Superseded,
        /// The key waits out its deletion period.
        DeletionScheduled,
        /// A soft-deleted secret that only Azure itself may purge, at the end of its retention.
        PurgesOnExpiry,
        /// `createdAfter` lies in the future.
        NotDueYet,
        /// Suspended with work pending; the only one of these with `Ready` False.
        Suspended,
    }
}

reasons! {
    /// Why work goes on by itself.
    ReconcilingReason {
        /// A step is being carried out.
        Progressing,
        /// The last attempt failed and is repeated with a growing pause.
        ProgressingWithRetry,
        /// The cloud is between two states, or asks to come back later.
        WaitingForRemote,
        /// The next step needs fresh news from the cloud.
        WaitingForSync,
        /// Salesforce's minimum rotation interval is not over.
        RotationWindow,
        /// The manager's limit of destructive acts in an hour is used up.
        DestructiveBudget,
        /// The manager of the key's container cannot be used at the moment.
        ManagerNotReady,
        /// The key's container has not been read yet, or cannot be.
        ContainerNotReady,
        /// CipherTrust Manager does not answer. On managers.
        Unreachable,
    }
}

reasons! {
    /// Why nothing goes on until somebody does something.
    StalledReason {
        /// The next step waits for a `DestructionApproval`.
        AwaitingApproval,
        /// An approval exists, but for other facts than today's.
        ApprovalStale,
        /// The manager refuses the next step, whoever approves it.
        ApprovalDenied,
        /// The admission policy that makes approvals trustworthy is not in force.
        ApprovalPolicyMissing,
        /// Salesforce retires the active secret only when a newer one appears.
        WaitingForSuccessor,
        /// A key of this name exists and is not ours.
        AlreadyExists,
        /// Another object owns this key, or this container.
        AlreadyManaged,
        /// More than one key could be the one that is meant.
        OwnershipAmbiguous,
        /// A destructive state is desired of a key that was never seen.
        NothingToDestroy,
        /// Something that the spec names does not exist in CipherTrust Manager or the cloud.
        NotFound,
        /// The key was there once and is not there any more.
        Gone,
        /// The cloud has no way back from here.
        CannotUndo,
        /// The key needs restoring, and nobody asked for that.
        RestoreNotAsked,
        /// A restore gave the key another identity.
        RestoredElsewhere,
        /// A purged record that CipherTrust Manager keeps blocks the name.
        RecordBlocksName,
        /// The container is no longer the one that was recorded.
        ContainerReplaced,
        /// The container object does not exist, or is not open to this namespace.
        ContainerNotFound,
        /// The cloud's limit of keys is reached.
        LimitReached,
        /// Creating needs a value, and none is given.
        ValueRequired,
        /// The value is one that the cloud cannot take.
        ValueInvalid,
        /// A Secret or `ConfigMap`, or the key in it, does not exist.
        SecretNotFound,
        /// The spec asks for something impossible.
        InvalidSpec,
        /// CipherTrust Manager refuses the request to this login, or Kubernetes does not let the operator read a Secret or
    /// `ConfigMap`.
        PermissionDenied,
        /// The deletion period is shorter than the manager allows.
        PendingDeletionTooShort,
        /// CipherTrust Manager rotates this key as well.
        RotatedElsewhere,
        /// The key reached its desired state and was moved away from it by somebody else.
        Drifted,
        /// The key goes back and forth between two states.
        Thrashing,
        /// A secret made by us is dated before the time it was due.
        ClockSkew,
        /// CipherTrust Manager answered something that cannot be understood.
        UnexpectedAnswer,
        /// The cloud reports a state that this version does not know.
        UnknownRemoteState,
        /// CipherTrust Manager refused the login. On managers.
        LoginFailed,
        /// CipherTrust Manager's certificate is not trusted. On managers.
        UntrustedCertificate,
        /// The container is not registered in CipherTrust Manager. On containers.
        NotRegistered,
    }
}

reasons! {
    /// How an approval stands: the reasons of its `Ready`.
    ApprovalReason {
        /// It matches a planned action. The only one with `Ready` True.
        Accepted,
        /// No planned action matches it.
        NoMatch,
        /// Its time is over.
        Expired,
        /// All its actions had their one use.
        Spent,
        /// The admission policy that makes approvals trustworthy is not in force.
        ApprovalPolicyMissing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_reason_tells_its_condition_apart() {
        let reconciling = ReconcilingReason::ALL.iter().map(|reason| reason.as_str());
        let stalled = StalledReason::ALL.iter().map(|reason| reason.as_str());
        let ready = ReadyReason::ALL.iter().map(|reason| reason.as_str());
        let all: Vec<_> = ready.chain(reconciling).chain(stalled).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
