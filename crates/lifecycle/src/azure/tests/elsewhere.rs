//! Restoring into another vault.

use super::*;
use crate::backup::RestoreSent;

#[test]
fn nothing_is_made_while_a_restore_from_another_vault_may_still_land() {
    let sent = |second| Facts {
        restore_sent: Some(RestoreSent {
            at: at(second),
            of_this_generation: false,
        }),
        ..facts(None)
    };
    // The newest sync began at second 50, and it is second 100 now; a restore may land for ten minutes.
    for (sent_at, reason) in [
        (-400, Reason::WaitingForRemote),
        (-540, Reason::WaitingForSync),
    ] {
        let planned = planned(&sent(sent_at), first_seen(Desired::Available));
        assert_eq!(waits(&planned), reason, "{sent_at}");
    }
    let planned = planned(&sent(-600), first_seen(Desired::Available));
    assert!(matches!(planned.next, Next::Act(_)));
}

#[test]
fn a_secret_is_restored_from_another_vault_only_where_it_is_deleted_there() {
    let from = |restore_from| {
        let asked = Facts {
            restore_from,
            ..facts(None)
        };
        planned(&asked, first_seen(Desired::Available))
    };
    let restored = from(RestoreFrom::Deleted(Backup::Present));
    assert_eq!(actions(&restored), [Action::Restore]);
    assert!(matches!(restored.next, Next::Act(_)));
    for (restore_from, reason) in [
        (RestoreFrom::Absent, Reason::NotFound),
        (
            RestoreFrom::NotDeleted("AVAILABLE".into()),
            Reason::InvalidSpec,
        ),
        (RestoreFrom::Deleted(Backup::Deleted), Reason::CannotUndo),
    ] {
        assert_eq!(waits(&from(restore_from)), reason);
    }
}
