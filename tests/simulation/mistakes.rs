//! Clients that ignore what CipherTrust Manager's pages leave open: each as what it would make of requests and replies.
//! A switch whose mistaken client no scenario catches proves nothing.

use bytes::Bytes;
use cckm::Transport;
use http::StatusCode;
use libtest_mimic::Trial;
use playground::world::object::text;
use serde_json::{Value, json};

use crate::{
    Outcome, manifests,
    matrix::{in_a_time_of_its_own, run, trial},
    scenarios,
    switches::Setting,
    world::World,
};

/// A defect of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Takes an empty list for a list only if it is written as one.
    CannotReadNullLists,
    /// Knows the fields of `sfdc_params` in lower case only.
    ReadsLowerCaseOnly,
    /// Knows the fields of a backup on the row itself only.
    ReadsFlatBackupsOnly,
    /// Finds an organization's tenant secrets by CM's own ID of it only.
    KnowsOrganizationsByUuidOnly,
    /// Names an organization in uploads by Salesforce's ID only.
    UploadsBySalesforceIdOnly,
    /// Finds a vault's keys by CM's own ID of it only.
    KnowsVaultsByUuidOnly,
    /// Writes the content type as Azure spells it only.
    WritesCamelCaseOnly,
    /// Reads the content type as Azure spells it only.
    ReadsCamelCaseOnly,
    /// Writes dates as seconds only.
    WritesSecondsOnly,
    /// Sends the tags that it manages and trusts that the others stay.
    SendsItsOwnTagsOnly,
    /// Takes a sync that was started for one that has ended.
    TakesStartedForEnded,
    /// Does not look at `gone`.
    OverlooksGone,
    /// Takes a conflict for a refusal for good.
    TakesConflictForRefusal,
}

/// Each mistake with the setting in which it matters and the scenario that has to catch it.
const PLANTED: [(Mistake, Setting, &str); 13] = [
    (
        Mistake::CannotReadNullLists,
        Setting::Always("empty-resources", "null"),
        "a key that is switched off",
    ),
    (
        Mistake::ReadsLowerCaseOnly,
        Setting::Always("sfdc-params-casing", "pascal"),
        "a destroyed secret",
    ),
    (
        Mistake::ReadsFlatBackupsOnly,
        Setting::Always("sfdc-backup-fields", "nested"),
        "a destroyed secret",
    ),
    (
        Mistake::KnowsOrganizationsByUuidOnly,
        Setting::Always("sfdc-organization-id-answered", "salesforce"),
        "a destroyed secret",
    ),
    (
        Mistake::UploadsBySalesforceIdOnly,
        Setting::Always("sfdc-organization-id-on-upload", "uuid"),
        "keys of every kind",
    ),
    (
        Mistake::KnowsVaultsByUuidOnly,
        Setting::Always("oci-vault-id", "ocid"),
        "with all of etcd lost",
    ),
    (
        Mistake::WritesCamelCaseOnly,
        Setting::Always("azure-content-type-accepted", "snake-case"),
        "a new value makes",
    ),
    (
        Mistake::ReadsCamelCaseOnly,
        Setting::Always("azure-content-type-returned", "snake-case"),
        "a new value makes",
    ),
    (
        Mistake::WritesSecondsOnly,
        Setting::Always("azure-dates-accepted", "string"),
        "a new value makes",
    ),
    (
        Mistake::SendsItsOwnTagsOnly,
        Setting::Standard,
        "a secret that somebody else made",
    ),
    (
        Mistake::TakesStartedForEnded,
        Setting::Standard,
        "a secret that somebody else made",
    ),
    (
        Mistake::OverlooksGone,
        Setting::Always("oci-final-deletion", "gone"),
        "a deleted key is restored",
    ),
    (
        Mistake::TakesConflictForRefusal,
        Setting::Standard,
        "a deleted and a purged secret",
    ),
];

pub(crate) fn tests() -> Vec<Trial> {
    let planted = PLANTED.map(|(mistake, setting, scenario)| {
        trial(
            format!("a client that {} is caught under {setting}", mistake.what()),
            move || caught(mistake, setting, scenario),
        )
    });
    let mut trials = Vec::from(planted);
    trials.push(trial("a write that no status announces is noticed", || {
        noticed("soft-delete", "no status announces it")
    }));
    trials.push(trial(
        "an irreversible write that nobody approved is noticed",
        || noticed("hard-delete", "no claimed approval covers it"),
    ));
    trials
}

/// Sends a write past the operator, about a secret whose purge waits for an approval.
fn noticed(write: &str, complaint: &str) -> Outcome {
    let mut judged = Ok(());
    let ran = in_a_time_of_its_own(Setting::Standard, None, async |world: &mut World| {
        world.apply(&manifests::azure_secret("key")).await?;
        world.until_ready("AzureSecret", "key").await?;
        world.desire("AzureSecret", "key", "Purged").await?;
        let waiting = world
            .until_reason("AzureSecret", "key", "AwaitingApproval")
            .await?;
        judged = world.judge().await;
        let id = text(&waiting, "/resourceId");
        let path = format!("/api/v1/cckm/azure/secrets/{id}/{write}");
        world
            .line
            .send(http::Request::post(path).body(Bytes::new())?)
            .await?;
        Ok(())
    });
    judged?;
    match ran {
        Err(error) if error.to_string().contains(complaint) => Ok(()),
        other => Err(format!("it goes unnoticed: {other:?}").into()),
    }
}

fn caught(mistake: Mistake, setting: Setting, beginning: &str) -> Outcome {
    let scenarios = scenarios::all();
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.sentence.starts_with(beginning))
        .ok_or("there is no such scenario")?;
    if setting != Setting::Standard
        && let Some(failure) = run(Setting::Standard, Some(mistake), scenario).failure
    {
        return Err(format!("it shows without the switch already: {failure}").into());
    }
    match run(setting, Some(mistake), scenario).failure {
        Some(_) => Ok(()),
        None => Err(format!("{} holds all the same", scenario.sentence).into()),
    }
}

impl Mistake {
    /// It in words.
    const fn what(self) -> &'static str {
        match self {
            Self::CannotReadNullLists => "cannot read null for an empty list",
            Self::ReadsLowerCaseOnly => "reads fields of Salesforce in lower case only",
            Self::ReadsFlatBackupsOnly => "looks for backups on the row itself only",
            Self::KnowsOrganizationsByUuidOnly => "knows organizations by CM's ID only",
            Self::UploadsBySalesforceIdOnly => "uploads by Salesforce's ID only",
            Self::KnowsVaultsByUuidOnly => "knows vaults by CM's ID only",
            Self::WritesCamelCaseOnly => "writes contentType only",
            Self::ReadsCamelCaseOnly => "reads contentType only",
            Self::WritesSecondsOnly => "writes dates as seconds only",
            Self::SendsItsOwnTagsOnly => "sends its own tags only",
            Self::TakesStartedForEnded => "takes a sync that started for one that ended",
            Self::OverlooksGone => "overlooks that a record is gone",
            Self::TakesConflictForRefusal => "takes a conflict for a refusal",
        }
    }

    /// What it makes of a request.
    pub(crate) fn in_request(self, request: http::Request<Bytes>) -> http::Request<Bytes> {
        let upload = request.uri().path().ends_with("/upload");
        request.map(|body| {
            changed(body, |body| match self {
                Self::WritesCamelCaseOnly => {
                    everywhere(body, &mut |object| drop(object.remove("content_type")));
                }
                Self::WritesSecondsOnly => everywhere(body, &mut |object| {
                    for date in ["exp", "nbf"] {
                        if let Some(seconds) = object.get(date).and_then(seconds) {
                            object.insert(date.to_owned(), seconds.into());
                        }
                    }
                }),
                Self::SendsItsOwnTagsOnly => everywhere(body, &mut |object| {
                    if let Some(tags) = object.get_mut("tags").and_then(Value::as_object_mut) {
                        tags.retain(|tag, _| tag == "team" || tag == api::OWNER_TAG);
                    }
                }),
                Self::UploadsBySalesforceIdOnly if upload => everywhere(body, &mut |object| {
                    if object.contains_key("organization_id") {
                        object.insert("organization_id".to_owned(), "00DB000000040bIMAQ".into());
                    }
                }),
                _ => {}
            })
        })
    }

    /// What it makes of a reply.
    pub(crate) fn in_reply(
        self,
        path: &str,
        mut reply: http::Response<Bytes>,
    ) -> http::Response<Bytes> {
        if self == Self::TakesConflictForRefusal && reply.status() == StatusCode::CONFLICT {
            *reply.status_mut() = StatusCode::BAD_REQUEST;
        }
        reply.map(|body| changed(body, |body| self.read(path, body)))
    }

    fn read(self, path: &str, body: &mut Value) {
        let rows = |body: &mut Value, of_others: fn(&Value) -> bool| {
            if let Some(rows) = body["resources"].as_array_mut() {
                rows.retain(|row| !of_others(row));
            }
        };
        match self {
            Self::CannotReadNullLists if body["resources"].is_null() => {
                if let Some(list) = body
                    .as_object_mut()
                    .filter(|list| list.contains_key("total"))
                {
                    list.insert("resources".to_owned(), "unreadable".into());
                }
            }
            Self::ReadsLowerCaseOnly => everywhere(body, &mut |object| {
                object.retain(|name, _| !name.starts_with(char::is_uppercase));
            }),
            Self::ReadsFlatBackupsOnly => everywhere(body, &mut |object| {
                object.remove("tenant_secret_backup");
            }),
            Self::KnowsOrganizationsByUuidOnly => rows(body, |row| {
                row["sfdc_params"].is_object() && begins(&row["organization_id"], "00D")
            }),
            Self::KnowsVaultsByUuidOnly if path.ends_with("/oci/keys") => {
                rows(body, |row| {
                    begins(&row["vault_id"], "ocid1.")
                        || begins(&row["oci_key_params"]["vault_id"], "ocid1.")
                });
            }
            Self::ReadsCamelCaseOnly => everywhere(body, &mut |object| {
                object.remove("content_type");
            }),
            Self::OverlooksGone => everywhere(body, &mut |object| {
                object.remove("gone");
            }),
            Self::TakesStartedForEnded if path.contains("/synchronization-jobs/") => {
                body["overall_status"] = json!("completed");
            }
            _ => {}
        }
    }
}

fn begins(value: &Value, with: &str) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(with))
}

fn seconds(date: &Value) -> Option<i64> {
    let date: jiff::Timestamp = date.as_str()?.parse().ok()?;
    Some(date.as_second())
}

fn changed(body: Bytes, change: impl FnOnce(&mut Value)) -> Bytes {
    match serde_json::from_slice(&body) {
        Ok(mut value) => {
            change(&mut value);
            Bytes::from(value.to_string())
        }
        Err(_) => body,
    }
}

/// Does it to every object within.
fn everywhere(value: &mut Value, change: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object
                .values_mut()
                .for_each(|value| everywhere(value, change));
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| everywhere(value, change)),
        _ => {}
    }
}
