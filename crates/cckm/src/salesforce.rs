//! Salesforce organizations, tenant secrets and certificates (`/v1/cckm/sfdc`).

mod certificate;
mod id;
mod organization;
mod tenant_secret;

pub use certificate::{Certificate, Certificates};
pub use id::{InvalidSalesforceId, SalesforceId};
pub use organization::{DiscoveredOrganization, Organization, Organizations};
pub use tenant_secret::{
    Backup, KeyDerivationMode, KeyType, Origin, Source, TenantSecret, TenantSecretStatus,
    TenantSecretType, TenantSecretUpload, TenantSecrets, UploadedKey,
};

use crate::client::Client;

/// The calls for Salesforce.
#[derive(Clone, Copy)]
pub struct Salesforce<'a> {
    pub(crate) client: &'a Client,
}

impl<'a> Salesforce<'a> {
    /// Organizations registered in CipherTrust Manager.
    pub fn organizations(self) -> Organizations<'a> {
        Organizations {
            client: self.client,
        }
    }

    /// Tenant secrets, which the API calls keys.
    pub fn tenant_secrets(self) -> TenantSecrets<'a> {
        TenantSecrets {
            client: self.client,
        }
    }

    /// Certificates for which uploaded tenant secrets are encrypted.
    pub fn certificates(self) -> Certificates<'a> {
        Certificates {
            client: self.client,
        }
    }
}
