//! Kustomizations as the pages have them, and waiting for what comes of them.

use jiff::Timestamp;
use kube::{
    Api, Client,
    api::{ApiResource, Patch, PatchParams},
    core::{DynamicObject, GroupVersionKind},
};
use playground::{
    poll::eventually,
    world::object::{condition, is_ready, status, summary, text},
};
use serde_json::{Value, json};

use crate::{
    git::Commit,
    harness::{Outcome, PATIENCE},
};

const PAGES: [&str; 2] = [
    include_str!("../../../../docs/flux.md"),
    include_str!("../../../../docs/approvals.md"),
];

/// The annotation by which Flux, and the operator, looks now.
pub(crate) const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// The Kustomization of that name in the documentation, for that namespace instead of `shop`, and completed by what it
/// leaves open: its source, and times. It waits longer than any test, so that what fails in one has failed before its
/// time.
pub(crate) fn documented(name: &str, namespace: &str) -> Outcome<Value> {
    let blocks = PAGES.iter().flat_map(|page| {
        let blocks = page.split("```yaml\n").skip(1);
        blocks.filter_map(|block| block.split("```").next())
    });
    let documents = blocks.flat_map(|block| block.split("---\n"));
    for document in documents.filter(|document| document.contains("kind: Kustomization")) {
        let mut kustomization: Value = serde_saphyr::from_str(document)?;
        if kustomization["metadata"]["name"] == name {
            let spec = &mut kustomization["spec"];
            assert_eq!(spec["targetNamespace"], "shop", "{document}");
            spec["targetNamespace"] = json!(namespace);
            spec["sourceRef"] = json!({"kind": "GitRepository", "name": "shop"});
            spec["interval"] = json!("1h");
            spec["retryInterval"] = json!("3s");
            spec["timeout"] = json!("10m");
            return Ok(kustomization);
        }
    }
    Err(format!("no page has a Kustomization {name}").into())
}

/// One that Flux has been given.
#[derive(Clone, Debug)]
pub(crate) struct Kustomization {
    api: Api<DynamicObject>,
    name: String,
}

impl Kustomization {
    /// Gives it to Flux, in that namespace.
    pub(crate) async fn apply(client: &Client, namespace: &str, mut it: Value) -> Outcome<Self> {
        it["metadata"]["namespace"] = json!(namespace);
        let kind = GroupVersionKind::gvk("kustomize.toolkit.fluxcd.io", "v1", "Kustomization");
        let resource = ApiResource::from_gvk_with_plural(&kind, "kustomizations");
        let api = Api::namespaced_with(client.clone(), namespace, &resource);
        let name = it["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        api.patch(&name, &PatchParams::apply("platform"), &Patch::Apply(it))
            .await?;
        Ok(Self { api, name })
    }

    /// How it is now.
    pub(crate) async fn get(&self) -> Outcome<DynamicObject> {
        Ok(self.api.get(&self.name).await?)
    }

    /// Waits until `look` finds in it what it looks for; its error says why not yet.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        mut look: impl FnMut(&DynamicObject) -> Result<T, String>,
    ) -> Outcome<T> {
        let what = format!("Kustomization {}: {what}", self.name);
        let found = eventually(PATIENCE, &what, async || {
            let found = self.api.get(&self.name).await;
            look(&found.map_err(|error| error.to_string())?)
        });
        Ok(found.await?)
    }

    /// Waits until it is Ready with that commit.
    pub(crate) async fn until_applied(&self, commit: &Commit) -> Outcome<DynamicObject> {
        self.until("it is Ready", |it| {
            let applied = text(it, "/lastAppliedRevision") == commit.revision();
            let ready = applied && is_ready(it);
            ready.then(|| it.clone()).ok_or_else(|| summary(it))
        })
        .await
    }

    /// Waits until it is not Ready for that reason, with that commit. Returns the message.
    pub(crate) async fn until_failed(&self, commit: &Commit, reason: &str) -> Outcome<String> {
        self.until(&format!("it has failed: {reason}"), |it| {
            let tried = text(it, "/lastAttemptedRevision") == commit.revision();
            let failed = message(it, reason).filter(|_| tried);
            failed.ok_or_else(|| summary(it))
        })
        .await
    }

    /// Waits until it is not tried, because it depends on another one that is not Ready.
    pub(crate) async fn until_held_back(&self) -> Outcome {
        self.until("it is held back", |it| {
            let held = message(it, "DependencyNotReady").map(drop);
            held.ok_or_else(|| summary(it))
        })
        .await
    }

    /// Asks Flux to look now, and waits until it has done so.
    pub(crate) async fn look_now(&self) -> Outcome {
        let now = Timestamp::now().to_string();
        let asked = json!({"metadata": {"annotations": {REQUESTED: now}}});
        self.api
            .patch(&self.name, &PatchParams::default(), &Patch::Merge(asked))
            .await?;
        self.until("Flux has looked", |it| {
            let answered = text(it, "/lastHandledReconcileAt") == now;
            answered.then_some(()).ok_or_else(|| summary(it))
        })
        .await
    }

    /// Waits until Flux has gone through it that many more times.
    pub(crate) async fn until_reconciled(&self, times: u64) -> Outcome {
        let count = |it: &DynamicObject| {
            let total = status(it, "/history/0/totalReconciliations");
            total.as_u64().unwrap_or_default()
        };
        let before = count(&self.get().await?);
        let what = format!("Flux has gone through it {times} times");
        self.until(&what, |it| {
            let more = count(it).saturating_sub(before);
            (more >= times)
                .then_some(())
                .ok_or_else(|| format!("{more} times"))
        })
        .await
    }
}

/// The message of its condition Ready, where that is false for such a reason.
fn message(it: &DynamicObject, reason: &str) -> Option<String> {
    // Flux observes a generation only once it has succeeded with it.
    let ready = condition(it, "Ready")?;
    let so = ready.status == "False" && ready.reason == reason;
    so.then(|| ready.message.to_owned())
}
