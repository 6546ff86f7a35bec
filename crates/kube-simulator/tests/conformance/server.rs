//! The two servers, behind one face.

use std::{fs, path::Path, sync::LazyLock};

use http::Request;
use http_body_util::BodyExt;
use k8s_openapi::{
    api::core::v1::{ConfigMap, Namespace, Secret},
    jiff::Timestamp,
};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams},
    client::Body,
    core::GroupVersionKind,
};
use kube_simulator::{Definition, KubeSimulator, User};
use playground::{control_plane::ControlPlane, shared};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::Outcome;

/// Read once for all simulators.
static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let read = |definition| Definition::read(definition).map_err(|error| eprintln!("{error}"));
    api::all_crds().iter().flat_map(read).collect()
});

/// What `config/default` has beside the kinds, and the roles of the playground's users.
static SHIPPED: LazyLock<String> = LazyLock::new(|| {
    let mut documents = vec![USERS.to_owned()];
    for folder in ["default", "rbac", "policy"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../config")
            .join(folder);
        let paths = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = paths.map(|entry| entry.path()).collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
                && !path.ends_with("kustomization.yaml")
        });
        paths.sort();
        documents.extend(paths.iter().flat_map(fs::read_to_string));
    }
    documents.join("\n---\n")
});

/// As the playground binds them.
const USERS: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: playground-approvers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cckm-approver}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: approvers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: playground-authors}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: authors}]
";

/// One of the two.
#[derive(Clone)]
pub(crate) enum Server {
    Simulated(KubeSimulator),
    Real(&'static ControlPlane),
}

/// A server, and a namespace on it that nobody else has.
#[derive(Clone)]
pub(crate) struct Scene {
    pub server: Server,
    pub client: Client,
    pub namespace: String,
}

impl Server {
    /// A new simulator with the project's kinds, from now on at the time of the runtime.
    pub(crate) fn simulated() -> Outcome<Self> {
        let start = Timestamp::now();
        let epoch = Instant::now();
        let simulator = KubeSimulator::new(move || start + epoch.elapsed());
        for definition in DEFINITIONS.iter() {
            simulator.define(definition)?;
        }
        simulator.install(SHIPPED.as_str())?;
        Ok(Self::Simulated(simulator))
    }

    /// The control plane of this process, with all that the project ships.
    pub(crate) async fn real() -> Outcome<Self> {
        let control_plane = shared().await?;
        control_plane.install_shipped().await?;
        Ok(Self::Real(control_plane))
    }

    /// A client that may do everything.
    pub(crate) async fn admin(&self) -> Outcome<Client> {
        match self {
            Self::Simulated(simulator) => Ok(simulator.client(&User::admin())),
            Self::Real(control_plane) => Ok(control_plane.admin_client().await?),
        }
    }

    /// A client that is one of the playground's users: `alice` approves, `bob` is an author, `carol` may do what
    /// everybody may.
    pub(crate) async fn user(&self, name: &str) -> Outcome<Client> {
        let groups: &[&str] = match name {
            "alice" => &["approvers"],
            "bob" => &["authors"],
            _ => &[],
        };
        match self {
            Self::Simulated(simulator) => Ok(simulator.client(&User::new(name, groups))),
            Self::Real(control_plane) => Ok(control_plane.user_client(name).await?),
        }
    }

    /// A client that is the operator's service account.
    pub(crate) async fn operator(&self) -> Outcome<Client> {
        let (namespace, name) = ("cckm-system", "cckm-operator");
        match self {
            Self::Simulated(simulator) => {
                Ok(simulator.client(&User::service_account(namespace, name)))
            }
            Self::Real(control_plane) => Ok(control_plane
                .service_account_client(namespace, name)
                .await?),
        }
    }

    /// Makes sure that nobody can watch from the first version on. The real server never had it in its memory.
    pub(crate) fn forget(&self) {
        if let Self::Simulated(simulator) = self {
            simulator.compact();
        }
    }

    /// A namespace for one test.
    pub(crate) async fn scene(self) -> Outcome<Scene> {
        let client = self.admin().await?;
        let namespace = Namespace {
            metadata: ObjectMeta {
                generate_name: Some("conformance-".to_owned()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let namespace = Api::<Namespace>::all(client.clone())
            .create(&PostParams::default(), &namespace)
            .await?;
        Ok(Scene {
            server: self,
            client,
            namespace: namespace.metadata.name.unwrap_or_default(),
        })
    }
}

/// Of which resource the objects of a kind are.
pub(crate) fn resource(kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(api::GROUP, api::VERSION, kind))
}

/// An Azure secret that is taken.
pub(crate) fn azure_secret(name: &str) -> Outcome<DynamicObject> {
    object(&json!({
        "apiVersion": format!("{}/{}", api::GROUP, api::VERSION),
        "kind": "AzureSecret",
        "metadata": {"name": name},
        "spec": {"vaultRef": {"name": "billing"}},
    }))
}

/// A manifest as an object.
pub(crate) fn object(manifest: &Value) -> Outcome<DynamicObject> {
    Ok(serde_json::from_value(manifest.clone())?)
}

impl Scene {
    /// The same scene, seen by somebody else.
    pub(crate) fn seen_by(&self, client: Client) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// The objects of one of our kinds.
    pub(crate) fn objects(&self, kind: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource(kind))
    }

    /// The Azure secrets, which most sentences are about.
    pub(crate) fn azure_secrets(&self) -> Api<DynamicObject> {
        self.objects("AzureSecret")
    }

    pub(crate) fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(crate) fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes an Azure secret.
    pub(crate) async fn make(&self, name: &str) -> Outcome<DynamicObject> {
        let manifest = azure_secret(name)?;
        let made = self.azure_secrets();
        Ok(made.create(&PostParams::default(), &manifest).await?)
    }

    /// Makes an Azure secret whose status was written once.
    pub(crate) async fn make_settled(&self, name: &str) -> Outcome<DynamicObject> {
        self.make(name).await?;
        let patch = Patch::Merge(json!({"status": {"observedGeneration": 1}}));
        let api = self.azure_secrets();
        Ok(api
            .patch_status(name, &PatchParams::default(), &patch)
            .await?)
    }

    /// The path of the Azure secrets, or of one of them.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!(
            "/apis/{}/{}/namespaces/{}/azuresecrets{rest}",
            api::GROUP,
            api::VERSION,
            self.namespace
        )
    }

    /// Sends a request as it is: the code and the body of the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: &Value,
    ) -> Outcome<(u16, Value)> {
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(serde_json::to_vec(body)?)
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", media_type)
            .header("accept", "application/json")
            .body(body)?;
        let response = self.client.send(request).await?;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok((code, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}
