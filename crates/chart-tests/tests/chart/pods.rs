//! The pod that runs the operator, and what goes with it.

use serde_json::{Value, json};

use crate::chart::{objects, objects_of_all, of_kind, read};

/// Every pod that an object runs.
pub(crate) fn pods(objects: &[Value]) -> Vec<&Value> {
    let template = |object: &'static str| move |value: &Value| value.pointer(object).is_some();
    let is_pod = template("/spec/template/spec/containers");
    let pods = objects.iter().filter(|object| is_pod(object));
    pods.map(|object| &object["spec"]["template"]["spec"])
        .collect()
}

fn containers(pod: &Value) -> Vec<&Value> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists
        .iter()
        .filter_map(|list| pod[list].as_array())
        .flatten()
        .collect()
}

/// What the Pod Security Standard `restricted` asks for, and a root file system that can't be written.
fn assert_restricted(pod: &Value) {
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_ne!(pod["securityContext"]["runAsUser"], 0);
    let seccomp = &pod["securityContext"]["seccompProfile"]["type"];
    assert_eq!(seccomp, "RuntimeDefault");
    for host in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        assert!(pod[host].is_null(), "{host}");
    }
    for volume in pod["volumes"].as_array().into_iter().flatten() {
        assert!(volume["hostPath"].is_null(), "{volume}");
    }
    assert!(!containers(pod).is_empty());
    for container in containers(pod) {
        let context = &container["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}));
        // What a container says of these would win over the pod.
        for word in ["runAsNonRoot", "runAsUser", "seccompProfile", "privileged"] {
            assert!(context[word].is_null(), "{word}");
        }
        for port in container["ports"].as_array().into_iter().flatten() {
            assert!(port["hostPort"].is_null(), "{port}");
        }
    }
}

#[test]
fn every_container_is_restricted_whatever_the_values_say() {
    for arguments in [&[][..], &["--set", "runAsUser=null"]] {
        let Some(objects) = objects(arguments) else {
            return;
        };
        assert_eq!(pods(&objects).len(), 1);
        pods(&objects).into_iter().for_each(assert_restricted);
    }
    let all = objects_of_all().unwrap();
    pods(&all).into_iter().for_each(assert_restricted);
}

#[test]
fn a_drain_takes_one_replica_at_a_time_and_one_alone_holds_up_no_drain() {
    let (Some(one), Some(all)) = (objects(&[]), objects_of_all()) else {
        return;
    };
    assert!(of_kind(&one, "PodDisruptionBudget").is_empty());
    let budget = of_kind(&all, "PodDisruptionBudget")[0];
    assert_eq!(budget["spec"]["maxUnavailable"], 1);
    // A pod that is not well does nothing that could be disrupted.
    assert_eq!(budget["spec"]["unhealthyPodEvictionPolicy"], "AlwaysAllow");
    let deployment = of_kind(&all, "Deployment")[0];
    assert_eq!(budget["spec"]["selector"], deployment["spec"]["selector"]);
}

#[test]
fn every_pod_goes_to_nodes_that_the_image_is_made_for() {
    let Some(objects) = objects(&[]) else { return };
    let made = read("crates/image/src/lib.rs") + &read("crates/image/src/compile.rs");
    assert!(made.contains("amd64") || made.contains("x86_64"));
    let nodes = json!({"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"});
    assert_eq!(pods(&objects)[0]["nodeSelector"], nodes);
    assert_eq!(of_kind(&objects, "Pod")[0]["spec"]["nodeSelector"], nodes);
}

#[test]
fn a_network_policy_lets_the_pod_reach_dns_where_it_listens() {
    let Some(all) = objects_of_all() else { return };
    let ports = &of_kind(&all, "NetworkPolicy")[0]["spec"]["egress"][0]["ports"];
    for port in [53, 5353] {
        for protocol in ["UDP", "TCP"] {
            let one = json!({"protocol": protocol, "port": port});
            assert!(ports.as_array().unwrap().contains(&one), "{one}");
        }
    }
}

#[test]
fn without_an_election_no_two_pods_run_at_once() {
    let Some(objects) = objects(&["--set", "leaderElect=false"]) else {
        return;
    };
    let deployment = of_kind(&objects, "Deployment")[0];
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
}

#[test]
fn whatever_selects_the_pod_does_select_it() {
    let Some(all) = objects_of_all() else {
        return;
    };
    let labels = &of_kind(&all, "Deployment")[0]["spec"]["template"]["metadata"]["labels"];
    let service = of_kind(&all, "Service")[0];
    let selectors = [
        &of_kind(&all, "Deployment")[0]["spec"]["selector"]["matchLabels"],
        &of_kind(&all, "NetworkPolicy")[0]["spec"]["podSelector"]["matchLabels"],
        &pods(&all)[0]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        &service["spec"]["selector"],
    ];
    let matches = |selector: &Value, labels: &Value| {
        let selector = selector.as_object().unwrap();
        !selector.is_empty() && selector.iter().all(|(key, value)| &labels[key] == value)
    };
    for selector in selectors {
        assert!(matches(selector, labels), "{selector}");
    }
    let monitor = &of_kind(&all, "ServiceMonitor")[0]["spec"]["selector"]["matchLabels"];
    assert!(matches(monitor, &service["metadata"]["labels"]));
}
