//! Commits as Flux fetches them: what source-controller does, as far as kustomize-controller can tell.
//!
//! A commit is served over HTTP as an archive of its files, and the status of a `GitRepository` says where, and with
//! which digest. The repository's own address is never dialled.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use jiff::Timestamp;
use kube::{
    Api, Client,
    api::{ApiResource, Patch, PatchParams},
    core::{DynamicObject, GroupVersionKind},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::{git::Commit, harness::Outcome};

type Archives = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A server of archives on loopback.
pub(crate) struct Source {
    address: SocketAddr,
    archives: Archives,
}

impl Source {
    /// Starts one, on the runtime that it is made on.
    pub(crate) async fn start() -> Outcome<Self> {
        let archives = Archives::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let routes = Router::new()
            .route("/{*path}", get(archive))
            .with_state(archives.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        Ok(Self { address, archives })
    }

    /// Serves a commit, and says so in the status of the `GitRepository` of that name, which is made where it is missing.
    pub(crate) async fn publish(
        &self,
        client: &Client,
        namespace: &str,
        name: &str,
        commit: &Commit,
    ) -> Outcome {
        let path = format!("gitrepository/{namespace}/{name}/{}.tar.gz", commit.sha);
        let archives = self.archives.lock();
        archives
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.clone(), commit.archive.clone());
        let repositories = repositories(client, namespace);
        let manager = PatchParams::apply("source").force();
        let repository = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": name},
            "spec": {"url": "https://git.example.com/shop.git", "interval": "1h", "ref": {"branch": "main"}},
        });
        let made = repositories
            .patch(name, &manager, &Patch::Apply(repository))
            .await?;
        let status = self.status(&path, commit, made.metadata.generation);
        let status = json!({"status": status});
        repositories
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await?;
        Ok(())
    }

    fn status(&self, path: &str, commit: &Commit, generation: Option<i64>) -> Value {
        let (revision, now) = (
            commit.revision(),
            Timestamp::now().strftime("%FT%TZ").to_string(),
        );
        json!({
            "observedGeneration": generation,
            "artifact": {
                "url": format!("http://{}/{path}", self.address),
                "path": path,
                "revision": revision,
                "digest": digest(&commit.archive),
                "size": commit.archive.len(),
                "lastUpdateTime": now,
            },
            "conditions": [{
                "type": "Ready",
                "status": "True",
                "reason": "Succeeded",
                "message": format!("stored artifact for revision '{revision}'"),
                "observedGeneration": generation,
                "lastTransitionTime": now,
            }],
        })
    }
}

async fn archive(
    State(archives): State<Archives>,
    Path(path): Path<String>,
) -> Result<Vec<u8>, StatusCode> {
    let archives = archives.lock().unwrap_or_else(PoisonError::into_inner);
    archives.get(&path).cloned().ok_or(StatusCode::NOT_FOUND)
}

fn repositories(client: &Client, namespace: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("source.toolkit.fluxcd.io", "v1", "GitRepository");
    let resource = ApiResource::from_gvk_with_plural(&kind, "gitrepositories");
    Api::namespaced_with(client.clone(), namespace, &resource)
}

fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        // Writing into a text can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
