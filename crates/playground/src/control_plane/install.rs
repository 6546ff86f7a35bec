//! Applying manifests, and waiting until they have taken effect.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{Patch, PatchParams, ValidationDirective},
    core::{DynamicObject, GroupVersion, GroupVersionKind},
    discovery::{Scope, pinned_kind},
    runtime::wait::{Condition, conditions::is_crd_established},
};

use super::{ControlPlane, policies};
use crate::{Error, poll::eventually};

/// The owner of the applied fields.
const FIELD_MANAGER: &str = "playground";

/// How long the API server gets to serve a new kind, or to enforce a new policy.
const IN_EFFECT: Duration = Duration::from_secs(30);

impl ControlPlane {
    /// Applies all documents of a YAML text, server-side and strictly: a field that the schema doesn't have is an
    /// error. Namespaces and definitions go first, the rest in the order of the text. Returns when new kinds are
    /// served and when its `ValidatingAdmissionPolicy` objects are enforced.
    pub async fn install(&self, yaml: &str) -> Result<Vec<DynamicObject>, Error> {
        self.install_all(yaml, None).await
    }

    /// [`Self::install`]; what names no namespace goes into this one.
    pub async fn install_into(
        &self,
        namespace: &str,
        yaml: &str,
    ) -> Result<Vec<DynamicObject>, Error> {
        self.install_all(yaml, Some(namespace)).await
    }

    async fn install_all(
        &self,
        yaml: &str,
        namespace: Option<&str>,
    ) -> Result<Vec<DynamicObject>, Error> {
        let client = self.admin_client().await?;
        let mut objects = parse(yaml)?;
        objects.sort_by_key(|object| rank(&kind(object)));
        let mut applied = Vec::new();
        for object in objects {
            let kind = kind(&object);
            let object = apply(&client, object, namespace).await?;
            if kind == "CustomResourceDefinition" {
                wait_until_served(&client, &object).await?;
            }
            applied.push(object);
        }
        if applied
            .iter()
            .any(|object| kind(object).starts_with("ValidatingAdmissionPolicy"))
        {
            policies::wait_until_enforced(&client, IN_EFFECT).await?;
        }
        Ok(applied)
    }

    /// [`Self::install`] of a folder: what its `kustomization.yaml` makes, or else all of its `.yaml` files.
    pub async fn install_folder(&self, folder: &Path) -> Result<Vec<DynamicObject>, Error> {
        let yaml = if folder.join("kustomization.yaml").is_file() {
            self.kustomize(folder).await?
        } else {
            read_all(folder)?
        };
        self.install(&yaml).await
    }

    async fn kustomize(&self, folder: &Path) -> Result<String, Error> {
        let output = self
            .kubectl(&["kustomize".as_ref(), folder.as_os_str()])
            .await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Manifest {
            what: folder.display().to_string(),
            why,
        })
    }
}

/// All `.yaml` files of the folder, by name; an error if there are none.
fn read_all(folder: &Path) -> Result<String, Error> {
    let read = || {
        let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>()?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        });
        paths.sort();
        paths
            .iter()
            .map(fs::read_to_string)
            .collect::<io::Result<Vec<_>>>()
    };
    let texts = read().map_err(Error::io(format!("read {}", folder.display())))?;
    if texts.is_empty() {
        let what = folder.display().to_string();
        return Err(Error::Manifest {
            what,
            why: "the folder has no .yaml file".to_owned(),
        });
    }
    Ok(texts.join("\n---\n"))
}

fn parse(yaml: &str) -> Result<Vec<DynamicObject>, Error> {
    let failed = |why: String| Error::Manifest {
        what: "the YAML text".to_owned(),
        why,
    };
    // By way of JSON, because the type's flattened fields need a self-describing source.
    let documents: Vec<serde_json::Value> =
        serde_saphyr::from_multiple(yaml).map_err(|error| failed(error.to_string()))?;
    let object =
        |document| serde_json::from_value(document).map_err(|error| failed(error.to_string()));
    documents.into_iter().map(object).collect()
}

fn kind(object: &DynamicObject) -> String {
    object
        .types
        .as_ref()
        .map(|types| types.kind.clone())
        .unwrap_or_default()
}

/// What others need goes first.
fn rank(kind: &str) -> u8 {
    match kind {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ => 2,
    }
}

/// How an object is named in messages.
fn title(object: &DynamicObject) -> String {
    format!("{} {}", kind(object), object.name_any())
}

async fn apply(
    client: &Client,
    object: DynamicObject,
    namespace: Option<&str>,
) -> Result<DynamicObject, Error> {
    let title = title(&object);
    let manifest = |why: String| Error::Manifest {
        what: title.clone(),
        why,
    };
    let types = object
        .types
        .as_ref()
        .ok_or_else(|| manifest("it has no apiVersion and kind".to_owned()))?;
    let kind = GroupVersionKind::try_from(types).map_err(|error| manifest(error.to_string()))?;
    let (resource, capabilities) = pinned_kind(client, &kind)
        .await
        .map_err(Error::kubernetes(format!("find the kind of {title}")))?;
    let api: Api<DynamicObject> = match (
        capabilities.scope,
        object.meta().namespace.as_deref().or(namespace),
    ) {
        (Scope::Cluster, _) => Api::all_with(client.clone(), &resource),
        (Scope::Namespaced, Some(namespace)) => {
            Api::namespaced_with(client.clone(), namespace, &resource)
        }
        (Scope::Namespaced, None) => {
            return Err(manifest("it needs metadata.namespace".to_owned()));
        }
    };
    let parameters = PatchParams {
        force: true,
        field_manager: Some(FIELD_MANAGER.to_owned()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    api.patch(&object.name_any(), &parameters, &Patch::Apply(&object))
        .await
        .map_err(Error::kubernetes(format!("apply {title}")))
}

/// Waits until all served versions of a definition answer.
async fn wait_until_served(client: &Client, definition: &DynamicObject) -> Result<(), Error> {
    let name = definition.name_any();
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    eventually(IN_EFFECT, &format!("{name} is served"), async || {
        let definition = api.get(&name).await.map_err(|error| error.to_string())?;
        if !is_crd_established().matches_object(Some(&definition)) {
            return Err("it isn't Established".to_owned());
        }
        for version in definition
            .spec
            .versions
            .iter()
            .filter(|version| version.served)
        {
            let group = GroupVersion::gv(&definition.spec.group, &version.name);
            let kind = group.with_kind(&definition.spec.names.kind);
            pinned_kind(client, &kind)
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::WorkFolder;

    #[test]
    fn documents_without_content_are_skipped() {
        let yaml =
            "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n";
        let objects = parse(yaml).unwrap();
        assert_eq!(
            objects.iter().map(title).collect::<Vec<_>>(),
            ["ConfigMap a"]
        );
    }

    #[test]
    fn the_files_of_a_folder_are_read_by_name_and_others_left_alone() {
        let folder = WorkFolder::create().unwrap();
        for (name, text) in [
            ("b.yaml", "b: 1"),
            ("README.md", "# Maps"),
            ("a.yaml", "a: 1"),
        ] {
            folder.write(name, text).unwrap();
        }
        assert_eq!(read_all(folder.path()).unwrap(), "a: 1\n---\nb: 1");
    }

    #[test]
    fn a_folder_without_manifests_is_refused() {
        let folder = WorkFolder::create().unwrap();
        let error = read_all(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("the folder has no .yaml file"), "{error}");
    }

    #[test]
    fn a_document_that_is_no_object_is_refused() {
        let error = parse("- a\n- b\n").unwrap_err().to_string();
        assert!(error.starts_with("the YAML text: "), "{error}");
    }
}
