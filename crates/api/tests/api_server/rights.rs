//! Who may do what with the shipped roles.

use k8s_openapi::api::{
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
    rbac::v1::ClusterRole,
};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, PostParams},
    core::Selector,
};
use libtest_mimic::Trial;
use playground::poll::eventually;

use crate::{Outcome, SOON, approvals::bind, installed, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "the operator reads all kinds and writes their status, and nothing else of them",
            operator_on_kinds,
        ),
        trial(
            "the operator reads Secrets by name and never lists them",
            operator_on_secrets,
        ),
        trial(
            "the operator writes its own lease and its own key, in its own namespace only",
            operator_at_home,
        ),
        trial(
            "a viewer sees, an author writes, an approver approves",
            users,
        ),
        trial(
            "the cluster's own roles view and edit include viewers and authors, and no approver",
            aggregation,
        ),
    ]
}

/// Somebody, by user name or group.
#[derive(Clone, Copy, Debug)]
enum Who<'a> {
    User(&'a str),
    Group(&'a str),
}

const OPERATOR: Who<'static> = Who::User("system:serviceaccount:cckm-system:cckm-operator");

/// What is asked of the API server: a verb on `group/resource/subresource`, perhaps of one name.
async fn may(
    client: &Client,
    who: Who<'_>,
    verb: &str,
    what: &str,
    name: &str,
    namespace: &str,
) -> Outcome<bool> {
    let mut parts = what.split('/');
    let mut part = || parts.next().map(str::to_owned);
    let (group, resource, subresource) = (part(), part(), part());
    let (user, groups) = match who {
        Who::User(user) => (user, vec![]),
        Who::Group(group) => ("somebody", vec![group.to_owned()]),
    };
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(user.to_owned()),
            groups: Some(groups),
            resource_attributes: Some(ResourceAttributes {
                group,
                resource,
                subresource,
                name: Some(name.to_owned()),
                namespace: Some(namespace.to_owned()),
                verb: Some(verb.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let reviews = Api::<SubjectAccessReview>::all(client.clone());
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// Holds that somebody may do exactly `granted` of all verbs.
async fn may_exactly(
    client: &Client,
    who: Who<'_>,
    what: &str,
    name: &str,
    namespace: &str,
    granted: &[&str],
) -> Outcome {
    const VERBS: [&str; 9] = [
        "approve",
        "create",
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "update",
        "watch",
    ];
    eventually(
        SOON,
        &format!("{who:?} may {granted:?} {what}"),
        async || {
            let mut found = Vec::new();
            for verb in VERBS {
                if may(client, who, verb, what, name, namespace)
                    .await
                    .map_err(|error| error.to_string())?
                {
                    found.push(verb);
                }
            }
            if found == granted {
                Ok(())
            } else {
                Err(format!("they may {found:?}"))
            }
        },
    )
    .await?;
    Ok(())
}

fn kinds() -> Vec<String> {
    api::all_crds()
        .into_iter()
        .map(|crd| format!("{}/{}", api::GROUP, crd.spec.names.plural))
        .collect()
}

async fn operator_on_kinds() -> Outcome {
    let client = installed().await?.admin_client().await?;
    for kind in kinds() {
        let granted: &[_] = if kind.ends_with("/destructionapprovals") {
            &["create", "get", "list", "watch"]
        } else {
            &["get", "list", "watch"]
        };
        may_exactly(&client, OPERATOR, &kind, "", "shop", granted).await?;
        may_exactly(
            &client,
            OPERATOR,
            &format!("{kind}/status"),
            "",
            "shop",
            &["patch"],
        )
        .await?;
    }
    Ok(())
}

async fn operator_on_secrets() -> Outcome {
    let client = installed().await?.admin_client().await?;
    for what in ["/secrets", "/configmaps"] {
        may_exactly(&client, OPERATOR, what, "cm-login", "shop", &["get"]).await?;
    }
    may_exactly(
        &client,
        OPERATOR,
        "events.k8s.io/events",
        "",
        "shop",
        &["create", "patch"],
    )
    .await?;
    may_exactly(&client, OPERATOR, "/namespaces", "", "", &["list", "watch"]).await?;
    for what in [
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ] {
        let what = format!("admissionregistration.k8s.io/{what}");
        may_exactly(
            &client,
            OPERATOR,
            &what,
            api::approval_policy::POLICY,
            "",
            &["get"],
        )
        .await?;
        may_exactly(&client, OPERATOR, &what, "another", "", &[]).await?;
    }
    assert!(
        may(
            &client,
            OPERATOR,
            "create",
            "authentication.k8s.io/selfsubjectreviews",
            "",
            ""
        )
        .await?
    );
    Ok(())
}

async fn operator_at_home() -> Outcome {
    let client = installed().await?.admin_client().await?;
    let leases = "coordination.k8s.io/leases";
    for (name, namespace, verbs) in [
        (
            "cckm-operator",
            "cckm-system",
            &["create", "get", "update"][..],
        ),
        // A name can't limit create.
        ("somebody-elses", "cckm-system", &["create"]),
        ("cckm-operator", "shop", &[]),
    ] {
        may_exactly(&client, OPERATOR, leases, name, namespace, verbs).await?;
    }
    // Any other it could make the token of a ServiceAccount.
    for (name, verbs) in [
        ("cckm-operator-hmac", &["create", "get", "patch"][..]),
        ("another", &["get"]),
    ] {
        may_exactly(&client, OPERATOR, "/secrets", name, "cckm-system", verbs).await?;
    }
    may_exactly(&client, OPERATOR, "/pods", "", "cckm-system", &[]).await
}

async fn users() -> Outcome {
    const KEYS: [&str; 4] = [
        "azuresecrets",
        "ocikeys",
        "salesforcerotations",
        "salesforcetenantsecrets",
    ];
    const READ: &[&str] = &["get", "list", "watch"];
    const WRITE: &[&str] = &[
        "create",
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "update",
        "watch",
    ];
    let control_plane = installed().await?;
    let namespace = control_plane.namespace("roles").await?;
    for (role, group) in [
        ("cckm-viewer", "viewers"),
        ("cckm-author", "authors"),
        ("cckm-admin", "admins"),
        ("cckm-approver", "approvers"),
    ] {
        bind(control_plane, &namespace, role, group).await?;
    }
    let client = control_plane.admin_client().await?;
    for kind in kinds() {
        let plural = kind.rsplit('/').next().unwrap_or_default();
        let approval = plural == "destructionapprovals";
        may_exactly(&client, Who::Group("viewers"), &kind, "", &namespace, READ).await?;
        let manager = plural.ends_with("ciphertrustmanagers");
        let author = if approval || manager { READ } else { WRITE };
        may_exactly(
            &client,
            Who::Group("authors"),
            &kind,
            "",
            &namespace,
            author,
        )
        .await?;
        let admin: &[_] = if manager { WRITE } else { &[] };
        may_exactly(&client, Who::Group("admins"), &kind, "", &namespace, admin).await?;
        let approver: &[_] = match plural {
            _ if approval => &["create", "delete", "get", "list", "patch", "watch"],
            _ if KEYS.contains(&plural) => &["approve", "get", "list", "watch"],
            _ => &[],
        };
        may_exactly(
            &client,
            Who::Group("approvers"),
            &kind,
            "",
            &namespace,
            approver,
        )
        .await?;
        for group in ["viewers", "authors", "admins", "approvers"] {
            may_exactly(
                &client,
                Who::Group(group),
                &format!("{kind}/status"),
                "",
                &namespace,
                &[],
            )
            .await?;
        }
    }
    Ok(())
}

/// By what the API server's own roles select; the controller that adds the rules up doesn't run here.
async fn aggregation() -> Outcome {
    let control_plane = installed().await?;
    let roles = Api::<ClusterRole>::all(control_plane.admin_client().await?);
    for (own, expected) in [
        ("view", "cckm-viewer"),
        ("edit", "cckm-author"),
        ("admin", "cckm-admin"),
    ] {
        let rule = roles.get(own).await?.aggregation_rule.unwrap_or_default();
        let mut selected = Vec::new();
        for selector in rule.cluster_role_selectors.unwrap_or_default() {
            let selector = Selector::try_from(selector)?;
            let found = roles
                .list(&ListParams::default().labels_from(&selector))
                .await?;
            selected.extend(found.iter().map(ResourceExt::name_any));
        }
        selected.retain(|name| name.starts_with("cckm-"));
        assert_eq!(selected, [expected], "{own}");
    }
    Ok(())
}
