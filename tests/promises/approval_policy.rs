//! Approvals are worth what the admission policy holds them to: it has to be in force when somebody approves, and be
//! seen to be when the act is due. Who may do what, and approvals by pull request.

use std::{path::Path, time::Duration};

use kube::{
    Api,
    api::{Patch, PatchParams, PostParams, ValidationDirective},
    core::DynamicObject,
};
use libtest_mimic::Trial;
use playground::{
    control_plane::{ControlPlane, Options as ControlPlaneOptions},
    poll::eventually,
    shared,
    world::{
        Options, World,
        object::{resource, status},
    },
};
use serde_json::{Value, json};

use crate::{
    deeds::were_announced,
    harness::{Outcome, SOON, refusal, trial, trial_within},
    manifests,
    people::grant,
};

const KIND: &str = "AzureSecret";
const POLICY: &str = "validatingadmissionpolicy/cckm-destruction-approval";
const BINDING: &str = "validatingadmissionpolicybinding/cckm-destruction-approval";

pub(crate) fn tests() -> Vec<Trial> {
    let long = Duration::from_mins(4);
    vec![
        trial_within(
            long,
            "an approval from a time when the policy was missing, lax or exempting never counts, and a later one does",
            sabotaged,
        ),
        trial_within(
            long,
            "in strict mode nobody approves who may change the key",
            strict,
        ),
        trial(
            "viewers read, authors write what is desired, approvers approve, and nobody does more",
            roles,
        ),
        trial(
            "an approval by pull request is applied server-side as an account that may approve, and makes no difference again",
            by_pull_request,
        ),
    ]
}

/// How the policy is made worth nothing while it seems to be there, as patches of policy and binding.
const SABOTAGES: [(&str, Sabotage); 4] = [
    ("unbound", Sabotage::Delete(BINDING)),
    (
        "lax",
        Sabotage::Patch(
            POLICY,
            r#"{"spec": {"validations": [{"expression": "true"}]}}"#,
        ),
    ),
    (
        "exempting",
        Sabotage::Patch(
            BINDING,
            r#"{"spec": {"matchResources": {"namespaceSelector": {"matchLabels": {"approvals": "checked"}}}}}"#,
        ),
    ),
    (
        "warning",
        Sabotage::Patch(BINDING, r#"{"spec": {"validationActions": ["Warn"]}}"#),
    ),
];

#[derive(Clone, Copy)]
enum Sabotage {
    Delete(&'static str),
    Patch(&'static str, &'static str),
}

async fn sabotaged() -> Outcome {
    // A control plane of its own, for the policy is the whole cluster's.
    let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    let world = World::start(&control_plane, Options::default()).await?;
    grant(&world, "alice", "cckm-approver").await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    for (name, _) in SABOTAGES {
        world.apply(&manifests::azure_secret(name)).await?;
        world.until_ready(KIND, name).await?;
        world.desire(KIND, name, "Purged").await?;
        world.until_reason(KIND, name, "AwaitingApproval").await?;
    }
    for (name, sabotage) in SABOTAGES {
        let arguments = match sabotage {
            Sabotage::Delete(what) => vec!["delete", what],
            Sabotage::Patch(what, patch) => vec!["patch", what, "--type=merge", "--patch", patch],
        };
        succeed(&control_plane, &arguments).await?;
        // The API server takes a moment to notice. Then alice approves in somebody else's name, what she knew of before
        // and what is asked for by then.
        forge(&world, name, "before").await?;
        world.until_reason(KIND, name, "ApprovalStale").await?;
        forge(&world, name, "after").await?;
        world
            .until_reason(KIND, name, "ApprovalPolicyMissing")
            .await?;
        if matches!(sabotage, Sabotage::Delete(_)) {
            let approval = format!("{name}-after");
            world
                .until_reason("DestructionApproval", &approval, "ApprovalPolicyMissing")
                .await?;
        }

        repair(&control_plane).await?;
        // What was approved meanwhile counts for nothing afterwards, either.
        world
            .annotate(KIND, name, "reconcile.fluxcd.io/requestedAt", name)
            .await?;
        world.until_reason(KIND, name, "ApprovalStale").await?;
        world.approve_as("alice", KIND, name).await?;
        world.until_ready(KIND, name).await?;
    }
    were_announced(&world).await
}

/// Approves in the name of somebody else, as soon as the API server lets that happen.
async fn forge(world: &World<'_>, name: &str, when: &str) -> Outcome {
    let mut forged = approval(world, name, "the-boss").await?;
    forged.metadata.name = Some(format!("{name}-{when}"));
    eventually(SOON, "the policy refuses nothing", async || {
        let made = create(world, "alice", &forged).await;
        made.map_err(|error| error.to_string())
    })
    .await?;
    Ok(())
}

/// Puts policy and binding back to what is shipped, as they are or made anew, and waits until they are enforced.
async fn repair(control_plane: &ControlPlane) -> Outcome {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/policy");
    // Replaces all that is there, fields of others too; what is missing it calls an error, and is installed next.
    let folder = shipped.to_string_lossy();
    let replace = ["replace", "-k", &folder];
    control_plane.kubectl(&replace).await?;
    control_plane.install_folder(&shipped).await?;
    Ok(())
}

async fn succeed(control_plane: &ControlPlane, arguments: &[&str]) -> Outcome {
    let output = control_plane.kubectl(arguments).await?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// An approval of what that key asks for, in that name.
async fn approval(world: &World<'_>, name: &str, approver: &str) -> Outcome<DynamicObject> {
    let asks = |object: &DynamicObject| {
        let asked = status(object, "/plan/approvals").clone();
        asked
            .is_array()
            .then_some(asked)
            .ok_or_else(|| "it asks for nothing".to_owned())
    };
    let actions = world.until(KIND, name, "it asks", asks).await?;
    Ok(serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": "DestructionApproval",
        "metadata": {"name": format!("purge-{name}"), "namespace": world.namespace()},
        "spec": {
            "targetRef": {"kind": KIND, "name": name},
            "actions": actions,
            "reason": "CHG-4711",
            "approvedBy": approver,
        },
    }))?)
}

async fn approvals(world: &World<'_>, user: &str) -> Outcome<Api<DynamicObject>> {
    let client = world.control_plane().user_client(user).await?;
    let kind = resource("DestructionApproval");
    Ok(Api::namespaced_with(client, world.namespace(), &kind))
}

async fn create(world: &World<'_>, user: &str, approval: &DynamicObject) -> Outcome {
    let api = approvals(world, user).await?;
    api.create(&PostParams::default(), approval).await?;
    Ok(())
}

async fn strict() -> Outcome {
    let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    let world = World::start(&control_plane, Options::default()).await?;
    let strict = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/policy/strict");
    control_plane.install_folder(&strict).await?;
    grant(&world, "alice", "cckm-approver").await?;
    grant(&world, "carol", "cckm-approver").await?;
    grant(&world, "carol", "cckm-author").await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("doomed")).await?;
    world.until_ready(KIND, "doomed").await?;
    world.desire(KIND, "doomed", "Purged").await?;
    world
        .until_reason(KIND, "doomed", "AwaitingApproval")
        .await?;
    let refused = refusal(world.approve_as("carol", KIND, "doomed").await)?;
    assert!(
        refused.contains("The user may make or change the key"),
        "{refused}"
    );
    world.approve_as("alice", KIND, "doomed").await?;
    world.until_ready(KIND, "doomed").await?;
    Ok(())
}

async fn roles() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    grant(&world, "alice", "cckm-approver").await?;
    grant(&world, "bob", "cckm-author").await?;
    grant(&world, "carol", "cckm-viewer").await?;
    let verbs = [
        "get", "list", "watch", "create", "patch", "delete", "approve",
    ];
    let keys = "azuresecrets.cckm.dev";
    let approvals = "destructionapprovals.cckm.dev";
    let expected = [
        ("carol", keys, "get list watch"),
        ("carol", approvals, "get list watch"),
        ("bob", keys, "get list watch create patch delete"),
        ("bob", approvals, "get list watch"),
        ("alice", keys, "get list watch approve"),
        ("alice", approvals, "get list watch create patch delete"),
        // What a status says was announced, and an approval's claims, are the operator's word alone.
        ("bob", "azuresecrets.cckm.dev --subresource=status", ""),
        (
            "alice",
            "destructionapprovals.cckm.dev --subresource=status",
            "",
        ),
    ];
    for (user, what, may) in expected {
        let kubeconfig = world.control_plane().user_kubeconfig(user)?;
        let mut can = Vec::new();
        for verb in verbs {
            let mut arguments = vec!["auth", "can-i", "-n", world.namespace(), verb];
            arguments.extend(what.split(' '));
            let output = world
                .control_plane()
                .kubectl_as(kubeconfig, &arguments)
                .await?;
            if output.status.success() {
                can.push(verb);
            }
        }
        assert_eq!(can.join(" "), may, "{user} on {what}");
    }
    Ok(())
}

/// As Flux's kustomize-controller does with a Kustomization whose `serviceAccountName` may approve.
async fn by_pull_request() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    let namespace = world.namespace();
    // Where authors may do nothing: who may edit a namespace may act as its accounts.
    let apart = world.control_plane().namespace("approvals").await?;
    let account = format!("system:serviceaccount:{apart}:approver");
    let client = world
        .control_plane()
        .service_account_client(&apart, "approver")
        .await?;
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "approvals"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cckm-approver"},
        "subjects": [{"kind": "ServiceAccount", "name": "approver", "namespace": apart}]});
    world.apply(&binding.to_string()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("doomed")).await?;
    world.until_ready(KIND, "doomed").await?;
    world.desire(KIND, "doomed", "Purged").await?;
    let committed = approval(&world, "doomed", &account).await?;

    let api: Api<DynamicObject> =
        Api::namespaced_with(client, namespace, &resource("DestructionApproval"));
    let forced = PatchParams {
        force: true,
        field_manager: Some("kustomize-controller".to_owned()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    let dry_run = PatchParams {
        dry_run: true,
        ..forced.clone()
    };
    let patch = Patch::Apply(&committed);
    api.patch("purge-doomed", &dry_run, &patch).await?;
    api.patch("purge-doomed", &forced, &patch).await?;
    world.until_ready(KIND, "doomed").await?;
    world
        .until_reason("DestructionApproval", "purge-doomed", "Spent")
        .await?;

    // Used up, it stays in git, and is applied again at every interval: nothing differs, and nothing is written.
    let before = api.get("purge-doomed").await?;
    for parameters in [&dry_run, &forced] {
        let after = api.patch("purge-doomed", parameters, &patch).await?;
        assert_eq!(spec(&after), spec(&before));
        assert_eq!(
            after.metadata.resource_version,
            before.metadata.resource_version
        );
    }
    were_announced(&world).await
}

fn spec(object: &DynamicObject) -> &Value {
    &object.data["spec"]
}
