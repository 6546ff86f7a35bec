//! The ground that the promises are tested on.

mod lifetime;

use std::{collections::BTreeSet, path::Path};

use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    core::v1::{ConfigMap, Namespace, Secret},
};
use kube::{
    Api,
    api::{DeleteParams, DynamicObject, ListParams, ObjectMeta, PostParams},
    discovery::pinned_group,
};
use libtest_mimic::Trial;
use playground::{control_plane::AuditEvent, poll::eventually, shared};

pub(crate) use lifetime::ROLES;

use crate::harness::{Outcome, SOON, refusal, trial};

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = vec![
        trial(
            "it is a Kubernetes that the operator supports",
            supported_version,
        ),
        trial("kubectl is of the server's version", kubectl_version),
        trial(
            "a user without rights is refused, and the audit log says who it was",
            refused_user,
        ),
        trial("a service account is who its token says", service_account),
        trial(
            "an installed kind is served with the rules of its schema",
            installed_kind,
        ),
        trial("our kinds are installed and served", our_kinds),
        trial(
            "a manifest with a field that the schema lacks is refused",
            strict_install,
        ),
        trial(
            "an installed admission policy is enforced at once",
            installed_policy,
        ),
        trial(
            "a deleted namespace goes away with what is in it",
            deleted_namespace,
        ),
        trial(
            "a user that it was not started with is named with those that there are",
            unknown_user,
        ),
    ];
    tests.extend(lifetime::tests());
    tests
}

async fn supported_version() -> Outcome {
    let version = shared()
        .await?
        .admin_client()
        .await?
        .apiserver_version()
        .await?;
    assert_eq!(version.major, "1");
    assert!(
        version.minor.parse::<u32>()? >= 33,
        "it is 1.{}",
        version.minor
    );
    Ok(())
}

async fn kubectl_version() -> Outcome {
    let output = shared()
        .await?
        .kubectl(&["version", "--output=json"])
        .await?;
    let versions: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let client = versions["clientVersion"]["gitVersion"]
        .as_str()
        .ok_or("no version of kubectl")?;
    assert_eq!(versions["serverVersion"]["gitVersion"], client);
    Ok(())
}

async fn refused_user() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("refused").await?;
    let mark = control_plane.audit_mark()?;
    let carol = Api::<Secret>::namespaced(control_plane.user_client("carol").await?, &namespace);
    let message = refusal(carol.list(&ListParams::default()).await)?;
    assert!(
        message.contains(r#"User "carol" cannot list resource "secrets""#),
        "{message}"
    );

    let of_this_test = |event: &AuditEvent| {
        event
            .object_ref
            .as_ref()
            .is_some_and(|object| object.resource == "secrets" && object.namespace == namespace)
    };
    let event = eventually(SOON, "the audit log has the refusal", async || {
        let events = control_plane
            .audit_log_since(mark)
            .map_err(|error| error.to_string())?;
        events
            .into_iter()
            .find(of_this_test)
            .ok_or_else(|| "it has no such request".to_owned())
    })
    .await?;
    assert_eq!(
        (
            event.user.username.as_str(),
            event.verb.as_str(),
            event.code()
        ),
        ("carol", "list", Some(403))
    );
    assert!(!event.is_write());
    Ok(())
}

async fn service_account() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("account").await?;
    let client = control_plane
        .service_account_client(&namespace, "operator")
        .await?;
    let reviews = Api::<SelfSubjectReview>::all(client);
    let review = reviews
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let user = review
        .status
        .and_then(|status| status.user_info)
        .unwrap_or_default();
    assert_eq!(
        user.username,
        Some(format!("system:serviceaccount:{namespace}:operator"))
    );
    Ok(())
}

async fn installed_kind() -> Outcome {
    let control_plane = shared().await?;
    // The object first: the order of the text doesn't matter.
    control_plane
        .install(&format!("{}---\n{LAMPS}", lamp("one", 100)))
        .await?;
    let message = refusal(control_plane.install(&lamp("two", 101)).await)?;
    assert!(
        message.contains("Invalid value: 101: a lamp takes at most 100 watts"),
        "{message}"
    );
    Ok(())
}

async fn our_kinds() -> Outcome {
    let control_plane = shared().await?;
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let installed = control_plane.install_folder(&definitions).await?;
    let kind = |definition: &DynamicObject| {
        definition.data["spec"]["names"]["kind"]
            .as_str()
            .map(str::to_owned)
    };
    let defined: BTreeSet<String> = installed.iter().filter_map(kind).collect();
    let served = pinned_group(
        &control_plane.admin_client().await?,
        &"cckm.dev/v1alpha1".parse()?,
    )
    .await?;
    let served = served.versioned_resources("v1alpha1");
    let served: BTreeSet<String> = served
        .into_iter()
        .map(|(resource, _)| resource.kind)
        .collect();
    assert_eq!(served, defined);
    assert!(served.contains("AzureSecret"), "{served:?}");
    Ok(())
}

async fn strict_install() -> Outcome {
    let yaml =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndate: {}\n";
    let message = refusal(shared().await?.install(yaml).await)?;
    assert!(
        message.starts_with("failed to apply ConfigMap a") && message.contains("date"),
        "{message}"
    );
    Ok(())
}

async fn installed_policy() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("policy").await?;
    control_plane
        .install(&format!(
            "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {namespace}}}
spec:
  matchConstraints:
    resourceRules:
    - {{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}
  validations:
  - {{expression: \"object.metadata.namespace != '{namespace}'\", message: no map in here}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {namespace}}}
spec: {{policyName: {namespace}, validationActions: [Deny]}}
"
        ))
        .await?;
    let maps = Api::<ConfigMap>::namespaced(control_plane.admin_client().await?, &namespace);
    let message = refusal(
        maps.create(&PostParams::default(), &config_map("one"))
            .await,
    )?;
    assert!(message.contains("no map in here"), "{message}");
    Ok(())
}

async fn deleted_namespace() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("deleted").await?;
    let client = control_plane.admin_client().await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), &namespace);
    maps.create(&PostParams::default(), &config_map("one"))
        .await?;
    let namespaces = Api::<Namespace>::all(client);
    namespaces
        .delete(&namespace, &DeleteParams::default())
        .await?;
    eventually(SOON, "the namespace is gone", async || {
        match namespaces.get_opt(&namespace).await {
            Ok(None) => Ok(()),
            Ok(Some(left)) => Err(format!("{:?}", left.status)),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    Ok(())
}

async fn unknown_user() -> Outcome {
    let message = refusal(shared().await?.user_kubeconfig("mallory"))?;
    assert!(
        message.contains(r#""mallory""#) && message.contains("alice, bob, carol"),
        "{message}"
    );
    Ok(())
}

fn config_map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    };
    ConfigMap {
        metadata,
        ..ConfigMap::default()
    }
}

/// A definition of a kind whose objects have a bounded number.
const LAMPS: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.playground.example}
spec:
  group: playground.example
  scope: Cluster
  names: {plural: lamps, singular: lamp, kind: Lamp}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          watts:
            type: integer
            x-kubernetes-validations: [{rule: self <= 100, message: a lamp takes at most 100 watts}]
";

fn lamp(name: &str, watts: u32) -> String {
    format!(
        "apiVersion: playground.example/v1\nkind: Lamp\nmetadata: {{name: {name}}}\nwatts: {watts}\n"
    )
}
