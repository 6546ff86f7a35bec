//! A world to start from, as Rust values or JSON. Everything with a default may be left out; IDs
//! that are left out are drawn from the seed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{
    oci::LifecycleState,
    salesforce::{CERTIFICATE_DAYS, SecretSource, SecretStatus, SecretType},
};

/// Declares plain records of JSON: unknown members are refused, absent ones have their default.
macro_rules! records {
    ($($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $kind:ty = $default:expr),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$field_about])* pub $field: $kind),+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    )+};
}

records! {
    /// A user who logs in with a password or a certificate.
    User {
        /// CM's ID.
        id: Option<String> = None,
        /// Unique in its domain and connection.
        username: String = String::new(),
        /// Password.
        password: String = String::new(),
        /// Home domain.
        domain: String = "root".to_owned(),
        /// Source of the user; an LDAP connection or `local_account`.
        connection: String = "local_account".to_owned(),
        /// Subject of the certificate that it may log in with.
        certificate_subject_dn: Option<String> = None,
    }
    /// A client for the grant `client_credential`.
    Client {
        /// CM's ID, the `client_id` of the grant.
        id: Option<String> = None,
        /// Name.
        name: String = String::new(),
        /// Subject of its certificate.
        certificate_subject_dn: String = String::new(),
    }
    /// A connection to a cloud. Clouds below bring their own into being where none has the name.
    Connection {
        /// CM's ID.
        id: Option<String> = None,
        /// Unique in its service.
        name: String = String::new(),
        /// `salesforce`, `azure` or `oci`.
        service: String = String::new(),
    }
    /// A key of CM, the source of uploads.
    VaultKey {
        /// CM's ID.
        id: Option<String> = None,
        /// Name.
        name: String = String::new(),
        /// `AES` or `RSA`.
        algorithm: String = "AES".to_owned(),
        /// In bits.
        size: u32 = 256,
    }
    /// A Salesforce organization.
    SalesforceOrganization {
        /// CM's ID.
        id: Option<String> = None,
        /// The `00D` ID.
        organization_id: Option<String> = None,
        /// Name.
        name: String = "Organization".to_owned(),
        /// Connection by which CM reaches it.
        connection: String = "salesforce".to_owned(),
        /// A sandbox has shorter rotation intervals.
        sandbox: bool = false,
        /// Whether it has been added to CM.
        registered: bool = true,
        /// Certificates.
        certificates: Vec<SalesforceCertificate> = Vec::new(),
        /// Tenant secrets, oldest first.
        tenant_secrets: Vec<TenantSecret> = Vec::new(),
    }
    /// A certificate for uploads.
    SalesforceCertificate {
        /// CM's ID.
        id: Option<String> = None,
        /// Unique in the organization.
        name: String = String::new(),
        /// Whether CM knows it.
        known: bool = true,
        /// For how many days it is good.
        days: u16 = CERTIFICATE_DAYS,
    }
    /// A tenant secret.
    TenantSecret {
        /// CM's ID.
        id: Option<String> = None,
        /// Type.
        r#type: SecretType = SecretType::Data,
        /// State.
        status: SecretStatus = SecretStatus::Active,
        /// Source of the material.
        source: SecretSource = SecretSource::Hsm,
        /// Version; above all earlier ones of the organization when absent.
        version: Option<u64> = None,
        /// When Salesforce made it; now when absent.
        created: Option<Timestamp> = None,
        /// Whether CM knows it.
        known: bool = true,
        /// Whether CM has a backup of it.
        backup: bool = true,
    }
    /// An Azure key vault.
    AzureVault {
        /// CM's ID.
        id: Option<String> = None,
        /// Unique.
        name: String = String::new(),
        /// Subscription.
        subscription_id: String = "260ecbe7-777b-4d3c-84ea-678820490000".to_owned(),
        /// Tenant.
        tenant: String = "d27e139e-e487-4b0e-abcd-a71e64560000".to_owned(),
        /// Region.
        region: String = "northcentralus".to_owned(),
        /// Connection by which CM reaches it.
        connection: String = "azure".to_owned(),
        /// Whether a delete can be taken back.
        soft_delete: bool = true,
        /// Days for which it can; 7 to 90.
        retention_days: i64 = 90,
        /// Whether nobody can purge before.
        purge_protection: bool = false,
        /// Whether it has been added to CM.
        registered: bool = true,
        /// Secrets. One of the same name as an earlier one is a newer version.
        secrets: Vec<AzureSecret> = Vec::new(),
    }
    /// A version of an Azure secret.
    AzureSecret {
        /// CM's ID.
        id: Option<String> = None,
        /// Name.
        name: String = String::new(),
        /// Value.
        value: String = String::new(),
        /// Content type.
        content_type: Option<String> = None,
        /// Tags.
        tags: BTreeMap<String, String> = BTreeMap::new(),
        /// Whether it may be used.
        enabled: bool = true,
        /// Seconds since 1970.
        exp: Option<i64> = None,
        /// Seconds since 1970.
        nbf: Option<i64> = None,
        /// When Azure made it; now when absent.
        created: Option<Timestamp> = None,
        /// Whether the secret is soft-deleted, since now.
        deleted: bool = false,
        /// Whether CM knows it.
        known: bool = true,
    }
    /// Oracle Cloud.
    Oci {
        /// Compartments, beside those of the vaults.
        compartments: Vec<OciCompartment> = Vec::new(),
        /// Namespaces of defined tags.
        tag_namespaces: Vec<String> = Vec::new(),
        /// Vaults.
        vaults: Vec<OciVault> = Vec::new(),
    }
    /// A compartment.
    OciCompartment {
        /// OCID.
        compartment_id: String = String::new(),
        /// Name.
        name: String = String::new(),
        /// Connection by which CM knows it; unknown to CM when absent.
        connection: Option<String> = None,
    }
    /// A vault.
    OciVault {
        /// CM's ID.
        id: Option<String> = None,
        /// OCID.
        vault_id: Option<String> = None,
        /// Display name.
        name: String = String::new(),
        /// OCID of its compartment, made if there is none.
        compartment_id: String = "ocid1.compartment.oc1..simulator".to_owned(),
        /// Name of the tenancy.
        tenancy: String = "simulator".to_owned(),
        /// Region.
        region: String = "us-ashburn-1".to_owned(),
        /// `DEFAULT` or `VIRTUAL_PRIVATE`.
        vault_type: String = "DEFAULT".to_owned(),
        /// Connection by which CM reaches it.
        connection: String = "oci".to_owned(),
        /// Whether it has been added to CM.
        registered: bool = true,
        /// Keys.
        keys: Vec<OciKey> = Vec::new(),
    }
    /// A key.
    OciKey {
        /// CM's ID.
        id: Option<String> = None,
        /// OCID.
        key_id: Option<String> = None,
        /// Display name.
        name: String = String::new(),
        /// `AES`, `RSA` or `ECDSA`.
        algorithm: String = "AES".to_owned(),
        /// In bytes.
        length: i64 = 32,
        /// For ECDSA.
        curve_id: Option<String> = None,
        /// `HSM` or `SOFTWARE`.
        protection_mode: String = "SOFTWARE".to_owned(),
        /// ENABLED, DISABLED, `PENDING_DELETION` or DELETED.
        state: LifecycleState = LifecycleState::Enabled,
        /// Days until a `PENDING_DELETION` ends.
        days: i64 = 7,
        /// When OCI made it; now when absent.
        created: Option<Timestamp> = None,
        /// Freeform tags.
        freeform_tags: BTreeMap<String, String> = BTreeMap::new(),
        /// Defined tags by namespace, which comes into being.
        defined_tags: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new(),
        /// False for a replica.
        is_primary: bool = true,
        /// Number of versions.
        versions: usize = 1,
        /// Whether CM knows it.
        known: bool = true,
    }
    /// Everything to add.
    World {
        /// Domains beside root and the users' own.
        domains: Vec<String> = Vec::new(),
        /// Users.
        users: Vec<User> = Vec::new(),
        /// Clients.
        clients: Vec<Client> = Vec::new(),
        /// Connections.
        connections: Vec<Connection> = Vec::new(),
        /// Keys of CM.
        vault_keys: Vec<VaultKey> = Vec::new(),
        /// Salesforce organizations.
        salesforce: Vec<SalesforceOrganization> = Vec::new(),
        /// Azure vaults.
        azure: Vec<AzureVault> = Vec::new(),
        /// Oracle Cloud.
        oci: Oci = Oci::default(),
    }
}

impl World {
    /// Adds a local user of the root domain.
    #[must_use]
    pub fn user(mut self, username: &str, password: &str) -> Self {
        self.users.push(User {
            username: username.to_owned(),
            password: password.to_owned(),
            ..User::default()
        });
        self
    }

    /// Adds a source key.
    #[must_use]
    pub fn vault_key(mut self, key: VaultKey) -> Self {
        self.vault_keys.push(key);
        self
    }

    /// Adds a Salesforce organization.
    #[must_use]
    pub fn salesforce_organization(mut self, organization: SalesforceOrganization) -> Self {
        self.salesforce.push(organization);
        self
    }

    /// Adds an Azure vault.
    #[must_use]
    pub fn azure_vault(mut self, vault: AzureVault) -> Self {
        self.azure.push(vault);
        self
    }

    /// Adds an OCI vault.
    #[must_use]
    pub fn oci_vault(mut self, vault: OciVault) -> Self {
        self.oci.vaults.push(vault);
        self
    }
}
