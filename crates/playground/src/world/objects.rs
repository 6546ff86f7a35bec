//! What a person does to a world's objects, and waiting for what follows.

use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, from_value, json};

use super::{
    World,
    object::{condition, is_observed, is_ready, resource, status, summary},
};
use crate::{Error, poll::eventually};

/// The manager and the containers of the standard world.
pub const STANDARD: &str = include_str!("standard.yaml");

/// Manager and containers of [`STANDARD`], in the order in which they get ready.
pub const STANDARD_OBJECTS: [(&str, &str); 4] = [
    ("CipherTrustManager", "cm"),
    ("SalesforceOrganization", "acme"),
    ("AzureVault", "billing"),
    ("OciVault", "payments"),
];

impl World<'_> {
    /// Applies the manifests of a YAML text, server-side and strictly, in the world's namespace.
    pub async fn apply(&self, yaml: &str) -> Result<(), Error> {
        let namespace = self.namespace();
        self.control_plane().install_into(namespace, yaml).await?;
        Ok(())
    }

    /// The object, if there is one.
    pub async fn get(&self, kind: &str, name: &str) -> Result<Option<DynamicObject>, Error> {
        self.api(kind)
            .get_opt(name)
            .await
            .map_err(Error::kubernetes(format!("read {kind} {name}")))
    }

    /// Changes an object by a merge patch, such as `{"spec": {"desiredState": "SoftDeleted"}}`.
    pub async fn patch(&self, kind: &str, name: &str, change: Value) -> Result<(), Error> {
        self.api(kind)
            .patch(name, &PatchParams::default(), &Patch::Merge(change))
            .await
            .map(drop)
            .map_err(Error::kubernetes(format!("change {kind} {name}")))
    }

    /// Sets `spec.desiredState`.
    pub async fn desire(&self, kind: &str, name: &str, state: &str) -> Result<(), Error> {
        self.patch(kind, name, json!({"spec": {"desiredState": state}}))
            .await
    }

    /// Sets an annotation.
    pub async fn annotate(
        &self,
        kind: &str,
        name: &str,
        annotation: &str,
        value: &str,
    ) -> Result<(), Error> {
        let change = json!({"metadata": {"annotations": {annotation: value}}});
        self.patch(kind, name, change).await
    }

    /// Deletes an object. It is gone when this returns, unless something holds it back.
    pub async fn delete(&self, kind: &str, name: &str) -> Result<(), Error> {
        self.api(kind)
            .delete(name, &DeleteParams::default())
            .await
            .map(drop)
            .map_err(Error::kubernetes(format!("delete {kind} {name}")))
    }

    /// Waits until `look` finds in the object what it looks for; its error says why not yet.
    pub async fn until<T>(
        &self,
        kind: &str,
        name: &str,
        what: &str,
        mut look: impl FnMut(&DynamicObject) -> Result<T, String>,
    ) -> Result<T, Error> {
        let what = format!("{kind} {name}: {what}");
        let found = eventually(self.patience(), &what, async || {
            match self.get(kind, name).await {
                Ok(Some(object)) => look(&object),
                Ok(None) => Err("there is no such object".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        });
        Ok(found.await?)
    }

    /// Waits until it is Ready in its present generation.
    pub async fn until_ready(&self, kind: &str, name: &str) -> Result<DynamicObject, Error> {
        let look = |object: &DynamicObject| wanted(is_ready(object), object);
        self.until(kind, name, "it is Ready", look).await
    }

    /// Waits until the reason of its condition Ready is this one, in its present generation.
    pub async fn until_reason(
        &self,
        kind: &str,
        name: &str,
        reason: &str,
    ) -> Result<DynamicObject, Error> {
        let what = format!("the reason of Ready is {reason}");
        let look = |object: &DynamicObject| {
            let ready = condition(object, "Ready");
            let same = ready.is_some_and(|ready| ready.reason == reason);
            wanted(same && is_observed(object), object)
        };
        self.until(kind, name, &what, look).await
    }

    /// Approves what the object's plan waits for, as that user and in that user's name. Waits until it asks. Returns
    /// the approval's name.
    pub async fn approve_as(&self, user: &str, kind: &str, name: &str) -> Result<String, Error> {
        let asks = |object: &DynamicObject| {
            let requests = status(object, "/plan/approvals");
            let asks =
                is_observed(object) && requests.as_array().is_some_and(|all| !all.is_empty());
            asks.then(|| requests.clone())
                .ok_or_else(|| summary(object))
        };
        let requests = self.until(kind, name, "it asks for approval", asks).await?;
        let failed = Error::kubernetes(format!("approve {kind} {name}"));
        let approval = json!({
            "apiVersion": "cckm.dev/v1alpha1",
            "kind": "DestructionApproval",
            "metadata": {"generateName": format!("{name}-")},
            "spec": {
                "targetRef": {"kind": kind, "name": name},
                "actions": requests,
                "reason": "asked for by a test",
                "approvedBy": user,
            },
        });
        let approval: DynamicObject = from_value(approval).map_err(|error| Error::Manifest {
            what: format!("the approval of {kind} {name}"),
            why: error.to_string(),
        })?;
        let client = self.control_plane().user_client(user).await?;
        let made = Api::<DynamicObject>::namespaced_with(
            client,
            self.namespace(),
            &resource("DestructionApproval"),
        )
        .create(&PostParams::default(), &approval)
        .await
        .map_err(failed)?;
        Ok(made.metadata.name.unwrap_or_default())
    }

    /// Writes a Secret with one key.
    pub async fn write_secret(&self, name: &str, key: &str, value: &str) -> Result<(), Error> {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "stringData": {key: value},
        });
        // JSON is YAML.
        self.apply(&secret.to_string()).await
    }

    /// Applies manager and containers of the standard world, and waits until they are ready. Done at the start, and
    /// needed again only where they were deleted.
    pub async fn apply_standard(&self) -> Result<(), Error> {
        self.apply(STANDARD).await?;
        let mut spec = json!({"url": self.simulator.url()});
        if let Some(authority) = self.simulator.authority() {
            let map = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "cm-ca"},
                "data": {"ca.crt": authority},
            });
            self.apply(&map.to_string()).await?;
            spec["tls"] = json!({"caRef": {"name": "cm-ca"}});
        }
        self.patch("CipherTrustManager", "cm", json!({"spec": spec}))
            .await?;
        for (kind, name) in STANDARD_OBJECTS {
            self.until_ready(kind, name).await?;
        }
        Ok(())
    }

    fn api(&self, kind: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client().clone(), self.namespace(), &resource(kind))
    }
}

fn wanted(is_so: bool, object: &DynamicObject) -> Result<DynamicObject, String> {
    if is_so {
        Ok(object.clone())
    } else {
        Err(summary(object))
    }
}
