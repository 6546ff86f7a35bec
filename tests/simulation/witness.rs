//! Sees every request to CipherTrust Manager before it is sent, and what the objects say at that moment.

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use kube::{Api, Client, api::ListParams};
use serde_json::Value;

use playground::world::{
    deed::{Announced, actions},
    object::resource,
};

use crate::world::KEYS;

/// Looks over the operator's shoulder.
#[derive(Clone)]
pub(crate) struct Witness {
    client: Client,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    /// With the eyes of somebody who may see everything.
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            broken: Arc::default(),
        }
    }

    /// Promises that were broken.
    pub(crate) fn broken(&self) -> Vec<String> {
        self.broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A request is about to be sent.
    pub(crate) async fn see(&self, method: &Method, path: &str) {
        let Some(meant) = actions(method.as_str(), path) else {
            return;
        };
        let mut announced = Vec::new();
        for kind in KEYS {
            let objects = self.objects(kind).await;
            let announces = |object| Announced::by(object, meant, path);
            announced.extend(objects.iter().filter_map(announces));
        }
        let complaint = if announced.is_empty() {
            "no status announces it"
        } else {
            "no claimed approval covers it"
        };
        for step in announced {
            if !step.needs_approval || self.is_claimed(&step).await {
                return;
            }
        }
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.push(format!("{method} {path} was sent, and {complaint}"));
    }

    async fn is_claimed(&self, step: &Announced) -> bool {
        let approvals = self.objects("DestructionApproval").await;
        approvals
            .iter()
            .any(|approval| step.is_claimed_by(approval))
    }

    async fn objects(&self, kind: &str) -> Vec<Value> {
        let api = Api::<kube::core::DynamicObject>::all_with(self.client.clone(), &resource(kind));
        let listed = api.list(&ListParams::default()).await;
        let objects = listed.map(|list| list.items).unwrap_or_default();
        objects
            .iter()
            .filter_map(|object| serde_json::to_value(object).ok())
            .collect()
    }
}
