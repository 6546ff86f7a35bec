//! The samples: what people copy has to be right.

use std::{collections::BTreeMap, fs, path::PathBuf};

use api::{
    AzureSecret, AzureVault, CipherTrustManager, DestructionApproval, OciKey, OciVault,
    SalesforceOrganization, SalesforceRotation, SalesforceTenantSecret,
};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use libtest_mimic::Trial;
use playground::shared;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::harness::{Outcome, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "every sample decodes into the type of its kind, which knows all of its fields",
            async || decoded(),
        ),
        trial(
            "the API server accepts every sample, from the user who is meant to apply it",
            accepted,
        ),
    ]
}

fn decoded() -> Outcome {
    let mut kinds = BTreeMap::new();
    for path in samples()? {
        let text = fs::read_to_string(&path)?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text)?;
        for document in documents {
            let kind = document["kind"].as_str().unwrap_or_default().to_owned();
            let decode = match kind.as_str() {
                "Namespace" => same::<Namespace>,
                "Secret" => same::<Secret>,
                "CipherTrustManager" => same::<CipherTrustManager>,
                "SalesforceOrganization" => same::<SalesforceOrganization>,
                "AzureVault" => same::<AzureVault>,
                "OciVault" => same::<OciVault>,
                "SalesforceTenantSecret" => same::<SalesforceTenantSecret>,
                "SalesforceRotation" => same::<SalesforceRotation>,
                "AzureSecret" => same::<AzureSecret>,
                "OciKey" => same::<OciKey>,
                "DestructionApproval" => same::<DestructionApproval>,
                _ => return Err(format!("{}: no type for {kind:?}", path.display()).into()),
            };
            decode(&document).map_err(|error| format!("{}: {error}", path.display()))?;
            *kinds.entry(kind).or_insert(0) += 1;
        }
    }
    // One kind of each of ours, a Namespace and Secrets.
    assert_eq!(kinds.len(), 11, "{kinds:?}");
    Ok(())
}

/// Reads a document as `T`, and makes sure that nothing of it is lost on the way.
fn same<T: DeserializeOwned + Serialize>(document: &Value) -> Outcome {
    let typed: T = serde_json::from_value(document.clone())?;
    let again = serde_json::to_value(typed)?;
    assert_eq!(&again, document);
    Ok(())
}

async fn accepted() -> Outcome {
    let control_plane = shared().await?;
    control_plane.install_shipped().await?;
    let namespace = folder().join("00-namespace.yaml");
    let arguments = ["apply".as_ref(), "-f".as_ref(), namespace.as_os_str()];
    control_plane.kubectl(&arguments).await?;
    for path in samples()? {
        let file = path.display().to_string();
        let user = if file.ends_with(".template.yaml") {
            "alice"
        } else if path == namespace || path == folder().join("02-manager.yaml") {
            // Who writes keys can't write managers.
            "admin"
        } else {
            "bob"
        };
        let arguments = [
            "apply",
            "--dry-run=server",
            "--validate=strict",
            "-f",
            &file,
        ];
        let output = control_plane
            .kubectl_as(control_plane.user_kubeconfig(user)?, &arguments)
            .await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // A warning would be one that every reader gets.
        assert!(output.status.success() && said.is_empty(), "{file}: {said}");
    }
    Ok(())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/samples")
}

/// All manifests, by name.
fn samples() -> Outcome<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for folder in [folder(), folder().join("changes")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                paths.push(path);
            }
        }
    }
    paths.sort();
    assert!(paths.len() > 15, "{paths:?}");
    Ok(paths)
}
