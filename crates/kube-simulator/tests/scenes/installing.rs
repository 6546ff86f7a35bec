//! What is installed.

use kube::{
    Api,
    api::{ApiResource, DynamicObject, PostParams},
    core::GroupVersionKind,
};
use kube_simulator::{Definition, User};
use serde_json::json;

use crate::simulator;

#[tokio::test(start_paused = true)]
async fn what_is_installed_is_there_as_if_it_had_been_made_with_its_defaults_and_takes_an_older_ones_place()
 {
    let simulator = simulator();
    let vaults = api::all_crds()
        .into_iter()
        .find(|crd| crd.spec.names.kind == "AzureVault");
    simulator
        .define(&Definition::read(&vaults.unwrap()).unwrap())
        .unwrap();
    let kind = GroupVersionKind::gvk("cckm.dev", "v1alpha1", "AzureVault");
    let vaults: Api<DynamicObject> = Api::default_namespaced_with(
        simulator.client(&User::admin()),
        &ApiResource::from_gvk(&kind),
    );
    for name in ["billing", "payments"] {
        let yaml = format!(
            "
apiVersion: cckm.dev/v1alpha1
kind: AzureVault
metadata: {{name: v, namespace: default}}
spec: {{managerRef: {{name: m}}, subscriptionId: 260ecbe7-777b-4d3c-84ea-678820490000, vaultName: {name}}}
"
        );
        simulator.install(&yaml).unwrap();
        let vault = vaults.get("v").await.unwrap();
        assert_eq!(vault.metadata.generation, Some(1));
        assert_eq!(vault.data["spec"]["vaultName"], name);
        assert_eq!(vault.data["status"], json!({"observedGeneration": -1}));
    }
    let error = simulator
        .install("{apiVersion: v1, kind: Secret, metadata: {name: homeless}}")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a namespace if its kind belongs to one"),
        "{error}"
    );
}

#[test]
fn a_definition_with_a_keyword_that_is_not_simulated_is_refused() {
    let mut definition = api::all_crds().remove(0);
    let schema = definition.spec.versions[0].schema.as_mut().unwrap();
    schema.open_api_v3_schema.as_mut().unwrap().unique_items = Some(true);
    let error = Definition::read(&definition).unwrap_err();
    assert_eq!(
        error.to_string().split(", expected").next(),
        Some("the definition azuresecrets.cckm.dev is not simulated: unknown field `uniqueItems`")
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_asks_for_what_is_not_simulated_is_not_installed() {
    let yaml = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints: {resourceRules: []}
  validations: []
";
    let error = simulator().install(yaml).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `paramKind`"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn under_the_strict_policy_who_may_change_a_key_does_not_approve() {
    let simulator = simulator();
    let approvals = api::all_crds()
        .into_iter()
        .find(|crd| crd.spec.names.kind == "DestructionApproval");
    simulator
        .define(&Definition::read(&approvals.unwrap()).unwrap())
        .unwrap();
    for yaml in [
        include_str!("../../../../config/policy/strict/destruction_approval.yaml"),
        include_str!("../../../../config/policy/strict/destruction_approval_binding.yaml"),
        include_str!("../../../../config/rbac/approver_role.yaml"),
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: approvers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cckm-approver}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
",
    ] {
        simulator.install(yaml).unwrap();
    }
    let approval = json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "DestructionApproval", "metadata": {"name": "a"},
        "spec": {
            "targetRef": {"kind": "OciKey", "name": "master"}, "reason": "CHG-1234", "approvedBy": "alice",
            "actions": [{"action": "Disable", "cloudId": "a", "token": "v1:00112233445566778899aabbccddeeff"}],
        },
    });
    let approve = async |user: &User| {
        let kind = GroupVersionKind::gvk("cckm.dev", "v1alpha1", "DestructionApproval");
        let approvals: Api<DynamicObject> =
            Api::default_namespaced_with(simulator.client(user), &ApiResource::from_gvk(&kind));
        let approval = serde_json::from_value(approval.clone()).unwrap();
        approvals.create(&PostParams::default(), &approval).await
    };
    let error = approve(&User::admin()).await.unwrap_err().to_string();
    assert!(
        error.contains("Somebody who may not has to approve."),
        "{error}"
    );
    approve(&User::new("alice", &[])).await.unwrap();
}
