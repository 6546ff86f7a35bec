//! The calls for Azure secrets.

use super::Secret;
use crate::client::Client;
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use crate::secret::SecretString;
use crate::sync::{Start, SynchronizationJob};
use serde::Serialize;
use std::collections::BTreeMap;

/// A secret to make, or a new version of one: Azure doesn't tell them apart.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// Azure's name of it: 1 to 127 ASCII letters, digits and hyphens.
    pub secret_name: String,
    /// The vault, by CipherTrust Manager's id or as `<name>::<subscription id>`.
    pub key_vault: String,
    /// The value: at most 25 KiB.
    pub value: SecretString,
    /// What the value is; at most 255 characters.
    pub content_type: Option<String>,
    /// Tags; values without colon and percent sign.
    pub tags: BTreeMap<String, String>,
    /// Whether Azure hands the value out; absent = it does.
    pub enabled: Option<bool>,
    /// From when the value is meant to be used.
    pub not_before: Option<jiff::Timestamp>,
    /// Until when the value is meant to be used.
    pub expires: Option<jiff::Timestamp>,
    /// How dates are written; absent = as the page of this call shows.
    pub date_form: Option<DateForm>,
}

/// What to change in a version of a secret. What is absent stays as it is; a date can't be removed again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretUpdate {
    /// What the value is.
    pub content_type: Option<String>,
    /// All tags. Azure replaces the whole map; whether CCKM merges it isn't published.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether Azure hands the value out.
    pub enabled: Option<bool>,
    /// From when the value is meant to be used.
    pub not_before: Option<jiff::Timestamp>,
    /// Until when the value is meant to be used.
    pub expires: Option<jiff::Timestamp>,
    /// How dates are written; absent = as the page of this call shows.
    pub date_form: Option<DateForm>,
}

/// How dates are written: the pages of creation and update differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateForm {
    /// As text in UTC, as the page of the creation shows.
    Text,
    /// As seconds since 1970, as the page of the update and every reply show.
    Seconds,
}

impl DateForm {
    fn write(self, date: jiff::Timestamp) -> Date {
        match self {
            Self::Text => Date::Text(date),
            Self::Seconds => Date::Seconds(date.as_second()),
        }
    }
}

#[derive(Serialize)]
struct Creation<'a> {
    secret_name: &'a str,
    key_vault: &'a str,
    azure_param: CreationParams<'a>,
}

/// The content type in both spellings that the pages show: the page of the creation has `content_type`, the page of the
/// update and Azure itself `contentType`.
#[derive(Serialize)]
struct ContentType<'a> {
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    of_azure: Option<&'a str>,
    #[serde(rename = "content_type", skip_serializing_if = "Option::is_none")]
    of_creation: Option<&'a str>,
}

impl<'a> From<&'a Option<String>> for ContentType<'a> {
    fn from(content_type: &'a Option<String>) -> Self {
        Self {
            of_azure: content_type.as_deref(),
            of_creation: content_type.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct CreationParams<'a> {
    value: &'a str,
    #[serde(flatten)]
    content_type: ContentType<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    attributes: Attributes,
}

#[derive(Serialize)]
struct Change<'a> {
    #[serde(flatten)]
    content_type: ContentType<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Attributes>,
}

#[derive(Serialize)]
struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<Date>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Date {
    Text(jiff::Timestamp),
    Seconds(i64),
}

#[derive(Serialize)]
struct Restoration<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_vault: Option<&'a str>,
}

/// The calls for Azure secrets.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    pub(in crate::azure) client: &'a Client,
}

impl Secrets<'_> {
    /// `GET /v1/cckm/azure/secrets` for one vault, by CipherTrust Manager's id of it (filter `key_vault_id`).
    pub async fn list_of_vault(&self, vault: &str) -> Result<Listing<Secret>> {
        self.list(&[("key_vault_id", vault)]).await
    }

    /// `GET /v1/cckm/azure/secrets`. Filters: `id`, `secret_name`, `secret_id`, `version`, `key_vault`, `key_vault_id`,
    /// `region`, `status`, `enabled`, `backup`, `tags`, `deleted_in_azure`, `gone`, `key_material_origin`, `managed`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<Secret>> {
        self.client
            .call(Operation::get("/v1/cckm/azure/secrets"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/azure/secrets/{id}`.
    pub async fn get(&self, id: &str) -> Result<Secret> {
        self.client
            .call(Operation::get("/v1/cckm/azure/secrets/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/secrets`: AVAILABLE. A name that exists gets a new version, with its own row; a name that
    /// is soft-deleted is refused with 409.
    pub async fn create(&self, secret: &NewSecret) -> Result<Secret> {
        let form = secret.date_form.unwrap_or(DateForm::Text);
        let body = Creation {
            secret_name: &secret.secret_name,
            key_vault: &secret.key_vault,
            azure_param: CreationParams {
                value: secret.value.expose(),
                content_type: (&secret.content_type).into(),
                tags: &secret.tags,
                attributes: Attributes {
                    enabled: secret.enabled,
                    nbf: secret.not_before.map(|date| form.write(date)),
                    exp: secret.expires.map(|date| form.write(date)),
                },
            },
        };
        self.client
            .call(Operation::post("/v1/cckm/azure/secrets"))
            .body(&body)
            .resource()
            .await
    }

    /// `PATCH /v1/cckm/azure/secrets/{id}`: an AVAILABLE secret's attributes, content type and tags.
    pub async fn update(&self, id: &str, update: &SecretUpdate) -> Result<Secret> {
        let form = update.date_form.unwrap_or(DateForm::Seconds);
        let attributes = Attributes {
            enabled: update.enabled,
            nbf: update.not_before.map(|date| form.write(date)),
            exp: update.expires.map(|date| form.write(date)),
        };
        let given =
            attributes.enabled.is_some() || attributes.nbf.is_some() || attributes.exp.is_some();
        let body = Change {
            content_type: (&update.content_type).into(),
            tags: update.tags.as_ref(),
            attributes: given.then_some(attributes),
        };
        self.client
            .call(Operation::patch("/v1/cckm/azure/secrets/{id}"))
            .id(id)
            .body(&body)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/secrets/{id}/soft-delete`: from AVAILABLE to SOFT-DELETED; to DELETED where the vault has no
    /// soft-delete.
    pub async fn soft_delete(&self, id: &str) -> Result<Secret> {
        self.client
            .call(Operation::post("/v1/cckm/azure/secrets/{id}/soft-delete"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/secrets/{id}/recover`: from SOFT-DELETED to AVAILABLE.
    pub async fn recover(&self, id: &str) -> Result<Secret> {
        self.client
            .call(Operation::post("/v1/cckm/azure/secrets/{id}/recover"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/secrets/{id}/hard-delete`: from SOFT-DELETED to DELETED. Needs a vault with soft-delete and
    /// without purge protection. 409 while Azure is still deleting.
    pub async fn hard_delete(&self, id: &str) -> Result<Secret> {
        self.client
            .call(Operation::post("/v1/cckm/azure/secrets/{id}/hard-delete"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/secrets/{id}/restore`: from DELETED to AVAILABLE, out of CipherTrust Manager's backup, into
    /// the original vault or the one named. The row in the reply may have another id.
    pub async fn restore(&self, id: &str, key_vault: Option<&str>) -> Result<Secret> {
        let call = self
            .client
            .call(Operation::post("/v1/cckm/azure/secrets/{id}/restore"))
            .id(id);
        call.body(&Restoration { key_vault }).resource().await
    }

    /// `DELETE /v1/cckm/azure/secrets/{id}`: a DELETED secret's row, versions and backup leave CipherTrust Manager.
    pub async fn remove(&self, id: &str) -> Result<()> {
        self.client
            .call(Operation::delete("/v1/cckm/azure/secrets/{id}"))
            .id(id)
            .nothing()
            .await
    }

    /// `POST /v1/cckm/azure/secrets/synchronization-jobs`: starts to read the secrets of these vaults, by CipherTrust
    /// Manager's ids.
    pub async fn synchronize(&self, vaults: &[&str]) -> Result<SynchronizationJob> {
        let call = self.client.call(Operation::refresh(
            "/v1/cckm/azure/secrets/synchronization-jobs",
        ));
        call.body(&Start::key_vaults(vaults)).resource().await
    }

    /// `GET /v1/cckm/azure/secrets/synchronization-jobs/{id}`.
    pub async fn synchronization_job(&self, id: &str) -> Result<SynchronizationJob> {
        self.client
            .call(Operation::get(
                "/v1/cckm/azure/secrets/synchronization-jobs/{id}",
            ))
            .id(id)
            .resource()
            .await
    }
}
