#![doc = include_str!("../README.md")]
#![allow(
    clippy::struct_field_names,
    reason = "fields have the names of the wire"
)]

mod certificate;
mod cli;
mod clock;
mod console;
mod faults;
mod http;
mod log;
mod manager;
mod seed;
mod seeding;
mod seeding_azure;
mod seeding_oci;
mod seeding_salesforce;
mod server;
mod simulator;
mod state;
pub mod switches;
mod world;

pub use certificate::{DistinguishedName, PeerCertificate};
pub use cli::{Args, run};
pub use clock::Clock;
pub use console::Change;
pub use faults::{Fault, FaultKind};
pub use log::LoggedRequest;
pub use server::{Tls, serve};
pub use simulator::{Options, Simulator};
pub use switches::Switches;
pub use world::{
    description::{
        AzureSecret, AzureVault, Client, Connection, Oci, OciCompartment, OciKey, OciVault,
        SalesforceCertificate, SalesforceOrganization, TenantSecret, User, VaultKey, World,
    },
    oci::LifecycleState,
    salesforce::{SecretSource, SecretStatus, SecretType},
};
