//! What the project ships for a cluster: kinds, roles and the approval policy, as a user installs them.

use std::path::{Path, PathBuf};

use super::ControlPlane;
use crate::Error;

/// The operator's own namespace, as in `config/default`.
pub const OPERATOR_NAMESPACE: &str = "cckm-system";

/// The operator's service account there.
const OPERATOR_ACCOUNT: &str = "cckm-operator";

/// Gives the playground's users their roles: group `approvers` approves; group `authors` writes what is desired, by
/// the cluster's own role `edit`, which ours is part of.
const USERS: &str = "apiVersion: rbac.authorization.k8s.io/v1
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

impl ControlPlane {
    /// Installs `config/default` and gives the users `alice` (approver) and `bob` (author) their roles, at the first
    /// call. Returns the kubeconfig file of the operator's service account: the operator never runs as administrator,
    /// because the approval policy would then refuse it nothing.
    pub async fn install_shipped(&self) -> Result<&Path, Error> {
        let install = async || {
            self.install_folder(&project().join("config/default"))
                .await?;
            self.install(USERS).await?;
            self.service_account_kubeconfig(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT)
                .await
        };
        let kubeconfig = self.shipped.get_or_try_init(install).await?;
        Ok(kubeconfig)
    }

    /// Gives the operator's service account the right that `--watch-secrets` needs, as it is shipped.
    pub(crate) async fn allow_watching_secrets(&self) -> Result<(), Error> {
        let folder = project().join("config/rbac/watch_secrets");
        self.install_folder(&folder).await.map(drop)
    }

    /// Lets the operator's service account elect by the lease of this name too: the shipped role names the shipped
    /// one, and several worlds can't share it.
    pub(crate) async fn allow_lease(&self, name: &str) -> Result<(), Error> {
        let yaml = format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {name}, namespace: {OPERATOR_NAMESPACE}}}
rules:
- {{apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [{name}], verbs: [get, update]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {name}, namespace: {OPERATOR_NAMESPACE}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}
subjects: [{{kind: ServiceAccount, name: {OPERATOR_ACCOUNT}, namespace: {OPERATOR_NAMESPACE}}}]
"
        );
        self.install(&yaml).await.map(drop)
    }
}

/// The folder of the whole project.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
