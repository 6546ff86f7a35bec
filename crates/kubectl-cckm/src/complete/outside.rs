//! What only the kubeconfig and the cluster know.

use std::{sync::mpsc, thread, time::Duration};

use clap::{CommandFactory, Parser};
use kube::{
    Api,
    api::{DynamicObject, ListParams},
    core::ApiResource,
};

use super::{line::Line, offer::Question};
use crate::cluster::Flags;

/// How long somebody looks at a prompt that does not move.
const PATIENCE: Duration = Duration::from_secs(2);

/// The flags that say where and as whom, by themselves.
#[derive(Parser)]
struct Given {
    #[command(flatten)]
    cluster: Flags,
}

/// Asks, under the flags of the line. Nothing comes of a question that is not answered at once.
pub(super) fn answer(line: &Line<'_>, question: Question) -> Vec<String> {
    let Some(flags) = given(line) else {
        return Vec::new();
    };
    let (answered, answers) = mpsc::channel();
    // A plugin of the kubeconfig that logs in, or a name server, may hang; the thread ends with the program.
    thread::spawn(move || {
        let _ = answered.send(match question {
            Question::Contexts => flags.contexts(),
            Question::Names {
                resource,
                namespaced,
            } => names(&flags, &resource, namespaced),
        });
    });
    answers
        .recv_timeout(PATIENCE)
        .ok()
        .flatten()
        .unwrap_or_default()
}

fn given(line: &Line<'_>) -> Option<Flags> {
    let known = Given::command();
    let is_known = |id: &clap::Id| known.get_arguments().any(|arg| arg.get_id() == id);
    let words = line.flags.iter().filter_map(|(arg, value)| {
        let long = arg.get_long().filter(|_| is_known(arg.get_id()))?;
        Some(format!("--{long}={value}"))
    });
    let words = ["kubectl-cckm".to_owned()].into_iter().chain(words);
    Given::try_parse_from(words).ok().map(|given| given.cluster)
}

fn names(flags: &Flags, resource: &ApiResource, namespaced: bool) -> Option<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let cluster = flags.connect().await.ok()?;
        let objects: Api<DynamicObject> = if namespaced {
            Api::namespaced_with(cluster.client, &cluster.namespace, resource)
        } else {
            Api::all_with(cluster.client, resource)
        };
        let list = objects.list_metadata(&ListParams::default()).await.ok()?;
        let names = list.items.into_iter().map(|object| object.metadata.name);
        Some(names.flatten().collect())
    })
}
