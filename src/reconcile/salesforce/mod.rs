//! `SalesforceOrganization`, `SalesforceTenantSecret` and `SalesforceRotation`.

mod certificates;
mod facts;
mod organization;
mod preview;
mod rotation;
mod tenant_secret;
mod upload;

pub use organization::{OrganizationFacts, OrganizationKind, TenantSecretRow};
pub use rotation::RotationKind;
pub use tenant_secret::TenantSecretKind;
