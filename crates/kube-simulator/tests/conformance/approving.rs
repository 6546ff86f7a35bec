//! The project's admission policy.

use kube::api::{DynamicObject, PostParams};
use playground::poll::eventually;
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, SOON, Sentence, assert_refused, assert_same, refused, sentence},
    server::{Scene, object},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("who may approve does so in their own name", own_name),
        sentence(
            "nobody approves in another name, not even an administrator",
            another_name,
        ),
        sentence(
            "the operator is refused by the policy's words, whichever rule it breaks",
            operator,
        ),
        sentence("an approval lasts a week at most", longest),
        sentence(
            "what the schema refuses is not shown to the policy",
            schema_first,
        ),
        sentence(
            "a name is taken only after the policy has spoken",
            policy_first,
        ),
        sentence("a policy is an object", policies),
    ]
}

const DENIED: &str = "ValidatingAdmissionPolicy 'cckm-destruction-approval' with binding 'cckm-destruction-approval' denied request: ";

fn approval(kind: &str, user: &str) -> Outcome<DynamicObject> {
    let action = match kind {
        "SalesforceTenantSecret" => "Destroy",
        "AzureSecret" => "HardDelete",
        _ => "ScheduleDeletion",
    };
    object(&json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": "DestructionApproval",
        "metadata": {"name": "chg-1234"},
        "spec": {
            "targetRef": {"kind": kind, "name": "master"},
            "actions": [{"action": action, "cloudId": "a", "token": "v1:00112233445566778899aabbccddeeff"}],
            "reason": "CHG-1234",
            "approvedBy": user,
        },
    }))
}

fn dry_run() -> PostParams {
    PostParams {
        dry_run: true,
        ..PostParams::default()
    }
}

async fn own_name(scene: Scene) -> Outcome {
    let alice = scene.seen_by(scene.server.user("alice").await?);
    for kind in ["SalesforceTenantSecret", "AzureSecret", "OciKey"] {
        alice
            .objects("DestructionApproval")
            .create(&dry_run(), &approval(kind, "alice")?)
            .await?;
    }
    Ok(())
}

async fn another_name(scene: Scene) -> Outcome {
    let alice = scene.server.user("alice").await?;
    for client in [alice, scene.client.clone()] {
        let result = scene
            .seen_by(client)
            .objects("DestructionApproval")
            .create(&dry_run(), &approval("OciKey", "bob")?)
            .await;
        let status = refused(result)?;
        let why = format!("{DENIED}spec.approvedBy has to be the user who creates the approval.");
        assert_same((status.code, status.reason.as_str()), (403, "Forbidden"))?;
        assert_same(
            status.message.clone(),
            format!("destructionapprovals.cckm.dev \"chg-1234\" is forbidden: {why}"),
        )?;
        let details = status.details.ok_or("no details")?;
        assert_same(
            [details.name, details.group, details.kind],
            ["chg-1234", "cckm.dev", "destructionapprovals"],
        )?;
        let causes: Vec<_> = details.causes.iter().map(|cause| &cause.message).collect();
        assert_same(causes, [&why])?;
    }
    Ok(())
}

async fn operator(scene: Scene) -> Outcome {
    let operator = scene.seen_by(scene.server.operator().await?);
    let own = "system:serviceaccount:cckm-system:cckm-operator";
    for (name, rule) in [
        (
            "cckm-operator:probe:nobody",
            "spec.approvedBy has to be the user who creates the approval.",
        ),
        (
            own,
            "The user has to be allowed the verb approve on the key that spec.targetRef names.",
        ),
    ] {
        let mut probe = approval("AzureSecret", name)?;
        probe.metadata.name = None;
        probe.metadata.generate_name = Some("cckm-operator-probe-".to_owned());
        let result = operator
            .objects("DestructionApproval")
            .create(&dry_run(), &probe)
            .await;
        let status = refused(result)?;
        assert_same((status.code, status.reason.as_str()), (403, "Forbidden"))?;
        assert_same(status.message.ends_with(&format!("{DENIED}{rule}")), true)?;
        let begins = "destructionapprovals.cckm.dev \"cckm-operator-probe-";
        assert_same(status.message.starts_with(begins), true)?;
    }
    Ok(())
}

async fn longest(scene: Scene) -> Outcome {
    let made = scene.make("clock").await?;
    let now = made.metadata.creation_timestamp.ok_or("no time")?.0;
    let until = |hours: i64| -> Outcome<DynamicObject> {
        let mut approval = approval("OciKey", "admin")?;
        let end = now + k8s_openapi::jiff::SignedDuration::from_hours(hours);
        approval.data["spec"]["expiresAt"] = Value::from(end.to_string());
        Ok(approval)
    };
    let api = scene.objects("DestructionApproval");
    api.create(&dry_run(), &until(168)?).await?;
    assert_refused(
        api.create(&dry_run(), &until(169)?).await,
        422,
        "Invalid",
        &format!(
            "destructionapprovals.cckm.dev \"chg-1234\" is forbidden: {DENIED}An approval lasts 7 days at most. Set \
             spec.expiresAt to an earlier time, or leave it out for 24 hours."
        ),
    )
}

async fn schema_first(scene: Scene) -> Outcome {
    let mut wrong = approval("OciKey", "bob")?;
    wrong.data["spec"]["targetRef"]["kind"] = json!("Namespace");
    let api = scene.objects("DestructionApproval");
    let status = refused(api.create(&dry_run(), &wrong).await)?;
    let causes = status.details.ok_or("no details")?.causes;
    assert_same(
        causes.first().map(|cause| cause.field.as_str()),
        Some("spec.targetRef.kind"),
    )
}

async fn policy_first(scene: Scene) -> Outcome {
    let api = scene.objects("DestructionApproval");
    api.create(&PostParams::default(), &approval("OciKey", "admin")?)
        .await?;
    let again = api.create(&dry_run(), &approval("OciKey", "admin")?).await;
    assert_same(refused(again)?.reason.as_str(), "AlreadyExists")?;
    let again = api.create(&dry_run(), &approval("OciKey", "bob")?).await;
    assert_same(refused(again)?.reason.as_str(), "Forbidden")
}

async fn policies(scene: Scene) -> Outcome {
    use k8s_openapi::api::admissionregistration::v1::{
        ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
    };
    use kube::{Api, ResourceExt};
    let operator = scene.server.operator().await?;
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(operator.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(operator);
    let name = "cckm-destruction-approval";
    let policy = policies.get(name).await?;
    let binding = bindings.get(name).await?;
    assert_same(policy.creation_timestamp().is_some(), true)?;
    assert_same(binding.creation_timestamp().is_some(), true)?;
    assert_same(refused(policies.get("another").await)?.code, 403)?;
    // Enforced: it takes the real server a moment after it took the policy.
    eventually(SOON, "the policy refuses", async || {
        let api = scene.objects("DestructionApproval");
        let wrong = approval("OciKey", "bob").map_err(|error| error.to_string())?;
        match api.create(&dry_run(), &wrong).await {
            Ok(_) => Err("it is taken".to_owned()),
            Err(_) => Ok(()),
        }
    })
    .await?;
    Ok(())
}
