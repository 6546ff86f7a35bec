//! The running operator: watchers, workers and servers, until it is told to stop.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    future::Future,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use api::{
    AzureSecret, AzureVault, CipherTrustManager, DestructionApproval, OciKey, OciVault,
    SalesforceOrganization, SalesforceTenantSecret,
};
use futures::future::{BoxFuture, join_all};
use kube::{
    Client, Resource, ResourceExt,
    core::NamespaceResourceScope,
    runtime::events::{Recorder, Reporter},
};
use serde::de::DeserializeOwned;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    clock::SharedClock,
    context::{AllObjects, Containers, Context},
    manager::{Logins, Managers},
    object::{Kind, ObjectRef},
    reconcile::{self, budget::Budget, memory::Memories, status::MANAGER},
    runtime::{
        metrics::Metrics,
        objects::Objects,
        queue::Lane,
        server::{self, Readiness},
        watch::{self as watcher, Seen},
        worker::{self, SharedQueue},
    },
};

/// What an operator is started with.
pub struct Options {
    /// The API server.
    pub client: Client,
    /// Time.
    pub clock: SharedClock,
    /// The stable name of this install: 1 to 32 of `[a-z0-9-]`.
    pub install: String,
    /// The operator's own namespace.
    pub namespace: String,
    /// The namespaces that are watched; none: all.
    pub watch_namespaces: Vec<String>,
    /// Where probes are answered.
    pub health_addr: SocketAddr,
    /// Where metrics are given.
    pub metrics_addr: SocketAddr,
}

/// Runs an operator until `shutdown` resolves. Visits under way are finished first.
pub async fn run(options: Options, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    let metrics = Metrics::default();
    let readiness = Readiness::default();
    let (stop, stopped) = watch::channel(false);
    let health = TcpListener::bind(options.health_addr).await?;
    let exported = TcpListener::bind(options.metrics_addr).await?;
    tracing::info!(health = %health.local_addr()?, metrics = %exported.local_addr()?, owner = %options.install, "started");
    let servers = [
        tokio::spawn(server::health(
            health,
            readiness.clone(),
            told(stopped.clone()),
        )),
        tokio::spawn(server::metrics(
            exported,
            metrics.clone(),
            told(stopped.clone()),
        )),
    ];
    let queue = Arc::new(SharedQueue::default());
    let (objects, watches) = watch_all(&options, &queue);
    let watches = tokio::spawn(join_all(watches));
    let context = Arc::new(context(&options, &queue, metrics, objects.clone()));
    tokio::pin!(shutdown);
    tokio::select! {
        () = objects.wait_until_ready() => readiness.ready(),
        // Told to stop before the API server gave any list.
        () = &mut shutdown => return Ok(()),
    }
    let clock = Arc::clone(&options.clock);
    let visit = {
        let context = Arc::clone(&context);
        move |object| {
            context
                .metrics
                .waiting
                .set(i64::try_from(context.queue.waiting()).unwrap_or(i64::MAX));
            reconcile::visit(Arc::clone(&context), object)
        }
    };
    worker::run(queue, clock, visit, shutdown).await;
    tracing::info!("stopping");
    watches.abort();
    // Nobody is left to hear it if this fails.
    let _ = stop.send(true);
    for server in servers {
        if let Ok(result) = server.await {
            result?;
        }
    }
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // An error says that the sender is gone, which ends things as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn context(
    options: &Options,
    queue: &Arc<SharedQueue>,
    metrics: Metrics,
    objects: AllObjects,
) -> Context {
    let reporter = Reporter {
        controller: MANAGER.into(),
        instance: None,
    };
    Context {
        client: options.client.clone(),
        clock: Arc::clone(&options.clock),
        install: options.install.clone(),
        namespace: options.namespace.clone(),
        objects,
        containers: Containers::default(),
        managers: Managers::default(),
        logins: Logins::new(Arc::clone(&options.clock), metrics.clone()),
        memories: Memories::default(),
        budget: Budget::default(),
        queue: Arc::clone(queue),
        metrics,
        recorder: Recorder::new(options.client.clone(), reporter),
        hmac: tokio::sync::OnceCell::new(),
        username: tokio::sync::OnceCell::new(),
        written: Mutex::new(BTreeMap::new()),
    }
}

impl AllObjects {
    async fn wait_until_ready(&self) {
        self.managers.wait_until_ready().await;
        self.organizations.wait_until_ready().await;
        self.azure_vaults.wait_until_ready().await;
        self.oci_vaults.wait_until_ready().await;
        self.tenant_secrets.wait_until_ready().await;
        self.azure_secrets.wait_until_ready().await;
        self.oci_keys.wait_until_ready().await;
        self.approvals.wait_until_ready().await;
    }
}

fn watch_all(
    options: &Options,
    queue: &Arc<SharedQueue>,
) -> (AllObjects, Vec<BoxFuture<'static, ()>>) {
    let mut tasks = Vec::new();
    let objects = AllObjects {
        managers: watch_kind::<CipherTrustManager>(
            options,
            Kind::CipherTrustManager,
            queue,
            &mut tasks,
        ),
        organizations: watch_kind::<SalesforceOrganization>(
            options,
            Kind::SalesforceOrganization,
            queue,
            &mut tasks,
        ),
        azure_vaults: watch_kind::<AzureVault>(options, Kind::AzureVault, queue, &mut tasks),
        oci_vaults: watch_kind::<OciVault>(options, Kind::OciVault, queue, &mut tasks),
        tenant_secrets: watch_kind::<SalesforceTenantSecret>(
            options,
            Kind::SalesforceTenantSecret,
            queue,
            &mut tasks,
        ),
        azure_secrets: watch_kind::<AzureSecret>(options, Kind::AzureSecret, queue, &mut tasks),
        oci_keys: watch_kind::<OciKey>(options, Kind::OciKey, queue, &mut tasks),
        approvals: watch_kind::<DestructionApproval>(
            options,
            Kind::DestructionApproval,
            queue,
            &mut tasks,
        ),
    };
    (objects, tasks)
}

/// Watches a kind: a change by a person is urgent, a change of status alone is not.
fn watch_kind<K>(
    options: &Options,
    kind: Kind,
    queue: &Arc<SharedQueue>,
    tasks: &mut Vec<BoxFuture<'static, ()>>,
) -> Objects<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + Debug
        + Send
        + Sync
        + 'static,
{
    let queue = Arc::clone(queue);
    let known: Mutex<BTreeMap<ObjectRef, Asked>> = Mutex::default();
    let tell = move |seen: Seen<K>| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = if let Some(object) = &seen.present {
            let asked = Asked::of(object);
            let before = known.insert(seen.object.clone(), asked.clone());
            if before.is_some_and(|before| before == asked) {
                Lane::Wake
            } else {
                Lane::User
            }
        } else {
            known.remove(&seen.object);
            Lane::User
        };
        queue.push(seen.object, lane);
    };
    let (objects, task) = watcher::watch(&options.client, kind, &options.watch_namespaces, tell);
    tasks.push(task);
    objects
}

/// What people asked of an object: another one is another wish.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    uid: Option<String>,
    generation: Option<i64>,
    annotations: BTreeMap<String, String>,
}

impl Asked {
    fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        Self {
            uid: object.uid(),
            generation: object.meta().generation,
            annotations: object.annotations().clone(),
        }
    }
}
