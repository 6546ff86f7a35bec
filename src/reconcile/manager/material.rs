//! What a connection is made from, and where it is read.

use std::fmt::Debug;

use api::{CaKind, CipherTrustManagerSpec, SecretReference};
use cckm::{BaseUrl, ClientCertificate, Credentials, Roots, SecretBytes, SecretString};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client, Resource, core::NamespaceResourceScope};
use lifecycle::reason::{Blocker, Reason};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{
    hex::hex,
    manager::{LoginName, Manager},
    reconcile::failure,
};

/// What a connection is made from; another fingerprint makes another connection.
pub(super) struct Material {
    pub(super) url: BaseUrl,
    pub(super) credentials: Credentials,
    pub(super) certificate: Option<ClientCertificate>,
    pub(super) roots: Roots,
    pub(super) login: LoginName,
    /// Stands for password or certificate; a hash, kept in memory only.
    pub(super) credential: String,
    pub(super) fingerprint: String,
}

/// Reads what the spec refers to.
pub(super) async fn read(client: &Client, manager: &Manager) -> Result<Material, Blocker> {
    let spec = &manager.spec;
    let url = base_url(spec)?;
    let roots = roots(client, manager).await?;
    let (credentials, certificate, user) = credentials(client, manager).await?;
    let home = spec
        .auth_domain_path
        .as_deref()
        .or(spec.auth_domain.as_deref())
        .unwrap_or_default();
    let login = LoginName::new(url.as_str(), home, &user);
    let credential = credential(&credentials, certificate.as_ref());
    let fingerprint = fingerprint(spec, &credential, &roots);
    Ok(Material {
        url,
        credentials,
        certificate,
        roots,
        login,
        credential,
        fingerprint,
    })
}

pub(super) fn base_url(spec: &CipherTrustManagerSpec) -> Result<BaseUrl, Blocker> {
    BaseUrl::parse(&spec.url).map_err(|error| {
        Blocker::new(
            Reason::InvalidSpec,
            format!("spec.url cannot be used: {error}. Correct it."),
        )
    })
}

/// The authorities to trust.
pub(super) async fn roots(client: &Client, manager: &Manager) -> Result<Roots, Blocker> {
    let tls = manager.spec.tls.as_ref();
    let Some(reference) = tls.and_then(|tls| tls.ca_ref.as_ref()) else {
        return Ok(Roots::System);
    };
    let place = Place {
        namespace: manager.namespace(reference.namespace.as_deref()),
        name: &reference.name,
        path: "tls.caRef",
    };
    let pem = match reference.kind() {
        CaKind::ConfigMap => place.of_config_map(client, reference.key()).await?,
        CaKind::Secret => place.of_secret(client, reference.key()).await?,
    };
    Ok(Roots::Only(pem))
}

/// How to log in: credentials, client certificate, and what stands for the user.
pub(super) async fn credentials(
    client: &Client,
    manager: &Manager,
) -> Result<(Credentials, Option<ClientCertificate>, String), Blocker> {
    let spec = &manager.spec.credentials;
    if let Some(password) = &spec.password {
        let secret = Place::of(
            manager,
            &password.secret_ref,
            "credentials.password.secretRef",
        );
        let username = secret.text(client, "username").await?;
        let password = secret.text(client, "password").await?;
        let credentials = Credentials::Password {
            username: username.clone(),
            password: SecretString::new(password),
            connection: None,
        };
        return Ok((credentials, None, username));
    }
    let Some(certificate) = &spec.client_certificate else {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "spec.credentials names no credentials. Set password or clientCertificate.",
        ));
    };
    let path = "credentials.clientCertificate.secretRef";
    let secret = Place::of(manager, &certificate.secret_ref, path);
    let chain = secret.of_secret(client, "tls.crt").await?;
    let key = SecretBytes::new(secret.of_secret(client, "tls.key").await?);
    let user = hex(&Sha256::digest(&chain));
    let credentials = match &certificate.client_id {
        Some(client_id) => Credentials::ClientCertificate {
            client_id: client_id.clone(),
        },
        None => Credentials::UserCertificate,
    };
    let pair = ClientCertificate {
        certificate: chain,
        key,
    };
    Ok((credentials, Some(pair), user))
}

/// A Secret or `ConfigMap` that the spec refers to.
struct Place<'a> {
    namespace: &'a str,
    name: &'a str,
    /// Where in the spec.
    path: &'static str,
}

impl<'a> Place<'a> {
    fn of(manager: &'a Manager, secret: &'a SecretReference, path: &'static str) -> Self {
        Self {
            namespace: manager.namespace(secret.namespace.as_deref()),
            name: &secret.name,
            path,
        }
    }

    async fn of_secret(&self, client: &Client, key: &str) -> Result<Vec<u8>, Blocker> {
        let secret: Option<Secret> = self.read(client, "Secret").await?;
        let value = secret
            .and_then(|secret| secret.data)
            .and_then(|mut data| data.remove(key));
        value
            .map(|value| value.0)
            .ok_or_else(|| self.missing("Secret", key))
    }

    async fn of_config_map(&self, client: &Client, key: &str) -> Result<Vec<u8>, Blocker> {
        let map: Option<ConfigMap> = self.read(client, "ConfigMap").await?;
        map.and_then(|map| map.data)
            .and_then(|mut data| data.remove(key))
            .map(String::into_bytes)
            .ok_or_else(|| self.missing("ConfigMap", key))
    }

    async fn text(&self, client: &Client, key: &str) -> Result<String, Blocker> {
        let bytes = self.of_secret(client, key).await?;
        String::from_utf8(bytes).map_err(|_| {
            Blocker::new(
                Reason::InvalidSpec,
                format!(
                    "Key {key} of Secret {} is not UTF-8 text. Correct it.",
                    self.name
                ),
            )
        })
    }

    async fn read<K>(&self, client: &Client, kind: &str) -> Result<Option<K>, Blocker>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + Debug,
    {
        let objects: Api<K> = Api::namespaced(client.clone(), self.namespace);
        let found = objects.get_opt(self.name).await;
        found.map_err(|error| failure::unread(&error, &format!("{kind} {}", self.name)))
    }

    fn missing(&self, kind: &str, key: &str) -> Blocker {
        Blocker::new(
            Reason::SecretNotFound,
            format!(
                "{kind} {} with the key {key}, named by spec.{}, does not exist in namespace {}. Create it, or correct the reference.",
                self.name, self.path, self.namespace
            ),
        )
    }
}

/// Stands for password or certificate. A hash, and kept in memory only.
fn credential(credentials: &Credentials, certificate: Option<&ClientCertificate>) -> String {
    let password = match credentials {
        Credentials::Password {
            username, password, ..
        } => [username.as_bytes(), password.expose().as_bytes()],
        Credentials::UserCertificate | Credentials::ClientCertificate { .. } => [b"".as_slice(); 2],
    };
    let certificate = certificate.map_or([b"".as_slice(); 2], |pair| {
        [pair.certificate.as_slice(), pair.key.expose().as_slice()]
    });
    digest(password.into_iter().chain(certificate))
}

/// Tells whether anything that a connection is made from has changed.
fn fingerprint(spec: &api::CipherTrustManagerSpec, credential: &str, roots: &Roots) -> String {
    let roots = match roots {
        Roots::System => b"".as_slice(),
        Roots::SystemAnd(pem) | Roots::Only(pem) => pem,
    };
    let spec = serde_json::to_string(spec).unwrap_or_default();
    digest([spec.as_bytes(), credential.as_bytes(), roots])
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}
