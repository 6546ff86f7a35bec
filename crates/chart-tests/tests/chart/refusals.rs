//! What Helm refuses, before anything reaches the cluster, and in which words.

use crate::chart::{rendered, template};

/// What is said against these values.
fn refusal(arguments: &[&str]) -> Option<String> {
    let output = template(arguments)?;
    assert!(!output.status.success(), "{arguments:?} is taken");
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_install_without_owner_is_refused() {
    let Some(said) = refusal(&[]) else { return };
    assert!(said.contains("missing property 'owner'"), "{said}");
}

#[test]
fn an_owner_that_the_operator_would_refuse_is_refused() {
    for owner in ["", "Prod", "prod_eu", "prod.eu", "a/b", &"a".repeat(33)] {
        let Some(said) = refusal(&["--set-string", &format!("owner={owner}")]) else {
            return;
        };
        assert!(said.contains("at '/owner'"), "{owner}: {said}");
    }
    for owner in ["a", "7", "-", &"a".repeat(32)] {
        let said = template(&["--set-string", &format!("owner={owner}")]).unwrap();
        assert!(said.status.success(), "{owner}");
    }
}

#[test]
fn a_value_that_nobody_knows_is_refused_by_its_name() {
    for (value, place, name) in [
        ("replica=2", "", "replica"),
        ("image.tagg=1", "/image", "tagg"),
        ("approvals.stricter=true", "/approvals", "stricter"),
        (
            "metrics.serviceMonitor.enable=true",
            "/metrics/serviceMonitor",
            "enable",
        ),
    ] {
        let Some(said) = refusal(&["--set", "owner=a", "--set", value]) else {
            return;
        };
        let words = format!("at '{place}': additional properties '{name}' not allowed");
        assert!(said.contains(&words), "{said}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_by_its_name() {
    let too_long = format!("fullnameOverride={}", "a".repeat(56));
    for (value, place) in [
        ("watchNamespaces=shop", "/watchNamespaces"),
        ("watchNamespaces={Shop}", "/watchNamespaces/0"),
        ("watchSecrets=sometimes", "/watchSecrets"),
        ("logFormat=xml", "/logFormat"),
        ("runAsUser=0", "/runAsUser"),
        ("image.digest=latest", "/image/digest"),
        ("nameOverride=Keys", "/nameOverride"),
        ("fullnameOverride=keys.eu", "/fullnameOverride"),
        ("fullnameOverride=keys-", "/fullnameOverride"),
        (&too_long, "/fullnameOverride"),
        (
            "metrics.prometheusRule.job=a\"b",
            "/metrics/prometheusRule/job",
        ),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        (
            "extraVolumes[0].hostPath.path=/,extraVolumes[0].name=root",
            "/extraVolumes/0",
        ),
        ("extraEnv[0].name=POD_NAMESPACE", "/extraEnv/0/name"),
        ("podLabels.app\\.kubernetes\\.io/name=other", "/podLabels"),
    ] {
        let Some(said) = refusal(&["--set", "owner=a", "--set", value]) else {
            return;
        };
        assert!(said.contains(&format!("at '{place}'")), "{value}: {said}");
    }
}

#[test]
fn what_contradicts_itself_is_refused_with_what_to_do() {
    for (values, words) in [
        (
            "replicas=2,leaderElect=false",
            "Set leaderElect to true, or replicas to 1.",
        ),
        (
            "approvals.install=false,approvals.strict=true",
            "Set both, or neither.",
        ),
        (
            "metrics.service.enabled=false,metrics.serviceMonitor.enabled=true",
            "Set metrics.service.enabled to true as well.",
        ),
        (
            "serviceAccount.create=false",
            "serviceAccount.name: name the one to use",
        ),
    ] {
        let Some(said) = refusal(&["--set", "owner=a", "--set", values]) else {
            return;
        };
        assert!(said.contains(words), "{values}: {said}");
    }
}

#[test]
fn a_chart_that_includes_this_one_may_have_global_values() {
    let Some(text) = rendered(&["--set", "global.anything=1"]) else {
        return;
    };
    assert_eq!(text, rendered(&[]).unwrap());
}
