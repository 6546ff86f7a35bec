//! CM's rows of Salesforce: organizations, certificates and tenant secrets.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    manager::record::{Record, resources},
    switches::CertificateEnd,
    world::salesforce,
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Organization {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) name: String,
    /// Salesforce's `00D` ID.
    pub(crate) organization_id: String,
    pub(crate) connection: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certificate {
    #[serde(flatten)]
    pub(crate) record: Record,
    /// CM's ID of the organization.
    pub(crate) organization: String,
    pub(crate) sfdc_org_id: String,
    pub(crate) seen: salesforce::Certificate,
    pub(crate) gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Origin {
    #[serde(rename = "cckm")]
    Cckm,
    #[serde(rename = "native")]
    Native,
}

/// The copy of a tenant secret that CM keeps.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) name: String,
    /// As exported from Salesforce.
    pub(crate) material: String,
}

/// The source key of an uploaded tenant secret.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Upload {
    pub(crate) source_key_tier: String,
    pub(crate) source_key_id: String,
    pub(crate) source_key_name: String,
}

/// A tenant secret, as last seen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TenantSecret {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) name: Option<String>,
    /// CM's ID of the organization.
    pub(crate) organization: String,
    pub(crate) sfdc_org_id: String,
    pub(crate) origin: Origin,
    pub(crate) auto_rotate: bool,
    pub(crate) backup: Option<Backup>,
    pub(crate) certificate_id: Option<String>,
    pub(crate) upload: Option<Upload>,
    pub(crate) seen: salesforce::TenantSecret,
}

resources!(Organization, Certificate, TenantSecret);

impl Organization {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("cckm", "sfdc-organization", "");
        for (name, value) in [
            ("application", "ncryptify:gemalto:admin:apps:kylo"),
            ("devAccount", "ncryptify:gemalto:admin:accounts:gemalto"),
            ("name", self.name.as_str()),
            ("organization_id", self.organization_id.as_str()),
            ("connection", self.connection.as_str()),
            ("cloud_name", "sfdc"),
            ("type", "Regular"),
        ] {
            body.insert(name.to_owned(), json!(value));
        }
        Value::Object(body)
    }
}

impl Certificate {
    pub(crate) fn body(&self, end: CertificateEnd) -> Value {
        let mut body = self.record.body("cckm", "sfdc-certificate", "");
        for (name, value) in [
            ("name", self.seen.name.as_str()),
            ("organization_id", self.organization.as_str()),
            ("sfdc_org_id", self.sfdc_org_id.as_str()),
            ("salesforce_id", self.seen.salesforce_id.as_str()),
            ("cloud_name", "sfdc"),
        ] {
            body.insert(name.to_owned(), json!(value));
        }
        body.insert("gone".to_owned(), json!(self.gone));
        let date = self.seen.expiration_date;
        match end {
            CertificateEnd::ExpirationDate => body.insert("expiration_date".into(), json!(date)),
            CertificateEnd::ValidTo => body.insert("valid_to".into(), json!(date)),
            CertificateEnd::Absent => None,
        };
        Value::Object(body)
    }
}
