//! Every reason of the closed list, and how an object gets there.

use std::{collections::BTreeSet, fs, path::Path};

use cckm_simulator::{Fault, FaultKind};
use futures::future::BoxFuture;
use libtest_mimic::Trial;
use lifecycle::reason::Reason;
use playground::world::object::text;
use serde_json::{Value, json};

use crate::{
    Outcome, manifests,
    matrix::{in_a_time_of_its_own, trial},
    scenarios::expect,
    switches::Setting,
    world::World,
};

/// How an object gets to a reason.
struct Way {
    reason: Reason,
    how: &'static str,
    go: for<'w> fn(&'w mut World) -> BoxFuture<'w, Outcome>,
}

const AZURE: &str = "AzureSecret";
const OCI: &str = "OciKey";
const SALESFORCE: &str = "SalesforceTenantSecret";
/// Of the standard world's vault.
const SUBSCRIPTION: &str = "260ecbe7-777b-4d3c-84ea-678820490000";

/// Reached in a file of its own, which says more about it; in `tests/promises` where it takes real time, real
/// connections or real policies.
const ELSEWHERE: &[(Reason, &str)] = &[
    (
        Reason::PurgesOnExpiry,
        "tests/simulation/scenarios/azure.rs",
    ),
    (
        Reason::WaitingForSuccessor,
        "tests/simulation/scenarios/salesforce.rs",
    ),
    (
        Reason::RestoredElsewhere,
        "tests/simulation/scenarios/oci.rs",
    ),
    (
        Reason::OwnershipAmbiguous,
        "tests/simulation/scenarios/clouds.rs",
    ),
    (
        Reason::AlreadyManaged,
        "tests/simulation/scenarios/clouds.rs",
    ),
    (
        Reason::ManagerNotReady,
        "tests/simulation/scenarios/clouds.rs",
    ),
    (Reason::LoginFailed, "tests/simulation/scenarios/clouds.rs"),
    (
        Reason::ApprovalStale,
        "tests/simulation/scenarios/approvals.rs",
    ),
    (
        Reason::ApprovalPolicyMissing,
        "tests/promises/approval_policy.rs",
    ),
    (Reason::UntrustedCertificate, "tests/promises/bad_input.rs"),
    (Reason::UnexpectedAnswer, "tests/promises/bad_input.rs"),
    (
        Reason::ValueInvalid,
        "tests/promises/bad_input/reported.yaml",
    ),
    (Reason::ClockSkew, "tests/promises/clock_skew.rs"),
    (Reason::Thrashing, "tests/promises/limits.rs"),
    // No simulated cloud says a word that its pages do not know.
    (
        Reason::UnknownRemoteState,
        "crates/lifecycle/src/azure/tests/mod.rs",
    ),
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut trials = vec![trial(
        "every reason has a way to it",
        every_reason_has_a_way,
    )];
    trials.extend(ways().into_iter().map(|way| {
        trial(format!("{}: {}", way.reason.as_str(), way.how), move || {
            in_a_time_of_its_own(Setting::Standard, None, async |world: &mut World| {
                (way.go)(world).await
            })
        })
    }));
    trials
}

fn every_reason_has_a_way() -> Outcome {
    for (reason, file) in ELSEWHERE {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        if !text.contains(reason.as_str()) {
            return Err(format!("{file} says nothing of {reason:?}").into());
        }
    }
    let with: BTreeSet<Reason> = ways()
        .into_iter()
        .map(|way| way.reason)
        .chain(ELSEWHERE.iter().map(|(reason, _)| *reason))
        .collect();
    let without: Vec<&Reason> = Reason::ALL
        .iter()
        .filter(|reason| !with.contains(reason))
        .collect();
    expect("reasons that nothing shows the way to", without, Vec::new())
}

macro_rules! ways {
    ($($reason:ident, $how:literal, |$world:ident| $go:block)*) => {
        fn ways() -> Vec<Way> {
            vec![$(Way {
                reason: Reason::$reason,
                how: $how,
                go: |$world| Box::pin(async move { $go }),
            },)*]
        }
    };
}

ways! {
    Reached, "a secret is made", |world| {
        world.apply(&manifests::azure_secret("key")).await?;
        reaches(world, AZURE, "Reached").await
    }
    Superseded, "a tenant secret is wanted Active that a newer one has archived", |world| {
        world.apply(&manifests::existing_tenant_secret("key", 1)).await?;
        reaches(world, SALESFORCE, "Superseded").await
    }
    DeletionScheduled, "a key waits out its deletion period", |world| {
        made(world, OCI, &manifests::oci_key("key")).await?;
        world.desire(OCI, "key", "PendingDeletion").await?;
        reaches(world, OCI, "DeletionScheduled").await
    }
    NotDueYet, "createdAfter lies in the future", |world| {
        world.apply(&due("2026-02-01T00:00:00Z")).await?;
        reaches(world, SALESFORCE, "NotDueYet").await
    }
    Progressing, "a create takes its time", |world| {
        hinder(world, "/v1/cckm/azure/secrets", FaultKind::DelayEffect { seconds: 20.0 });
        world.apply(&manifests::azure_secret("key")).await?;
        reaches(world, AZURE, "Progressing").await
    }
    ProgressingWithRetry, "to disable a key is answered by an error of a front end", |world| {
        made(world, OCI, &manifests::oci_key("key")).await?;
        let path = "/disable";
        world.line.simulator.inject(Fault { times: 9, ..Fault::new(path, answer(503)) });
        world.desire(OCI, "key", "Disabled").await?;
        reaches(world, OCI, "ProgressingWithRetry").await
    }
    WaitingForRemote, "a key is on its way from one state to another", |world| {
        world.line.simulator.set_switch("oci-transition-seconds", &json!(60))?;
        world.apply(&manifests::oci_key("key")).await?;
        reaches(world, OCI, "WaitingForRemote").await
    }
    WaitingForSync, "a sync has to show that there is no such key yet", |world| {
        world.line.simulator.set_switch("sync-seconds", &json!(60))?;
        world.apply(&manifests::oci_key("key")).await?;
        reaches(world, OCI, "WaitingForSync").await
    }
    RotationWindow, "a tenant secret is due while the last one of its type is younger than a day", |world| {
        world.apply(&manifests::tenant_secret("first", "Data")).await?;
        world.until_ready(SALESFORCE, "first").await?;
        world.pass_hours(1).await;
        world.apply(&due("2026-01-05T08:45:00Z")).await?;
        reaches(world, SALESFORCE, "RotationWindow").await
    }
    DestructiveBudget, "more is to be taken away within an hour than the manager allows", |world| {
        world.patch("CipherTrustManager", "cm", json!({"spec": {"limits": {"destructiveActionsPerHour": 1}}})).await?;
        world.apply(&manifests::azure_secret("other")).await?;
        world.until_ready(AZURE, "other").await?;
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.desire(AZURE, "other", "SoftDeleted").await?;
        world.until_ready(AZURE, "other").await?;
        world.desire(AZURE, "key", "SoftDeleted").await?;
        reaches(world, AZURE, "DestructiveBudget").await
    }
    ContainerNotReady, "the vault is not read yet", |world| {
        world.line.simulator.set_switch("sync-seconds", &json!(60))?;
        another_vault(world)?;
        world.apply(&vault_of("acme-other")).await?;
        world.apply(&secret_in_other()).await?;
        reaches(world, AZURE, "ContainerNotReady").await
    }
    Unreachable, "nothing answers where CM should be", |world| {
        let nothing = Fault { times: 500, ..Fault::new("/api/v1/auth/tokens", answer(502)) };
        world.line.simulator.inject(nothing);
        world.crash();
        world.until_reason("CipherTrustManager", "cm", "Unreachable").await?;
        Ok(())
    }
    AwaitingApproval, "a secret is to be purged", |world| {
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.desire(AZURE, "key", "Purged").await?;
        reaches(world, AZURE, "AwaitingApproval").await
    }
    ApprovalDenied, "the manager's policy denies what cannot be undone", |world| {
        world.patch("CipherTrustManager", "cm", json!({"spec": {"approvals": {"irreversible": "Deny"}}})).await?;
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.desire(AZURE, "key", "Purged").await?;
        reaches(world, AZURE, "ApprovalDenied").await
    }
    AlreadyExists, "somebody made a secret of that name", |world| {
        theirs(world)?;
        world.apply(&manifests::azure_secret("key")).await?;
        reaches(world, AZURE, "AlreadyExists").await
    }
    NothingToDestroy, "a secret is to be deleted that never was", |world| {
        let deleted = manifests::azure_secret("key") + "  desiredState: SoftDeleted\n";
        world.apply(&deleted).await?;
        reaches(world, AZURE, "NothingToDestroy").await
    }
    NotFound, "a tenant secret is meant that never was", |world| {
        world.apply(&manifests::existing_tenant_secret("key", 9)).await?;
        reaches(world, SALESFORCE, "NotFound").await
    }
    Gone, "a secret is wanted again whose record was removed", |world| {
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.desire(AZURE, "key", "RemovedFromManager").await?;
        world.approve(AZURE, "key").await?;
        world.approve_act(AZURE, "key", "RemoveRecord").await?;
        world.until_ready(AZURE, "key").await?;
        world.desire(AZURE, "key", "Available").await?;
        reaches(world, AZURE, "Gone").await
    }
    CannotUndo, "a destroyed tenant secret is wanted again after its backup was deleted", |world| {
        made(world, SALESFORCE, &manifests::existing_tenant_secret("key", 1)).await?;
        world.desire(SALESFORCE, "key", "BackupDeleted").await?;
        world.approve(SALESFORCE, "key").await?;
        world.until_ready(SALESFORCE, "key").await?;
        world.desire(SALESFORCE, "key", "Active").await?;
        reaches(world, SALESFORCE, "CannotUndo").await
    }
    RestoreNotAsked, "a secret was deleted before its object was first seen", |world| {
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.desire(AZURE, "key", "SoftDeleted").await?;
        world.until_ready(AZURE, "key").await?;
        world.delete(AZURE, "key").await?;
        world.apply(&manifests::azure_secret("key")).await?;
        reaches(world, AZURE, "RestoreNotAsked").await
    }
    RecordBlocksName, "CM keeps the record of somebody's deleted secret", |world| {
        theirs(world)?;
        world.ask("AzureVault", "billing").await?;
        world.apply(&manifests::azure_secret("key")).await?;
        world.until_reason(AZURE, "key", "AlreadyExists").await?;
        world.console(json!({"change": "azure-delete", "vault": "acme-billing", "name": "key"}))?;
        // As long as Azure takes to delete.
        world.pass_hours(1).await;
        world.console(json!({"change": "azure-purge", "vault": "acme-billing", "name": "key"}))?;
        world.ask("AzureVault", "billing").await?;
        reaches(world, AZURE, "RecordBlocksName").await
    }
    ContainerReplaced, "the vault's object stands for another vault now", |world| {
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        another_vault(world)?;
        world.delete("AzureVault", "billing").await?;
        world.apply(&vault_of("acme-other").replace("\"other\"", "\"billing\"")).await?;
        reaches(world, AZURE, "ContainerReplaced").await
    }
    ContainerNotFound, "the reference leads to no vault", |world| {
        world.apply(&secret_in_other()).await?;
        reaches(world, AZURE, "ContainerNotFound").await
    }
    LimitReached, "Salesforce has as many secrets of the type as it allows", |world| {
        let secret = |n: usize| json!({"type": "Data", "created": format!("2025-0{}-{:02}T08:00:00Z", 1 + n / 25, 1 + n % 25),
            "status": if n == 49 { "ACTIVE" } else { "ARCHIVED" }});
        let secrets: Vec<Value> = (0..50).map(secret).collect();
        let full = json!([{"organization_id": "00DB000000040bJMAQ", "name": "Full", "tenant_secrets": secrets}]);
        world.line.simulator.add(&serde_json::from_value(json!({"salesforce": full}))?)?;
        let organization = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceOrganization",
            "metadata": {"name": "full"},
            "spec": {"managerRef": {"name": "cm"}, "organizationId": "00DB000000040bJMAQ"}});
        world.apply(&organization.to_string()).await?;
        world.until_ready("SalesforceOrganization", "full").await?;
        world.apply(&manifests::tenant_secret("key", "Data").replace("acme", "full")).await?;
        reaches(world, SALESFORCE, "LimitReached").await
    }
    ValueRequired, "a new secret is wanted without a value", |world| {
        let manifest = manifests::azure_secret("key");
        let without: Vec<&str> = manifest.lines().filter(|line| !line.contains("valueFrom")).collect();
        world.apply(&without.join("\n")).await?;
        reaches(world, AZURE, "ValueRequired").await
    }
    SecretNotFound, "the Secret with the value is missing", |world| {
        world.apply(&manifests::azure_secret("key").replace("name: values", "name: missing")).await?;
        reaches(world, AZURE, "SecretNotFound").await
    }
    InvalidSpec, "CM refuses what the spec says", |world| {
        hinder(world, "/v1/cckm/oci/keys", refusal(400, "NCERRBadRequest: Bad HTTP request"));
        world.apply(&manifests::oci_key("key")).await?;
        reaches(world, OCI, "InvalidSpec").await
    }
    InvalidSpec, "a key is named that is of another shape", |world| {
        world.apply(&manifests::oci_key("first")).await?;
        let first = world.until_ready(OCI, "first").await?;
        world.delete(OCI, "first").await?;
        let named = manifests::oci_key("key").replace("length: 32", "length: 16");
        world.apply(&format!("{named}  keyId: {}\n", text(&first, "/cloudId"))).await?;
        reaches(world, OCI, "InvalidSpec").await
    }
    PermissionDenied, "the login may not make keys", |world| {
        let no = refusal(403, "NCERRInsufficientPermissions: insufficient permissions");
        hinder(world, "/v1/cckm/oci/keys", no);
        world.apply(&manifests::oci_key("key")).await?;
        reaches(world, OCI, "PermissionDenied").await
    }
    PendingDeletionTooShort, "a key asks for a shorter deletion period than the manager allows", |world| {
        world.patch("CipherTrustManager", "cm", json!({"spec": {"limits": {"minimumPendingDeletionDays": 14}}})).await?;
        made(world, OCI, &(manifests::oci_key("key") + "  pendingDeletionDays: 7\n")).await?;
        world.desire(OCI, "key", "PendingDeletion").await?;
        reaches(world, OCI, "PendingDeletionTooShort").await
    }
    Drifted, "somebody deletes a secret in the console", |world| {
        made(world, AZURE, &manifests::azure_secret("key")).await?;
        world.console(json!({"change": "azure-delete", "vault": "acme-billing", "name": "key"}))?;
        world.ask("AzureVault", "billing").await?;
        reaches(world, AZURE, "Drifted").await
    }
    RotatedElsewhere, "CM rotates a key that its object rotates as well", |world| {
        let key = manifests::oci_key("key") + "  rotation: {everyDays: 30}\n";
        made(world, OCI, &key).await?;
        let object = world.until_ready(OCI, "key").await?;
        let path = format!("/api/v1/cckm/oci/keys/{}/enable-auto-rotation", text(&object, "/resourceId"));
        world.somebody_sends(&path, &json!({"job_config_id": "nightly"})).await?;
        world.ask("OciVault", "payments").await?;
        reaches(world, OCI, "RotatedElsewhere").await
    }
    Suspended, "a key is held whose spec was changed", |world| {
        made(world, OCI, &manifests::oci_key("key")).await?;
        world.patch(OCI, "key", json!({"spec": {"suspend": true, "desiredState": "Disabled"}})).await?;
        reaches(world, OCI, "Suspended").await
    }
    NotRegistered, "a vault is named that CM does not know", |world| {
        world.apply(&vault_of("acme-unknown")).await?;
        world.until_reason("AzureVault", "other", "NotRegistered").await?;
        Ok(())
    }
}

async fn reaches(world: &mut World, kind: &str, reason: &str) -> Outcome {
    world.until_reason(kind, "key", reason).await?;
    Ok(())
}

async fn made(world: &mut World, kind: &str, manifest: &str) -> Outcome {
    world.apply(manifest).await?;
    world.until_ready(kind, "key").await?;
    Ok(())
}

/// A tenant secret that is made after that time.
fn due(created_after: &str) -> String {
    manifests::tenant_secret("key", "Data").replace("2025-06-01T00:00:00Z", created_after)
}

/// Somebody makes a secret in Azure's console.
fn theirs(world: &World) -> Outcome {
    let secret =
        json!({"change": "azure-set", "vault": "acme-billing", "name": "key", "value": "theirs"});
    world.console(secret)?;
    Ok(())
}

/// A second vault in Azure.
fn another_vault(world: &World) -> Outcome {
    let vault = json!({"azure": [{"name": "acme-other", "subscription_id": SUBSCRIPTION}]});
    world.line.simulator.add(&serde_json::from_value(vault)?)?;
    Ok(())
}

/// The object `other`, for a vault of that name.
fn vault_of(name: &str) -> String {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "other"},
        "spec": {"managerRef": {"name": "cm"}, "vaultName": name,
            "subscriptionId": SUBSCRIPTION}})
    .to_string()
}

fn secret_in_other() -> String {
    manifests::azure_secret("key").replace("name: billing", "name: other")
}

/// The next time somebody posts there, this happens.
fn hinder(world: &World, path: &str, kind: FaultKind) {
    world.line.simulator.inject(Fault {
        method: Some("POST".into()),
        times: 3,
        ..Fault::new(path, kind)
    });
}

/// A reply of CM.
fn refusal(status: u16, code: &str) -> FaultKind {
    FaultKind::Answer {
        status,
        body: json!({"code": 1, "codeDesc": code, "message": "no"}).to_string(),
        content_type: "application/json".to_owned(),
    }
}

/// A reply of a front end.
fn answer(status: u16) -> FaultKind {
    FaultKind::Answer {
        status,
        body: "<html>sorry</html>".to_owned(),
        content_type: "text/html".to_owned(),
    }
}
