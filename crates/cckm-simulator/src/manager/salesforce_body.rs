//! The body of a tenant secret, in the variants that the pages show.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    manager::salesforce::TenantSecret,
    switches::{BackupFields, CreatedDate, OrganizationIdAnswered, ParamsCasing, Switches},
    world::salesforce::SecretSource,
};

/// What an answer is to, which decides about `CreatedDate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Read,
    Action,
}

/// Salesforce writes the offset without a colon: not RFC 3339.
fn salesforce_date(instant: Timestamp) -> Value {
    json!(instant.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string())
}

impl TenantSecret {
    pub(crate) fn body(&self, occasion: Occasion, switches: &Switches) -> Value {
        let mut body = self.record.body("cckm", "Tenant_Secret", "");
        let organization = match switches.sfdc_organization_id_answered {
            OrganizationIdAnswered::Uuid => &self.organization,
            OrganizationIdAnswered::Salesforce => &self.sfdc_org_id,
        };
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("cloud_name", json!("sfdc"));
        put("organization_id", json!(organization));
        put("error_msg", json!(""));
        put("auto_rotate", json!(self.auto_rotate));
        put("origin", json!(self.origin));
        put("sfdc_params", self.parameters(occasion, switches));
        if let Some(name) = &self.name {
            put("name", json!(name));
        }
        if let Some(id) = &self.certificate_id {
            put("certificate_id", json!(id));
        }
        match self.seen.source {
            SecretSource::Hsm => put("sfdc_org_id", json!(self.sfdc_org_id)),
            SecretSource::Uploaded => {
                put("key_type", json!("byok"));
                put("sfdc_organization_id", json!(self.sfdc_org_id))
            }
            SecretSource::Remote => {
                put("key_type", json!("cache-only"));
                put("sfdc_org_id", json!(self.sfdc_org_id))
            }
        };
        if let Some(upload) = &self.upload {
            put("key_upload_params", json!(upload));
        }
        self.put_backup(&mut body, switches);
        Value::Object(body)
    }

    /// The body that lists filter and sort by: the default one, and what only filters know.
    pub(crate) fn canonical(&self, organization_name: &str) -> Value {
        let switches = Switches {
            sfdc_backup_fields: BackupFields::Flat,
            ..Switches::default()
        };
        let mut body = self.body(Occasion::Read, &switches);
        body["organization_type"] = json!("Regular");
        body["sfdc_org_name"] = json!(organization_name);
        body["sfdc_org_id"] = json!(self.sfdc_org_id);
        body
    }

    fn put_backup(&self, body: &mut Map<String, Value>, switches: &Switches) {
        let Some(backup) = &self.backup else { return };
        let nested = match switches.sfdc_backup_fields {
            BackupFields::AsDocumented => self.upload.is_some(),
            BackupFields::Flat => false,
            BackupFields::Nested => true,
            BackupFields::Absent => return,
        };
        if nested {
            let backup = json!({ "backup_key_name": backup.name, "backup_key_tier": "local" });
            body.insert("tenant_secret_backup".to_owned(), backup);
        } else {
            body.insert("backup_key_id".to_owned(), json!(backup.id));
            body.insert("backup_key_name".to_owned(), json!(backup.name));
            body.insert("backup_key_tier".to_owned(), json!("local"));
        }
    }

    fn parameters(&self, occasion: Occasion, switches: &Switches) -> Value {
        let seen = &self.seen;
        let dated = match switches.sfdc_created_date {
            CreatedDate::ReadsOnly => occasion == Occasion::Read,
            CreatedDate::Always => true,
            CreatedDate::Never => false,
        };
        let mut parameters = vec![
            ("salesforce_id", "SalesforceID", json!(seen.salesforce_id)),
            ("created_by_id", "CreatedById", json!(seen.user_id)),
            (
                "last_modified_date",
                "LastModifiedDate",
                salesforce_date(seen.last_modified_date),
            ),
            (
                "last_modified_by_id",
                "LastModifiedById",
                json!(seen.user_id),
            ),
            (
                "system_modstamp",
                "SystemModstamp",
                salesforce_date(seen.last_modified_date),
            ),
            // Salesforce doesn't give the hash away; the pages show this text.
            ("secret_value_hash", "SecretValueHash", json!("UNKNOWM=")),
            ("version", "Version", json!(seen.version)),
            ("status", "Status", json!(seen.status)),
            ("source", "Source", json!(seen.source)),
            ("type", "Type", json!(seen.r#type)),
        ];
        if dated {
            parameters.push((
                "created_date",
                "CreatedDate",
                salesforce_date(seen.created_date),
            ));
        }
        if let (true, Some(value)) = (switches.secret_values_echoed, &seen.secret_value) {
            parameters.push(("secret_value", "SecretValue", json!(value)));
        }
        parameters
            .into_iter()
            .map(|(snake, pascal, value)| {
                let name = match switches.sfdc_params_casing {
                    ParamsCasing::Snake => snake,
                    ParamsCasing::Pascal => pascal,
                };
                (name.to_owned(), value)
            })
            .collect::<Map<_, _>>()
            .into()
    }
}
