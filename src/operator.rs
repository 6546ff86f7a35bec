//! The running operator: watchers, workers and servers, until it is told to stop.

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use futures::future::join_all;
use kube::{
    Client,
    runtime::events::{Recorder, Reporter},
};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    clock::SharedClock,
    cluster::AllObjects,
    context::{Containers, Context},
    manager::{Logins, MakeTransport, Managers},
    reconcile::{self, approval_policy::Rules, budget::Budget, memory::Memories, status::MANAGER},
    runtime::{
        fence,
        leadership::Leadership,
        lease::{Elector, LeaseOptions},
        metrics::Metrics,
        server::{self, Readiness},
        worker::{self, SharedQueue},
    },
    watches::Watches,
};

/// What an operator is started with.
pub struct Options {
    /// The API server.
    pub client: Client,
    /// The way to managers.
    pub make_transport: MakeTransport,
    /// Time.
    pub clock: SharedClock,
    /// The stable name of this install: 1 to 32 of `[a-z0-9-]`.
    pub install: String,
    /// The operator's own namespace.
    pub namespace: String,
    /// The namespaces that are watched; none: all.
    pub watch_namespaces: Vec<String>,
    /// Whether the metadata of Secrets labelled `cckm.dev/watch=true` is watched, so that a new value counts at once.
    pub watch_secrets: bool,
    /// The lease by which one of several replicas is elected; none: this one is alone.
    pub lease: Option<LeaseOptions>,
}

/// Where the operator is listened to.
pub struct Addresses {
    /// Where probes are answered.
    pub health: SocketAddr,
    /// Where metrics are given.
    pub metrics: SocketAddr,
}

/// Runs an operator with its servers until `shutdown` resolves. Visits under way are finished first.
pub async fn serve(
    options: Options,
    addresses: Addresses,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let metrics = Metrics::default();
    let readiness = Readiness::default();
    let stop = Stop::default();
    let health = TcpListener::bind(addresses.health).await?;
    let exported = TcpListener::bind(addresses.metrics).await?;
    tracing::info!(health = %health.local_addr()?, metrics = %exported.local_addr()?, owner = %options.install, "started");
    let servers = [
        tokio::spawn(server::health(health, readiness.clone(), stop.told())),
        tokio::spawn(server::metrics(exported, metrics.clone(), stop.told())),
    ];
    run(options, metrics, readiness, shutdown).await;
    stop.stop();
    for server in servers {
        if let Ok(result) = server.await {
            result?;
        }
    }
    Ok(())
}

/// Runs an operator until `shutdown` resolves. Visits under way are finished first.
pub async fn run(
    options: Options,
    metrics: Metrics,
    readiness: Readiness,
    shutdown: impl Future<Output = ()> + Send,
) {
    let queue = Arc::new(SharedQueue::default());
    let (objects, watches) = Watches::start(
        &options.client,
        &options.watch_namespaces,
        options.watch_secrets,
        &queue,
    );
    let all = objects.clone();
    queue.group_by(move |object| all.group(object));
    // In a set, so that they end with whatever ends this.
    let mut watching = JoinSet::new();
    watching.spawn(join_all(watches));
    tokio::pin!(shutdown);
    tokio::select! {
        () = objects.wait_until_ready() => readiness.ready(),
        // Told to stop before the API server gave any list.
        () = &mut shutdown => return,
    }
    // Only a replica that has listed everything is a candidate: it takes over without delay.
    let stop = Stop::default();
    let (leadership, election) = elect(&options, &metrics, &stop);
    metrics.look_up_by(look_up(&leadership, &queue, &objects));
    let term = Term {
        client: fence::fenced(options.client.clone(), leadership.clone()),
        logins: Logins::new(Arc::clone(&options.clock), metrics.clone()),
        options,
        queue,
        metrics,
        objects,
        leadership,
    };
    loop {
        tokio::select! {
            () = term.leadership.gained() => {}
            () = &mut shutdown => break,
        }
        let mut told = false;
        let told_to_stop = async {
            (&mut shutdown).await;
            told = true;
        };
        term.serve(told_to_stop).await;
        if told {
            break;
        }
    }
    tracing::info!("stopping");
    drop(watching);
    stop.stop();
    if let Some(election) = election {
        // If it ended by a panic, the lease ends by itself.
        let _ = election.await;
    }
}

/// What only the leader tells, for all replicas see the same objects, and those that stand by visit none.
fn look_up(
    leadership: &Leadership,
    queue: &Arc<SharedQueue>,
    objects: &AllObjects,
) -> impl Fn(&Metrics) + use<> {
    let (leadership, queue, objects) = (leadership.clone(), Arc::clone(queue), objects.clone());
    move |metrics| {
        if leadership.may_act() {
            let waiting = i64::try_from(queue.waiting()).unwrap_or(i64::MAX);
            metrics.waiting.set(waiting);
            objects.count(metrics);
        } else {
            metrics.waiting.set(0);
        }
    }
}

/// Takes part in the election, if there is one, until `stop`: longer than visits go on.
fn elect(
    options: &Options,
    metrics: &Metrics,
    stop: &Stop,
) -> (Leadership, Option<JoinHandle<()>>) {
    let Some(lease) = options.lease.clone() else {
        metrics.leader.set(1);
        return (Leadership::unlimited(), None);
    };
    let (elector, leadership) = Elector::new(
        options.client.clone(),
        &options.namespace,
        lease,
        metrics.clone(),
    );
    (leadership, Some(tokio::spawn(elector.run(stop.told()))))
}

/// What each term of leadership begins with.
struct Term {
    options: Options,
    /// Writes for the leader alone.
    client: Client,
    queue: Arc<SharedQueue>,
    metrics: Metrics,
    objects: AllObjects,
    /// Kept from term to term, so that no change of leaders costs an account a failing login.
    logins: Logins,
    leadership: Leadership,
}

impl Term {
    /// Visits objects until leadership is lost, or until `shutdown` resolves and visits under way are finished.
    async fn serve(&self, shutdown: impl Future<Output = ()>) {
        // All else that was known in an earlier term may have become wrong since.
        let context = Arc::new(self.context());
        self.queue.begin_anew(|| self.objects.names(None));
        let visit = |object| reconcile::visit(Arc::clone(&context), object);
        worker::run(
            Arc::clone(&self.queue),
            Arc::clone(&self.options.clock),
            visit,
            shutdown,
            self.leadership.lost(),
        )
        .await;
    }

    fn context(&self) -> Context {
        let reporter = Reporter {
            controller: MANAGER.into(),
            instance: None,
        };
        Context {
            client: self.client.clone(),
            clock: Arc::clone(&self.options.clock),
            leadership: self.leadership.clone(),
            make_transport: Arc::clone(&self.options.make_transport),
            install: self.options.install.clone(),
            namespace: self.options.namespace.clone(),
            objects: self.objects.clone(),
            containers: Containers::default(),
            managers: Managers::default(),
            logins: self.logins.clone(),
            memories: Memories::default(),
            budget: Budget::default(),
            queue: Arc::clone(&self.queue),
            metrics: self.metrics.clone(),
            recorder: Recorder::new(self.client.clone(), reporter),
            hmac: tokio::sync::OnceCell::new(),
            username: tokio::sync::OnceCell::new(),
            rules: Rules::default(),
            written: Mutex::new(BTreeMap::new()),
            unwritten: Mutex::new(BTreeMap::new()),
        }
    }
}

/// Tells tasks to end.
struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

impl Stop {
    fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Resolves when it is told, or when nobody is left who could tell.
    fn told(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopped = self.0.subscribe();
        async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    }
}
