//! Logging in to CipherTrust Manager.

use std::{
    collections::BTreeMap,
    env,
    io::{self, IsTerminal, Read},
    sync::Arc,
};

use api::{CaKind, CipherTrustManager, ClusterCipherTrustManager};
use cckm::{Client, Credentials, RequestObserver, SecretString};
use cckm_operator::{
    manager::{Manager, ManagerObject},
    object::{Kind, ObjectRef},
    reconcile::manager,
};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Resource, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;

use super::remote::Requests;
use crate::{
    cluster::{Cluster, called, refused},
    exit::{Code, Failure, Outcome},
};

/// The environment variable with the password of `--username`.
const PASSWORD: &str = "CCKM_PASSWORD";

/// The clients of the managers that containers refer to, each logged in once.
pub(crate) struct Managers<'a> {
    cluster: &'a Cluster,
    given: Option<(String, SecretString)>,
    requests: Arc<Requests>,
    clients: BTreeMap<ObjectRef, Client>,
}

impl<'a> Managers<'a> {
    /// None is connected to yet; the password is read now, if there is a user.
    pub(crate) fn new(
        cluster: &'a Cluster,
        username: Option<String>,
        requests: Arc<Requests>,
    ) -> Outcome<Self> {
        let given = username
            .map(|username| password().map(|password| (username, password)))
            .transpose()?;
        Ok(Self {
            cluster,
            given,
            requests,
            clients: BTreeMap::new(),
        })
    }

    /// The client of a manager.
    pub(crate) async fn client(&mut self, reference: &ObjectRef) -> Outcome<Client> {
        if let Some(client) = self.clients.get(reference) {
            return Ok(client.clone());
        }
        let manager = match reference.kind {
            Kind::ClusterCipherTrustManager => {
                self.read::<ClusterCipherTrustManager>(reference).await?
            }
            _ => self.read::<CipherTrustManager>(reference).await?,
        };
        self.check(&manager).await?;
        let given = self
            .given
            .clone()
            .map(|(username, password)| Credentials::Password {
                username,
                password,
                connection: None,
            });
        let requests: Arc<dyn RequestObserver> = Arc::clone(&self.requests) as _;
        let client = manager::client(&self.cluster.client, &manager, given, requests)
            .await
            .map_err(|blocker| {
                Failure::failed(format!("{}: {}", called(reference), blocker.message))
            })?;
        self.clients.insert(reference.clone(), client.clone());
        Ok(client)
    }

    async fn read<M>(&self, reference: &ObjectRef) -> Outcome<Manager>
    where
        M: ManagerObject + DeserializeOwned + std::fmt::Debug,
    {
        let called = called(reference);
        let cr = M::api(&self.cluster.client, reference)
            .get_opt(&reference.name)
            .await;
        cr.map_err(|error| refused(&format!("read {called}"), &error))?
            .map(|cr| cr.manager())
            .ok_or_else(|| {
                Failure::failed(format!(
                    "there is no {called}. Correct managerRef of the container"
                ))
            })
    }

    /// Whether what the manager refers to may be read, for an answer that says what to do if not.
    async fn check(&self, manager: &Manager) -> Outcome {
        let authorities = manager.spec.tls.as_ref();
        let authorities = authorities.and_then(|tls| tls.ca_ref.as_ref());
        if let Some(reference) =
            authorities.filter(|reference| reference.kind() == CaKind::ConfigMap)
        {
            let namespace = manager.namespace(reference.namespace.as_deref());
            self.may_read::<ConfigMap>(manager, namespace, &reference.name, "")
                .await?;
        }
        let authorities = authorities.filter(|reference| reference.kind() == CaKind::Secret);
        for (namespace, name) in manager.spec.secrets() {
            let of_login = authorities.is_none_or(|reference| reference.name != name);
            if of_login && self.given.is_some() {
                continue;
            }
            let instead = if of_login {
                ". Ask for that, or log in with a user of your own: --username USER, with the password in CCKM_PASSWORD or from standard input"
            } else {
                ""
            };
            let namespace = manager.namespace(namespace);
            self.may_read::<Secret>(manager, namespace, name, instead)
                .await?;
        }
        Ok(())
    }

    async fn may_read<T>(
        &self,
        manager: &Manager,
        namespace: &str,
        name: &str,
        instead: &str,
    ) -> Outcome
    where
        T: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        let kind = T::kind(&());
        let objects: Api<T> = Api::namespaced(self.cluster.client.clone(), namespace);
        match objects.get_opt(name).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_forbidden() => Err(Failure::new(
                Code::NotAllowed,
                format!(
                    "you need the verb get on {kind} {name} in namespace {namespace}, which the {} names{instead}",
                    manager.reference.kind.as_str()
                ),
            )),
            Err(error) => Err(refused(&format!("read {kind} {name}"), &error)),
        }
    }
}

/// The password of `--username`.
fn password() -> Outcome<SecretString> {
    let usage = |message: &str| Failure::new(Code::Usage, message);
    if let Ok(password) = env::var(PASSWORD) {
        return Ok(SecretString::new(password));
    }
    if io::stdin().is_terminal() {
        return Err(usage(
            "--username needs a password: set CCKM_PASSWORD, or pipe the password into this command",
        ));
    }
    let mut password = String::new();
    io::stdin()
        .read_to_string(&mut password)
        .map_err(|_| usage("the password from standard input is not UTF-8 text"))?;
    let line = password.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(usage("standard input gives no password for --username"));
    }
    Ok(SecretString::new(line.to_owned()))
}
