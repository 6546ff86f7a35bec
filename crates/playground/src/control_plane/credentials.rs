//! Certificates, keys and tokens of one control plane.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::{Client, Config};
use rcgen::KeyPair;

use super::{User, clients::client_of};
use crate::{
    Error,
    authority::Authority,
    folder::{WorkFolder, random},
};

/// The user whose token the admin's kubeconfig has.
pub(super) const ADMIN: &str = "admin";
/// The user that kube-controller-manager is.
pub(super) const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";

/// Services get their addresses from here.
pub(super) const SERVICES: &str = "10.0.0.0/24";
/// The first of them, which is the API server's own.
const SERVICE: &str = "10.0.0.1";

pub(super) const CA_CERTIFICATE: &str = "ca.crt";
pub(super) const SERVING_CERTIFICATE: &str = "serving.crt";
pub(super) const SERVING_KEY: &str = "serving.key";
pub(super) const SERVICE_ACCOUNT_KEY: &str = "service-account.key";
pub(super) const SERVICE_ACCOUNT_PUBLIC_KEY: &str = "service-account.pub";
pub(super) const TOKENS: &str = "tokens.csv";

/// The authority that signed the API server's certificate, and the kubeconfig files of all users.
#[derive(Debug)]
pub(super) struct Credentials {
    authority: String,
    authority_der: Vec<u8>,
    server: String,
    tokens: BTreeMap<String, String>,
    kubeconfigs: BTreeMap<String, PathBuf>,
}

impl Credentials {
    /// Makes them, and writes what the API server reads.
    pub(super) fn create(
        folder: &WorkFolder,
        users: &[User],
        pods: Option<Ipv4Addr>,
    ) -> Result<Self, Error> {
        let (authority, authority_der) = certificates(folder, pods)?;
        let key = KeyPair::generate()?;
        folder.write(SERVICE_ACCOUNT_KEY, &key.serialize_pem())?;
        folder.write(SERVICE_ACCOUNT_PUBLIC_KEY, &key.public_key_pem())?;

        let masters = vec!["system:masters".to_owned()];
        let system = [ADMIN, CONTROLLER_MANAGER].map(|name| User {
            name: name.to_owned(),
            groups: masters.clone(),
        });
        let mut tokens = BTreeMap::new();
        let mut lines = Vec::new();
        for User { name, groups } in system.iter().chain(users) {
            let token = format!("{:016x}{:016x}", random()?, random()?);
            lines.push(format!("{token},{name},{name},\"{}\"", groups.join(",")));
            tokens.insert(name.clone(), token);
        }
        folder.write(TOKENS, &lines.join("\n"))?;
        Ok(Self {
            authority,
            authority_der,
            server: String::new(),
            tokens,
            kubeconfigs: BTreeMap::new(),
        })
    }

    /// Writes a kubeconfig file for each user, for the API server on that port.
    pub(super) fn write_kubeconfigs(
        &mut self,
        folder: &WorkFolder,
        port: u16,
    ) -> Result<(), Error> {
        self.server = format!("https://127.0.0.1:{port}");
        for (number, (user, token)) in self.tokens.iter().enumerate() {
            // A user's name may have characters that a file's can't.
            let file = if user == ADMIN {
                "kubeconfig".to_owned()
            } else {
                format!("user-{number}.kubeconfig")
            };
            let path = folder.write(&file, &self.kubeconfig(user, token))?;
            self.kubeconfigs.insert(user.clone(), path);
        }
        Ok(())
    }

    /// A client that may do everything.
    pub(super) async fn admin_client(&self) -> Result<Client, Error> {
        client_of(self.kubeconfig_of(ADMIN)?).await
    }

    /// A client of the server on that port, which has the same certificate, without a user.
    pub(super) fn anonymous_client(&self, port: u16) -> Result<Client, Error> {
        let failed = |why: String| Error::Kubeconfig {
            path: CA_CERTIFICATE.into(),
            why,
        };
        let url = format!("https://127.0.0.1:{port}")
            .parse()
            .map_err(|error| failed(format!("{error}")))?;
        let mut config = Config::new(url);
        config.root_cert = Some(vec![self.authority_der.clone()]);
        Client::try_from(config).map_err(|error| failed(error.to_string()))
    }

    /// The kubeconfig file of a user.
    pub(super) fn kubeconfig_of(&self, user: &str) -> Result<&Path, Error> {
        let known = || {
            self.tokens
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let path = self.kubeconfigs.get(user);
        path.map(PathBuf::as_path).ok_or_else(|| Error::NoUser {
            name: user.to_owned(),
            known: known(),
        })
    }

    /// The text of a kubeconfig file.
    pub(super) fn kubeconfig(&self, user: &str, token: &str) -> String {
        let authority = BASE64_STANDARD.encode(&self.authority);
        let server = &self.server;
        format!(
            "apiVersion: v1
kind: Config
clusters:
- name: playground
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: \"{user}\"
  user:
    token: {token}
contexts:
- name: playground
  context:
    cluster: playground
    user: \"{user}\"
current-context: playground
"
        )
    }
}

/// Makes an authority and the certificate of the servers, and returns the authority's in PEM and in DER form.
fn certificates(folder: &WorkFolder, pods: Option<Ipv4Addr>) -> Result<(String, Vec<u8>), Error> {
    let authority = Authority::new("playground")?;
    let pods = pods.map(|address| address.to_string());
    let mut names = vec!["127.0.0.1", "localhost", "kubernetes.default.svc", SERVICE];
    names.extend(pods.as_deref());
    let server = authority.issue("kube-apiserver", &names)?;
    folder.write(CA_CERTIFICATE, &authority.pem())?;
    folder.write(SERVING_CERTIFICATE, &server.certificate)?;
    folder.write(SERVING_KEY, &server.key)?;
    Ok((authority.pem(), authority.der()))
}
