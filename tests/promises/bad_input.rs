//! Bad input gets a clear answer that says what to do, changes nothing in the clouds, harms nobody else, and is
//! forgotten as soon as its cause is gone. What admission refuses is tested where the rules are, in `crates/api`.

use std::time::Duration;

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Options, Request, World, inhabitants, object::condition},
};
use serde_json::{Value, json};

use crate::harness::{Outcome, trial};

const YEAR: Duration = Duration::from_hours(365 * 24);

/// What a condition reports: the input, its manifest, the reason, words of the message, and a cure.
const REPORTED: &str = include_str!("bad_input/reported.yaml");

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "bad input is reported, writes nothing remotely, and recovers when its cause goes",
            reported,
        ),
        trial(
            "a wrong password is one failing login, and harms nobody once it is right",
            wrong_password,
        ),
        trial(
            "an answer that is no JSON is reported and forgotten with the next good one",
            not_json,
        ),
        trial(
            "a client certificate logs in as its user or client, and a stranger's does not",
            login_by_certificate,
        ),
        trial(
            "a certificate that nobody vouches for is not trusted, and logs in once its CA is known",
            certificates,
        ),
    ]
}

/// The documents of a table.
fn table(yaml: &str) -> Outcome<Vec<Value>> {
    let mut cases = Vec::new();
    for document in yaml.split("\n---\n") {
        let case: Value =
            serde_saphyr::from_str(document).map_err(|error| format!("{error} in {document}"))?;
        cases.push(case);
    }
    Ok(cases)
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

async fn reported() -> Outcome {
    let mut there = inhabitants::standard();
    there["azure"][0]["secrets"] =
        json!([{"name": "legacy", "value": "theirs", "tags": {"team": "other"}}]);
    let world = World::start(shared().await?, Options::default().inhabitants(there)).await?;
    world.write_secret("good", "value", "v").await?;
    let good = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": "good"},
        "spec": {"vaultRef": {"name": "billing"}, "valueFrom": {"secretKeyRef": {"name": "good", "key": "value"}}}});
    world.apply(&good.to_string()).await?;
    world.until_ready("AzureSecret", "good").await?;
    let mark = world.simulator.mark().await?;
    let cases = table(REPORTED)?;
    for case in &cases {
        for manifest in case["manifests"].as_array().into_iter().flatten() {
            world.apply(&manifest.to_string()).await?;
        }
    }
    world
        .write_secret("huge", "value", &"x".repeat(25 * 1024 + 1))
        .await?;
    let huge = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": "huge"},
        "spec": {"vaultRef": {"name": "billing"}, "valueFrom": {"secretKeyRef": {"name": "huge", "key": "value"}}}});
    world.apply(&huge.to_string()).await?;
    world
        .until_reason("AzureSecret", "huge", "ValueInvalid")
        .await?;
    for case in &cases {
        let (kind, name) = (text(case, "kind"), text(case, "name"));
        let object = world.until_reason(kind, name, text(case, "reason")).await?;
        let message = condition(&object, "Ready")
            .map(|ready| ready.message.to_owned())
            .unwrap_or_default();
        if !message.contains(text(case, "says")) {
            return Err(format!("{}: the message is {message:?}", text(case, "input")).into());
        }
    }
    let writes: Vec<_> = world
        .simulator
        .requests_since(mark)
        .await?
        .into_iter()
        .filter(Request::is_write)
        .collect();
    if !writes.is_empty() {
        return Err(format!("bad input wrote: {writes:?}").into());
    }
    world.until_ready("AzureSecret", "good").await?;
    for case in &cases {
        let Some(cure) = case.get("cure") else {
            continue;
        };
        for manifest in cure.as_array().into_iter().flatten() {
            world.apply(&manifest.to_string()).await?;
        }
        world
            .until_ready(text(case, "kind"), text(case, "name"))
            .await?;
    }
    Ok(())
}

async fn wrong_password() -> Outcome {
    let mut there = inhabitants::standard();
    let vaults: Vec<Value> = (0..10)
        .map(|number| json!({"name": format!("pool-{number}")}))
        .collect();
    there["azure"]
        .as_array_mut()
        .ok_or("the standard world has no vaults")?
        .extend(vaults);
    let world = World::start(shared().await?, Options::default().inhabitants(there)).await?;
    let secret = |password: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bad-login"},
            "stringData": {"username": inhabitants::USERNAME, "password": password}})
    };
    world.apply(&secret("wrong").to_string()).await?;
    let manager = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "CipherTrustManager", "metadata": {"name": "bad"},
        "spec": {"url": world.simulator.url(), "credentials": {"password": {"secretRef": {"name": "bad-login"}}}}});
    let mark = world.simulator.mark().await?;
    world.apply(&manager.to_string()).await?;
    for number in 0..10 {
        let vault = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": format!("v{number}")},
            "spec": {"managerRef": {"name": "bad"}, "subscriptionId": "260ecbe7-777b-4d3c-84ea-678820490000",
                "vaultName": format!("pool-{number}")}});
        world.apply(&vault.to_string()).await?;
    }
    world
        .until_reason("CipherTrustManager", "bad", "LoginFailed")
        .await?;
    for number in 0..10 {
        world
            .until_reason("AzureVault", &format!("v{number}"), "ManagerNotReady")
            .await?;
    }
    let logins = world.simulator.requests_since(mark).await?;
    let failed = logins
        .iter()
        .filter(|request| request.status == Some(401))
        .count();
    if failed != 1 {
        return Err(format!("{failed} logins failed, where one was to be expected").into());
    }
    world
        .apply(&secret(inhabitants::PASSWORD).to_string())
        .await?;
    for number in 0..10 {
        world
            .until_ready("AzureVault", &format!("v{number}"))
            .await?;
    }
    Ok(())
}

async fn not_json() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    let page = json!({"method": "GET", "path": "/api/v1/cckm/azure/secrets", "times": 3, "kind": "answer", "status": 200,
        "body": "<html><body>Please log in</body></html>", "content_type": "text/html"});
    world.simulator.inject(page).await?;
    let object = world
        .until_reason("AzureVault", "billing", "UnexpectedAnswer")
        .await?;
    let message = condition(&object, "Stalled")
        .map(|stalled| stalled.message.to_owned())
        .unwrap_or_default();
    if message.contains("Please log in") {
        return Err("the condition repeats what a stranger said".into());
    }
    world.until_ready("OciVault", "payments").await?;
    world.simulator.clear_faults().await?;
    world.until_ready("AzureVault", "billing").await?;
    Ok(())
}

async fn login_by_certificate() -> Outcome {
    let mut there = inhabitants::standard();
    there["users"] = json!([
        {"username": inhabitants::USERNAME, "password": inhabitants::PASSWORD},
        {"username": "by-certificate", "certificate_subject_dn": "CN=cckm-operator"},
    ]);
    there["clients"] = json!([{"id": "c0ffee00-0000-4000-8000-000000000001", "name": "by-client", "certificate_subject_dn": "CN=cckm-client"}]);
    let world = World::start(shared().await?, Options::default().tls().inhabitants(there)).await?;
    let logins = [
        (
            "user",
            "cckm-operator",
            YEAR,
            json!({"secretRef": {"name": "user"}}),
        ),
        (
            "client",
            "cckm-client",
            // Is told of, and no reason not to work.
            YEAR / 100,
            json!({"secretRef": {"name": "client"}, "clientId": "c0ffee00-0000-4000-8000-000000000001"}),
        ),
        (
            "stranger",
            "somebody-else",
            YEAR,
            json!({"secretRef": {"name": "stranger"}}),
        ),
    ];
    for (name, subject, lifetime, credentials) in logins {
        let issued = world
            .simulator
            .client_certificate(subject, lifetime)?
            .ok_or("the simulator serves no HTTPS")?;
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": name},
            "stringData": {"tls.crt": issued.certificate, "tls.key": issued.key}});
        world.apply(&secret.to_string()).await?;
        let manager = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "CipherTrustManager", "metadata": {"name": name},
            "spec": {"url": world.simulator.url(), "credentials": {"clientCertificate": credentials},
                "tls": {"caRef": {"name": "cm-ca"}}}});
        world.apply(&manager.to_string()).await?;
    }
    let expiring = |manager: &DynamicObject| {
        condition(manager, "CertificateExpiring").map(|told| told.message.to_owned())
    };
    let user = world.until_ready("CipherTrustManager", "user").await?;
    assert_eq!(expiring(&user), None);
    let client = world.until_ready("CipherTrustManager", "client").await?;
    let told = expiring(&client).unwrap_or_default();
    assert!(told.contains("ends within 7 days"), "{told}");
    world
        .until_reason("CipherTrustManager", "stranger", "LoginFailed")
        .await?;
    Ok(())
}

async fn certificates() -> Outcome {
    let world = World::start(shared().await?, Options::default().tls()).await?;
    let manager = |tls: Value| {
        json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "CipherTrustManager", "metadata": {"name": "strict"},
            "spec": {"url": world.simulator.url(), "credentials": {"password": {"secretRef": {"name": "cm-login"}}}, "tls": tls}})
    };
    world.apply(&manager(json!({})).to_string()).await?;
    world
        .until_reason("CipherTrustManager", "strict", "UntrustedCertificate")
        .await?;
    world
        .apply(&manager(json!({"caRef": {"name": "cm-ca"}})).to_string())
        .await?;
    world.until_ready("CipherTrustManager", "strict").await?;
    world.until_ready("CipherTrustManager", "cm").await?;
    Ok(())
}
