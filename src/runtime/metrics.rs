//! Metrics, in the `OpenMetrics` text format.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// A request to CipherTrust Manager.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// HTTP method.
    pub method: &'static str,
    /// Path template.
    pub path: &'static str,
    /// HTTP status; 0 where no answer came.
    pub status: u16,
}

/// An act on a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ActionLabels {
    /// Kind of the object.
    pub kind: &'static str,
    /// The act.
    pub action: &'static str,
    /// `Succeeded`, `Refused` or `Unknown`.
    pub outcome: &'static str,
}

/// A kind of object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    /// The kind.
    pub kind: &'static str,
}

/// Objects that say the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ObjectLabels {
    /// Their kind.
    pub kind: &'static str,
    /// The status of their condition `Ready`.
    pub status: &'static str,
    /// Its reason.
    pub reason: &'static str,
}

/// The outcome of a login.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LoginLabels {
    /// `succeeded`, `refused` or `unanswered`.
    pub outcome: &'static str,
}

/// Sets the metrics that are looked up.
type LookUp = Box<dyn Fn(&Metrics) + Send + Sync>;

/// All metrics of the operator.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    look_up: Arc<OnceLock<LookUp>>,
    /// Requests to CipherTrust Manager.
    pub requests: Family<RequestLabels, Counter>,
    /// How long they took, in seconds.
    pub request_seconds: Histogram,
    /// Logins to CipherTrust Manager.
    pub logins: Family<LoginLabels, Counter>,
    /// Acts on keys.
    pub actions: Family<ActionLabels, Counter>,
    /// Status writes to the API server.
    pub status_writes: Family<KindLabels, Counter>,
    /// Visits.
    pub visits: Family<KindLabels, Counter>,
    /// Objects, as the leader sees them; looked up when asked for.
    pub objects: Family<ObjectLabels, Gauge>,
    /// Objects waiting for a visit of the leader; looked up when asked for.
    pub waiting: Gauge,
    /// 1 while this replica is the leader, else 0.
    pub leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(Registry::with_prefix("cckm"))),
            look_up: Arc::default(),
            requests: Family::default(),
            request_seconds: Histogram::new([0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0]),
            logins: Family::default(),
            actions: Family::default(),
            status_writes: Family::default(),
            visits: Family::default(),
            objects: Family::default(),
            waiting: Gauge::default(),
            leader: Gauge::default(),
        };
        let mut registry = metrics
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        registry.register(
            "requests",
            "Requests to CipherTrust Manager",
            metrics.requests.clone(),
        );
        registry.register(
            "request_seconds",
            "How long those requests took, in seconds",
            metrics.request_seconds.clone(),
        );
        registry.register(
            "logins",
            "Logins to CipherTrust Manager",
            metrics.logins.clone(),
        );
        registry.register(
            "actions",
            "Acts on keys, by outcome",
            metrics.actions.clone(),
        );
        registry.register(
            "status_writes",
            "Status writes to the API server",
            metrics.status_writes.clone(),
        );
        registry.register("visits", "Visits of objects", metrics.visits.clone());
        registry.register(
            "objects",
            "Objects by status and reason of Ready; of the leader",
            metrics.objects.clone(),
        );
        registry.register(
            "queue_waiting",
            "Objects waiting for a visit of the leader",
            metrics.waiting.clone(),
        );
        registry.register(
            "operator_leader",
            "1 while this replica is the leader, else 0",
            metrics.leader.clone(),
        );
        drop(registry);
        metrics
    }
}

impl Metrics {
    /// From now on this sets what is looked up, each time that somebody asks. Only the first counts.
    pub fn look_up_by(&self, look_up: impl Fn(&Self) + Send + Sync + 'static) {
        self.look_up.get_or_init(|| Box::new(look_up));
    }

    /// All metrics as text.
    pub fn render(&self) -> String {
        let mut body = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(look_up) = self.look_up.get() {
            self.objects.clear();
            look_up(self);
        }
        match text::encode(&mut body, &registry) {
            Ok(()) => body,
            Err(_) => String::new(),
        }
    }
}
