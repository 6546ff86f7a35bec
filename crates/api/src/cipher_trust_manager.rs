//! `CipherTrustManager`: where a CipherTrust Manager is and how to log in.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SecretReference,
    manager_policy::{ApprovalPolicy, Limits},
    rules, schema,
};

/// Where the CipherTrust Manager is, how to log in, and what may be done through it.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "CipherTrustManager",
    namespaced,
    status = "CipherTrustManagerStatus",
    derive = "PartialEq",
    doc = "A CipherTrust Manager, a cluster of them, or a tenant of the service: where it is, how to log in, and what may be done through it.",
    category = "cckm",
    shortname = "ctm"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::immutable_with_presence("domain", "domain is immutable, and so is \
        leaving it out: keys would be looked for in another domain. Create another \
        CipherTrustManager for another domain."),
    validation = Rule::new("!has(self.domain) || !has(self.credentials.clientCertificate) || \
        !has(self.credentials.clientCertificate.clientId)")
        .message("CipherTrust Manager does not support domain together with clientId. Remove \
            domain, or remove clientId and log in as the certificate's user, or log in by \
            password."),
    validation = Rule::new("!(has(self.authDomain) && has(self.authDomainPath))")
        .message("authDomain and authDomainPath exclude each other. Keep authDomainPath for the \
            service, authDomain otherwise.")
)]
pub struct CipherTrustManagerSpec {
    /// The base URL, such as `https://cm.example.com`: https, or http to this host only (`localhost`, `127.0.0.1`, `[::1]`).
    /// Without user, query and fragment. It may change: the containers are then checked to be the same ones again.
    #[schemars(length(min = 8, max = 2048))]
    #[x_kube(
        validation = Rule::new("isURL(self) && (self.matches('^https://[^/?#]') || \
            self.matches('^http://(localhost|127[.]0[.]0[.]1|\\\\[::1\\\\])(:[0-9]+)?(/|$)'))")
            .message("url has to be an https URL, such as https://cm.example.com. Plain http is \
                for localhost, 127.0.0.1 and [::1] only: it would show passwords to the network."),
        validation = Rule::new("!self.contains('@') && !self.contains('?') && !self.contains('#')")
            .message("url takes no user, query or fragment. Put the user into the Secret that \
                credentials names, and remove the rest.")
    )]
    pub url: String,
    /// The domain in which the keys are, by name or ID: 1 to 255 characters. Absent: the root domain. Immutable. Not
    /// with `clientId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub domain: Option<String>,
    /// The domain in which the user is, by name: 1 to 255 characters. Absent: the root domain, or as
    /// `authDomainPath` says. Not with `authDomainPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub auth_domain: Option<String>,
    /// The domain in which the user is, by path, as the service has it: 1 to 1024 characters. Absent: as `authDomain`
    /// says. Not with `authDomain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub auth_domain_path: Option<String>,
    /// How to log in: exactly one of `password` and `clientCertificate`.
    pub credentials: Credentials,
    /// How the server's certificate is checked. Absent: by the authorities that the operator's system trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// How much this manager is asked, and what it is never asked. Absent: as each of its fields says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Which actions need a `DestructionApproval`. Absent: the irreversible ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<ApprovalPolicy>,
    /// true: everything is observed and planned, nothing is changed, for all keys of this manager. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// How to log in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.password) != has(self.clientCertificate)")
        .message("credentials takes exactly one of password and clientCertificate. Remove the \
            other, or add one.")
)]
pub struct Credentials {
    /// By user name and password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordCredentials>,
    /// By client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificateCredentials>,
}

/// A login by user name and password.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordCredentials {
    /// The Secret with the keys `username` and `password`. A change of it is used at the next login.
    pub secret_ref: SecretReference,
}

/// A login by client certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificateCredentials {
    /// The Secret of type `kubernetes.io/tls`, with the keys `tls.crt` and `tls.key`.
    pub secret_ref: SecretReference,
    /// The ID of the client that is registered with the certificate: 1 to 255 characters. Absent: the login is that
    /// of the certificate's user. Not with `domain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub client_id: Option<String>,
}

/// How the server's certificate is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// The certificate authorities to trust, and no others. Absent: those that the operator's system trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<CaReference>,
    /// true: the server's certificate is not checked, so that anybody on the way can read the login. For trials; a
    /// condition and a warning event say so. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
}

/// Where the certificate authorities are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct CaReference {
    /// `ConfigMap` or `Secret`. Absent: `ConfigMap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaKind>,
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
    /// The key in its data; the value is one or more certificates in PEM. Absent: `ca.crt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = "^[-._a-zA-Z0-9]+$"))]
    pub key: Option<String>,
    /// Its namespace. In the schema of `ClusterCipherTrustManager` only, which requires it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub namespace: Option<String>,
}

impl CaReference {
    /// The kind, absence filled in.
    pub fn kind(&self) -> CaKind {
        self.kind.unwrap_or_default()
    }

    /// The key in the data, absence filled in.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or("ca.crt")
    }
}

/// What holds certificate authorities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CaKind {
    /// A `ConfigMap`.
    #[default]
    ConfigMap,
    /// A Secret.
    Secret,
}

impl CipherTrustManagerSpec {
    /// The Secrets that it refers to: namespace, where it names one, and name.
    pub fn secrets(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let password = self.credentials.password.as_ref();
        let certificate = self.credentials.client_certificate.as_ref();
        let authorities = self.tls.as_ref().and_then(|tls| tls.ca_ref.as_ref());
        let authorities = authorities.filter(|reference| reference.kind() == CaKind::Secret);
        password
            .map(|password| &password.secret_ref)
            .into_iter()
            .chain(certificate.map(|certificate| &certificate.secret_ref))
            .map(|secret| (secret.namespace.as_deref(), secret.name.as_str()))
            .chain(authorities.map(|secret| (secret.namespace.as_deref(), secret.name.as_str())))
    }

    /// Whether nothing may be changed through this manager.
    pub fn suspended(&self) -> bool {
        self.suspend.unwrap_or(false)
    }

    /// Whether the server's certificate is taken unchecked.
    pub fn insecure_skip_verify(&self) -> bool {
        self.tls
            .as_ref()
            .and_then(|tls| tls.insecure_skip_verify)
            .unwrap_or(false)
    }

    /// The limits, absence filled in by their own methods.
    pub fn limits(&self) -> Limits {
        self.limits.clone().unwrap_or_default()
    }

    /// The approval policy, absence filled in by its own methods.
    pub fn approvals(&self) -> ApprovalPolicy {
        self.approvals.clone().unwrap_or_default()
    }
}

/// What the operator knows of the manager.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct CipherTrustManagerStatus {
    /// The generation that this status was computed from; -1 until the operator first saw the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, and what else is to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Option<Vec<Condition>>,
    /// The value of the annotation `reconcile.fluxcd.io/requestedAt` that was last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_reconcile_at: Option<String>,
}
