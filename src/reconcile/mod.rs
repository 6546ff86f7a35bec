//! Visits: what is done when an object's turn comes. [`key`] reads as the six steps.

pub mod announce;
pub mod approval;
pub mod approval_policy;
pub mod approvals;
pub mod azure;
pub mod budget;
pub mod container;
pub mod decide;
pub mod failure;
pub mod fields;
pub mod hmac;
pub mod key;
pub mod kind;
pub mod manager;
pub mod memory;
pub mod oci;
pub mod preview;
pub mod registration;
pub mod report;
pub mod revisit;
pub mod salesforce;
pub mod site;
pub mod stance;
pub mod status;
pub mod terms;
pub mod translate;
pub mod wake;
pub mod wish;

use std::sync::Arc;

use api::{CipherTrustManager, ClusterCipherTrustManager};

use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    runtime::{metrics::KindLabels, worker::Revisit},
};

/// Visits an object.
pub async fn visit(context: Arc<Context>, object: ObjectRef) -> Revisit {
    context
        .metrics
        .visits
        .get_or_create(&KindLabels {
            kind: object.kind.as_str(),
        })
        .inc();
    match object.kind {
        Kind::CipherTrustManager => manager::visit::<CipherTrustManager>(context, object).await,
        Kind::ClusterCipherTrustManager => {
            manager::visit::<ClusterCipherTrustManager>(context, object).await
        }
        Kind::SalesforceOrganization => {
            container::visit::<salesforce::OrganizationKind>(context, object).await
        }
        Kind::AzureVault => container::visit::<azure::AzureVaultKind>(context, object).await,
        Kind::OciVault => container::visit::<oci::OciVaultKind>(context, object).await,
        Kind::SalesforceTenantSecret => {
            Box::pin(key::visit::<salesforce::TenantSecretKind>(context, object)).await
        }
        Kind::SalesforceRotation => {
            Box::pin(key::visit::<salesforce::RotationKind>(context, object)).await
        }
        Kind::AzureSecret => Box::pin(key::visit::<azure::AzureSecretKind>(context, object)).await,
        Kind::OciKey => Box::pin(key::visit::<oci::OciKeyKind>(context, object)).await,
        Kind::DestructionApproval => approval::visit(context, object).await,
    }
}
