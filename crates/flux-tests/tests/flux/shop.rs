//! A namespace with its world, and the repository that Flux fills it from.

use playground::world::{Options, World};
use serde_json::{Value, json};

use crate::{
    controller::{self, Flux},
    git::{Commit, Repository},
    harness::{Outcome, PATIENCE},
    kustomization::{Kustomization, documented},
    manifests,
};

/// Operator, simulator and their namespace, and a repository with the folders of docs/flux.md.
pub(crate) struct Shop {
    pub(crate) world: World<'static>,
    flux: &'static Flux,
    repository: Repository,
    /// The namespaces that have a `GitRepository` of it: Kustomizations name one of their own.
    namespaces: Vec<String>,
}

impl Shop {
    /// One with manager and containers, the value of secrets, and the account `author`.
    pub(crate) async fn open() -> Outcome<Self> {
        Self::with(Options::default()).await
    }

    /// The same without manager and containers, of which only the login is there.
    pub(crate) async fn open_empty() -> Outcome<Self> {
        let shop = Self::with(Options::default().without_objects()).await?;
        let (login, _) = manifests::standard(&shop.world.simulator);
        shop.world.apply(&login).await?;
        Ok(shop)
    }

    async fn with(options: Options) -> Outcome<Self> {
        let flux = controller::shared().await?;
        let world = World::start(flux.control_plane, options.patience(PATIENCE)).await?;
        let folder = format!("git-{}", world.namespace());
        let shop = Self {
            repository: Repository::create(&flux.control_plane.folder().join(folder))?,
            namespaces: vec![world.namespace().to_owned()],
            flux,
            world,
        };
        shop.world.write_secret("values", "value", "s3cr3t").await?;
        let here = shop.world.namespace();
        shop.account(here, "author", &["cckm-author"]).await?;
        Ok(shop)
    }

    /// One more namespace whose Kustomizations apply what is in the repository.
    pub(crate) async fn namespace(&mut self, prefix: &str) -> Outcome<String> {
        let namespace = self.flux.control_plane.namespace(prefix).await?;
        self.namespaces.push(namespace.clone());
        Ok(namespace)
    }

    /// A service account of some namespace, with roles in the shop's own.
    pub(crate) async fn account(&self, namespace: &str, name: &str, roles: &[&str]) -> Outcome {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": namespace}});
        self.world.apply(&account.to_string()).await?;
        for role in roles {
            let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": format!("{name}-{role}")},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]});
            self.world.apply(&binding.to_string()).await?;
        }
        Ok(())
    }

    /// Writes files, removes those that have no text, and pushes that.
    pub(crate) async fn commit(
        &self,
        what: &str,
        files: &[(&str, Option<&str>)],
    ) -> Outcome<Commit> {
        self.publish(self.repository.commit(what, files)?).await
    }

    /// Undoes the last commit by another one.
    pub(crate) async fn revert(&self) -> Outcome<Commit> {
        self.publish(self.repository.revert()?).await
    }

    async fn publish(&self, commit: Commit) -> Outcome<Commit> {
        for namespace in &self.namespaces {
            let source = &self.flux.source;
            source
                .publish(self.world.client(), namespace, "shop", &commit)
                .await?;
        }
        Ok(commit)
    }

    /// A Kustomization of the documentation, for the shop's namespace.
    pub(crate) fn documented(&self, name: &str) -> Outcome<Value> {
        documented(name, self.world.namespace())
    }

    /// Gives Flux a Kustomization, in the shop's namespace.
    pub(crate) async fn apply(&self, kustomization: Value) -> Outcome<Kustomization> {
        let (client, namespace) = (self.world.client(), self.world.namespace());
        Kustomization::apply(client, namespace, kustomization).await
    }

    /// Gives Flux the Kustomization `keys` of the documentation, where managers and containers are there already.
    pub(crate) async fn apply_keys(&self, wait: bool) -> Outcome<Kustomization> {
        let mut keys = self.documented("keys")?;
        keys["spec"]["dependsOn"] = json!([]);
        keys["spec"]["wait"] = json!(wait);
        self.apply(keys).await
    }
}
