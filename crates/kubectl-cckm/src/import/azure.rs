//! The secrets of an Azure vault, sorted. Pure.

use std::collections::BTreeMap;

use api::{AzureDesiredState, AzureSecret, AzureSecretSpec, AzureVault, ContainerReference};
use cckm::azure::{self, SecretStatus};
use cckm_operator::reconcile::{
    azure::{AzureVaultKind, newest},
    container::ContainerKind,
};
use kube::ResourceExt;

use super::{
    containers::Importable,
    sorted::{Found, LeftOut, Sorted, Spec, Why, owner, shown},
    standing::Standing,
};

/// As long as a name in Azure can be.
const LONGEST_NAME: usize = 127;

impl Importable for AzureVaultKind {
    type Key = AzureSecret;

    fn sort(vault: &AzureVault, rows: Vec<azure::Secret>, standing: &Standing) -> Sorted {
        let mut by_name: BTreeMap<String, Vec<azure::Secret>> = BTreeMap::new();
        let mut sorted = Sorted::default();
        for row in rows {
            match row.secret_name.as_deref().filter(|name| is_name(name)) {
                Some(name) => by_name
                    .entry(name.to_ascii_lowercase())
                    .or_default()
                    .push(row),
                None => sorted.left_out.push(LeftOut {
                    what: shown(&row.id),
                    why: Why::Unnamed,
                }),
            }
        }
        for (name, rows) in by_name {
            let Some(row) = newest(&rows, &name) else {
                continue;
            };
            let cloud_id = format!("{}/{name}", Self::identity(vault));
            if standing.identities.contains(&cloud_id) {
                sorted.standing += 1;
                continue;
            }
            match desired(row) {
                Ok(desired) => sorted
                    .found
                    .push(found(vault, row, cloud_id, name, desired)),
                Err(why) => sorted.left_out.push(LeftOut {
                    what: cloud_id,
                    why,
                }),
            }
        }
        sorted
    }

    fn identity_of(key: &AzureSecret, vault: &AzureVault) -> Option<String> {
        let name = key.secret_name().to_ascii_lowercase();
        Some(format!("{}/{name}", Self::identity(vault)))
    }

    fn recorded_by(key: &AzureSecret) -> Option<&str> {
        key.status.as_ref()?.common.cloud_id.as_deref()
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fits)
}

/// What is desired of a secret if it is to stay as it is.
fn desired(row: &azure::Secret) -> Result<AzureDesiredState, Why> {
    if row.status == Some(SecretStatus::Deleted) {
        return Err(Why::Deleted);
    }
    if row.gone == Some(true) {
        return Err(Why::Gone);
    }
    let desired = match &row.status {
        Some(SecretStatus::Available) => AzureDesiredState::Available,
        Some(SecretStatus::SoftDeleted) => AzureDesiredState::SoftDeleted,
        other => {
            return Err(Why::UnknownState(shown(
                other.as_ref().map_or("", SecretStatus::as_str),
            )));
        }
    };
    match owner(&row.tags) {
        Some(owned) => Err(owned),
        None => Ok(desired),
    }
}

fn found(
    vault: &AzureVault,
    row: &azure::Secret,
    cloud_id: String,
    label: String,
    desired: AzureDesiredState,
) -> Found {
    let spec = AzureSecretSpec {
        vault_ref: ContainerReference::near(vault.name_any()),
        secret_name: row.secret_name.clone(),
        restore_from: None,
        adopt_existing: Some(true),
        value_from: None,
        content_type: None,
        tags: BTreeMap::new(),
        enabled: None,
        not_before: None,
        expires: None,
        desired_state: Some(desired),
        suspend: Some(true),
        drift_policy: None,
    };
    Found {
        cloud_id,
        label,
        state: row
            .status
            .as_ref()
            .map_or("", SecretStatus::as_str)
            .to_owned(),
        spec: Spec::AzureSecret(Box::new(spec)),
    }
}
