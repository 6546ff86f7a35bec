//! Approvals are taken from those who may approve, in their own name.

use api::approval_policy::{APPROVE_VERB_MESSAGE, APPROVED_BY_MESSAGE, denial};
use k8s_openapi::{
    api::{
        authentication::v1::SelfSubjectReview,
        rbac::v1::{ClusterRole, PolicyRule, RoleBinding, RoleRef, Subject},
    },
    jiff::SignedDuration,
};
use kube::{
    Api, Client,
    api::{DynamicObject, ObjectMeta, PostParams},
};
use libtest_mimic::Trial;
use playground::{control_plane::ControlPlane, poll::eventually};
use serde_json::{Value, json};

use crate::{Outcome, SOON, admission::objects, installed, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "who holds the verb approve may approve in their own name",
            in_own_name,
        ),
        trial(
            "nobody approves in another name, not even an administrator",
            in_another_name,
        ),
        trial("who lacks the verb approve may not approve", without_verb),
        trial(
            "the verb approve counts for the kind and name it is given for",
            of_one_key,
        ),
        trial("an approval lasts 7 days at most", longest),
        trial(
            "the operator cannot approve, and can tell so from a dry run",
            operator,
        ),
    ]
}

/// An approval of one action on a key called `master`.
pub(crate) fn approval(kind: &str, user: &str) -> Outcome<DynamicObject> {
    let action = match kind {
        "SalesforceTenantSecret" => "Destroy",
        "AzureSecret" => "HardDelete",
        _ => "ScheduleDeletion",
    };
    Ok(serde_json::from_value(json!({
        "apiVersion": format!("{}/{}", api::GROUP, api::VERSION),
        "kind": "DestructionApproval",
        "metadata": {"generateName": "approval-"},
        "spec": {
            "targetRef": {"kind": kind, "name": "master"},
            "actions": [{"action": action, "cloudId": "a", "token": "v1:00112233445566778899aabbccddeeff"}],
            "reason": "CHG-1234",
            "approvedBy": user,
        },
    }))?)
}

/// Tries to create an approval: nothing, or why it was refused.
pub(crate) async fn approve(
    client: &Client,
    namespace: &str,
    approval: &DynamicObject,
) -> Outcome<Option<String>> {
    let approvals = objects(client.clone(), "DestructionApproval", namespace).await?;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    match approvals.create(&dry_run, approval).await {
        Ok(_) => Ok(None),
        Err(kube::Error::Api(status)) => Ok(Some(status.message)),
        Err(error) => Err(error.into()),
    }
}

/// Binds a cluster role to a group in a namespace, and waits until that tells.
pub(crate) async fn bind(
    control_plane: &ControlPlane,
    namespace: &str,
    role: &str,
    group: &str,
) -> Outcome {
    let binding = RoleBinding {
        metadata: ObjectMeta {
            name: Some(format!("{role}-{group}")),
            ..ObjectMeta::default()
        },
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: role.to_owned(),
        },
        subjects: Some(vec![Subject {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "Group".to_owned(),
            name: group.to_owned(),
            namespace: None,
        }]),
    };
    let bindings = Api::namespaced(control_plane.admin_client().await?, namespace);
    bindings.create(&PostParams::default(), &binding).await?;
    Ok(())
}

/// Waits for the refusal of an approval that begins or ends so; nothing: until it is accepted.
pub(crate) async fn expect(
    client: &Client,
    namespace: &str,
    approval: &DynamicObject,
    refusal: Option<&str>,
) -> Outcome {
    eventually(SOON, &format!("the answer is {refusal:?}"), async || {
        let answer = approve(client, namespace, approval)
            .await
            .map_err(|error| error.to_string())?;
        match (&answer, refusal) {
            (None, None) => Ok(()),
            (Some(answer), Some(refusal)) if answer.ends_with(refusal) => Ok(()),
            _ => Err(format!("it is {answer:?}")),
        }
    })
    .await?;
    Ok(())
}

const KINDS: [&str; 3] = ["SalesforceTenantSecret", "AzureSecret", "OciKey"];

async fn in_own_name() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("approve").await?;
    bind(control_plane, &namespace, "cckm-approver", "approvers").await?;
    let alice = control_plane.user_client("alice").await?;
    for kind in KINDS {
        expect(&alice, &namespace, &approval(kind, "alice")?, None).await?;
    }
    Ok(())
}

async fn in_another_name() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("approve").await?;
    bind(control_plane, &namespace, "cckm-approver", "approvers").await?;
    let alice = control_plane.user_client("alice").await?;
    let admin = control_plane.admin_client().await?;
    for client in [alice, admin] {
        let refusal = denial(APPROVED_BY_MESSAGE);
        expect(
            &client,
            &namespace,
            &approval("AzureSecret", "bob")?,
            Some(&refusal),
        )
        .await?;
    }
    Ok(())
}

async fn without_verb() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("approve").await?;
    let creator = ClusterRole {
        metadata: ObjectMeta {
            name: Some(namespace.clone()),
            ..ObjectMeta::default()
        },
        rules: Some(vec![rule(&["destructionapprovals"], &["create"], None)]),
        ..ClusterRole::default()
    };
    let roles = Api::all(control_plane.admin_client().await?);
    roles.create(&PostParams::default(), &creator).await?;
    bind(control_plane, &namespace, &namespace, "authors").await?;
    let bob = control_plane.user_client("bob").await?;
    for kind in KINDS {
        let refusal = denial(APPROVE_VERB_MESSAGE);
        expect(&bob, &namespace, &approval(kind, "bob")?, Some(&refusal)).await?;
    }
    Ok(())
}

fn rule(resources: &[&str], verbs: &[&str], name: Option<&str>) -> PolicyRule {
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    PolicyRule {
        api_groups: Some(owned(&[api::GROUP])),
        resources: Some(owned(resources)),
        resource_names: name.map(|name| owned(&[name])),
        verbs: owned(verbs),
        ..PolicyRule::default()
    }
}

async fn of_one_key() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("approve").await?;
    let role = ClusterRole {
        metadata: ObjectMeta {
            name: Some(namespace.clone()),
            ..ObjectMeta::default()
        },
        rules: Some(vec![
            rule(&["destructionapprovals"], &["create"], None),
            rule(&["ocikeys"], &["approve"], Some("master")),
            rule(&["azuresecrets"], &["approve"], Some("other")),
        ]),
        ..ClusterRole::default()
    };
    let roles = Api::all(control_plane.admin_client().await?);
    roles.create(&PostParams::default(), &role).await?;
    bind(control_plane, &namespace, &namespace, "authors").await?;
    let bob = control_plane.user_client("bob").await?;
    let refusal = denial(APPROVE_VERB_MESSAGE);
    expect(&bob, &namespace, &approval("OciKey", "bob")?, None).await?;
    expect(
        &bob,
        &namespace,
        &approval("AzureSecret", "bob")?,
        Some(&refusal),
    )
    .await?;
    let elsewhere = control_plane.namespace("elsewhere").await?;
    bind(control_plane, &elsewhere, "edit", "authors").await?;
    let answer = approve(&bob, &elsewhere, &approval("OciKey", "bob")?).await?;
    assert!(answer.is_some(), "approved in another namespace");
    Ok(())
}

async fn longest() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("approve").await?;
    let admin = control_plane.admin_client().await?;
    let users = Api::<SelfSubjectReview>::all(admin.clone());
    let review = users
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let name = review
        .status
        .and_then(|status| status.user_info?.username)
        .ok_or("no name")?;
    let approvals = objects(admin.clone(), "DestructionApproval", &namespace).await?;
    let made = approvals
        .create(&PostParams::default(), &approval("OciKey", &name)?)
        .await?;
    let now = made
        .metadata
        .creation_timestamp
        .ok_or("no creation time")?
        .0;
    let with_end = |hours: i64| -> Outcome<DynamicObject> {
        let mut approval = approval("OciKey", &name)?;
        let end = now + SignedDuration::from_hours(hours);
        approval.data["spec"]["expiresAt"] = Value::from(end.to_string());
        Ok(approval)
    };
    assert_eq!(approve(&admin, &namespace, &with_end(7 * 24)?).await?, None);
    let refusal = approve(&admin, &namespace, &with_end(7 * 24 + 1)?)
        .await?
        .ok_or("it was accepted")?;
    assert!(
        refusal.contains("An approval lasts 7 days at most."),
        "{refusal}"
    );
    Ok(())
}

async fn operator() -> Outcome {
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("probe").await?;
    let operator = control_plane
        .service_account_client("cckm-system", "cckm-operator")
        .await?;
    let own_name = "system:serviceaccount:cckm-system:cckm-operator";
    for (name, message) in [
        (own_name, APPROVE_VERB_MESSAGE),
        ("alice", APPROVED_BY_MESSAGE),
    ] {
        for kind in KINDS {
            let refusal = approve(&operator, &namespace, &approval(kind, name)?).await?;
            let refusal = refusal.ok_or("the operator may approve")?;
            assert!(refusal.ends_with(&denial(message)), "{refusal}");
        }
    }
    Ok(())
}
