//! `SalesforceOrganization` and `SalesforceTenantSecret`.

mod facts;
mod organization;
mod tenant_secret;
mod upload;

pub use organization::{OrganizationFacts, OrganizationKind, TenantSecretRow};
pub use tenant_secret::TenantSecretKind;
