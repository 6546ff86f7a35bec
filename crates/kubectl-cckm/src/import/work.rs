//! The way of an import: read the objects, read the rows, sort, write.

use api::ManagerKind;
use cckm_operator::{
    object::ObjectRef,
    reconcile::{azure::AzureVaultKind, fields, oci::OciVaultKind, salesforce::OrganizationKind},
};

use super::{
    containers::{Importable, chosen, find, of_manager},
    folder::Folder,
    login::Managers,
    manifest,
    names::Names,
    remote,
    report::{self, Tally},
    sorted::Sorted,
    standing::Standing,
};
use crate::{
    cluster::Cluster,
    exit::{Failure, Outcome},
    kinds::{self, ContainerKind},
};

/// How often progress is told: once in so many files.
const PROGRESS: usize = 500;

/// An import under way.
pub(crate) struct Work<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) managers: Managers<'a>,
    pub(crate) folder: Folder,
    pub(crate) tally: Tally,
}

impl Work<'_> {
    /// Imports all containers of a manager.
    pub(crate) async fn all(&mut self, manager: &str) -> Outcome {
        let manager = &self.manager(manager)?;
        self.every::<OrganizationKind>(manager).await?;
        self.every::<AzureVaultKind>(manager).await?;
        self.every::<OciVaultKind>(manager).await?;
        if self.tally.containers > 0 {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "no container in namespace {} refers to the {} {}. Name another one, or its namespace by -n",
            self.cluster.namespace,
            manager.kind.as_str(),
            manager.name
        )))
    }

    /// The manager that a word names: its name alone, or with its kind.
    fn manager(&self, word: &str) -> Outcome<ObjectRef> {
        let (kind, name) = if word.contains('/') {
            kinds::target(&[word.to_owned()], &kinds::managers())?
        } else {
            (ManagerKind::CipherTrustManager, word.to_owned())
        };
        Ok(fields::manager_named(kind, &self.cluster.namespace, &name))
    }

    /// Imports the container that these words name.
    pub(crate) async fn chosen(&mut self, words: &[String]) -> Outcome {
        let (kind, name) = kinds::target(words, &kinds::containers())?;
        match kind {
            ContainerKind::Organization => self.one::<OrganizationKind>(&name).await,
            ContainerKind::AzureVault => self.one::<AzureVaultKind>(&name).await,
            ContainerKind::OciVault => self.one::<OciVaultKind>(&name).await,
        }
    }

    /// Imports all containers of a kind that refer to a manager.
    async fn every<K: Importable>(&mut self, manager: &ObjectRef) -> Outcome {
        let containers = of_manager::<K>(self.cluster, manager).await?;
        if containers.is_empty() {
            return Ok(());
        }
        let mut standing = Standing::read::<K>(self.cluster, &containers).await?;
        for container in &containers {
            self.import::<K>(container, &mut standing).await?;
        }
        Ok(())
    }

    /// Imports one.
    async fn one<K: Importable>(&mut self, name: &str) -> Outcome {
        let container = chosen::<K>(self.cluster, name).await?;
        let containers = [container];
        let mut standing = Standing::read::<K>(self.cluster, &containers).await?;
        let [container] = &containers;
        self.import::<K>(container, &mut standing).await
    }

    async fn import<K: Importable>(
        &mut self,
        container: &K::Cr,
        standing: &mut Standing,
    ) -> Outcome {
        let place = K::place(container);
        eprintln!("{place}: reading its keys from CipherTrust Manager");
        let client = self.managers.client(&fields::manager_of(container)).await?;
        let facts = find::<K>(&client, container).await?;
        let listing = K::list(&client, &facts)
            .await
            .map_err(|error| remote::failure(&place.to_string(), &error))?;
        if !listing.consistent {
            eprintln!(
                "warning: {place}: the list changed while it was read, or some of its rows cannot be read; keys may be missing. Run this again"
            );
        }
        let rows = listing.rows.len();
        let sorted = K::sort(container, listing.rows, standing);
        eprintln!(
            "{place}: {rows} rows, {} keys to import",
            sorted.found.len()
        );
        self.write(Names::new(&mut standing.names), &sorted, &place)?;
        self.tally.add(rows, &sorted);
        Ok(())
    }

    fn write(&mut self, mut names: Names<'_>, sorted: &Sorted, place: &manifest::Place) -> Outcome {
        for (number, found) in sorted.found.iter().enumerate() {
            let name = names.name(&place.container, &found.label, &found.cloud_id);
            let file = manifest::file_name(found, &name);
            let text = manifest::manifest(place, found, &name)?;
            self.tally
                .files
                .note(self.folder.write(&file, &text)?, &file);
            if (number + 1).is_multiple_of(PROGRESS) {
                eprintln!("{place}: {} of {} files", number + 1, sorted.found.len());
            }
        }
        if let Some(text) = report::left_out(place, &sorted.left_out) {
            let file = report::file_name(place);
            self.tally
                .files
                .note(self.folder.write(&file, &text)?, &file);
        }
        Ok(())
    }
}
