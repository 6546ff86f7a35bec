//! The operator is started as it wants to be.

use serde_json::{Value, json};

use crate::{
    chart::{NAMESPACED, objects, objects_of_all, of_kind, read},
    pods::pods,
};

fn arguments(objects: &[Value]) -> Vec<String> {
    let container = &pods(objects)[0]["containers"][0];
    let words = container["args"].as_array().unwrap();
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_flag_of_the_pod_is_one_that_the_operator_knows() {
    let Some(all) = objects_of_all() else {
        return;
    };
    let namespaced = objects(NAMESPACED).unwrap();
    let cli = read("src/cli.rs");
    for arguments in [arguments(&all), arguments(&namespaced)] {
        assert_eq!(arguments[0], "run");
        for argument in &arguments[1..] {
            let flag = argument.strip_prefix("--").unwrap();
            let flag = flag.split('=').next().unwrap().replace('-', "_");
            assert!(cli.contains(&format!("    {flag}: ")), "{argument}");
        }
    }
    for variable in ["POD_NAMESPACE", "POD_NAME"] {
        assert!(cli.contains(&format!("env = \"{variable}\"")), "{variable}");
    }
}

#[test]
fn the_values_reach_the_operator() {
    let Some(all) = objects_of_all() else {
        return;
    };
    let has = |objects: &[Value], argument: &str| {
        assert!(
            arguments(objects).iter().any(|one| one == argument),
            "{argument}"
        );
    };
    has(&all, "--owner=prod-eu");
    has(&all, "--watch-secrets");
    has(
        &objects(NAMESPACED).unwrap(),
        "--watch-namespaces=shop,bank",
    );
    let ipv6 = objects(&["--set-json", "listenAddress=\"[::]\""]).unwrap();
    has(&ipv6, "--health-addr=[::]:8081");
    has(&ipv6, "--metrics-addr=[::]:8080");
    let role = objects(&["--set", "fullnameOverride=another"]).unwrap();
    has(&role, "--lease-name=another");
    let own = of_kind(&role, "Role")[0];
    assert_eq!(own["rules"][0]["resourceNames"], json!(["another"]));
}

#[test]
fn the_probes_ask_where_the_operator_answers() {
    let Some(objects) = objects(&[]) else {
        return;
    };
    let server = read("src/runtime/server.rs");
    let container = &pods(&objects)[0]["containers"][0];
    for probe in ["livenessProbe", "readinessProbe"] {
        let ask = &container[probe]["httpGet"];
        assert_eq!(ask["port"], "health");
        let path = ask["path"].as_str().unwrap();
        assert!(server.contains(&format!("\"{path}\"")), "{path}");
    }
    for port in container["ports"].as_array().unwrap() {
        let address = format!(
            "--{}-addr=0.0.0.0:{}",
            port["name"].as_str().unwrap(),
            port["containerPort"]
        );
        assert!(arguments(&objects).contains(&address), "{address}");
    }
}
