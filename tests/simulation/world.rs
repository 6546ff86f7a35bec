//! The whole operator between two simulated sides, in paused time.

use std::{sync::Arc, time::Duration};

use cckm_operator::{
    clock::Clock as _,
    operator,
    runtime::{lease::LeaseOptions, metrics::Metrics, server::Readiness},
};
use cckm_simulator::{Clock, LoggedRequest, Options, Simulator};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use kube_simulator::{KubeSimulator, User};
use playground::world::{
    STANDARD, STANDARD_OBJECTS, deed, inhabitants,
    object::{condition, is_observed, is_ready, resource, status, summary, text},
};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::sleep};
use tower::ServiceExt as _;

use crate::{
    Outcome,
    clock::{SimulatedClock, WallClock},
    cluster::installed,
    mistakes::Mistake,
    preview,
    switches::Setting,
    transport::{Line, Replies},
    tripwire::{End, Tripwire},
    witness::Witness,
};

/// Where the objects are, unless they move.
const NAMESPACE: &str = "shop";
/// The operator, as the API server knows it.
const OPERATOR: &str = "system:serviceaccount:cckm-system:cckm-operator";
/// How long anything may take, in simulated time: minimum rotation intervals aside, everything is there by then.
const PATIENCE: Duration = Duration::from_hours(3);
/// How often somebody looks.
const LOOK: Duration = Duration::from_secs(2);
/// Must never be seen outside of Secrets and of CM.
pub(crate) const CANARY: &str = "canary-7f3a-hunter2";

/// The operator, as it most often runs.
pub(crate) const ALONE: [&str; 1] = ["alone"];

/// The kinds of keys, and what makes some.
pub(crate) const KEYS: [&str; 4] = [
    "AzureSecret",
    "OciKey",
    "SalesforceRotation",
    "SalesforceTenantSecret",
];

/// All of our kinds.
fn kinds() -> impl Iterator<Item = &'static str> {
    let others = STANDARD_OBJECTS.map(|(kind, _)| kind);
    KEYS.into_iter()
        .chain(others)
        .chain(["DestructionApproval"])
}

/// One run.
pub(crate) struct World {
    pub(crate) kube: KubeSimulator,
    pub(crate) setting: Setting,
    pub(crate) line: Line,
    /// How often the operator ran into the tripwire.
    pub(crate) ended: u32,
    /// Where the objects are that are meant.
    pub(crate) namespace: &'static str,
    install: &'static str,
    admin: Client,
    /// By what each replica is known; one that is alone needs no name.
    replicas: &'static [&'static str],
    operators: Vec<JoinHandle<()>>,
    lives: u32,
}

impl World {
    /// Everything is installed, CM has its inhabitants, and the containers are ready.
    pub(crate) async fn start(
        setting: Setting,
        mistake: Option<Mistake>,
        replicas: &'static [&'static str],
    ) -> Outcome<Self> {
        let clock = SimulatedClock::start();
        let simulator = Simulator::new(Options {
            seed: 1,
            clock: Clock::manual(clock.now()),
            ..Options::default()
        });
        simulator.add(&serde_json::from_value(inhabitants::standard())?)?;
        if let Setting::Always(name, value) = setting {
            simulator.set_switch(name, &json!(value))?;
        }
        let kube = installed(clock)?;
        let line = Line {
            router: simulator.router(),
            simulator,
            clock,
            wall: WallClock::new(clock),
            tripwire: Tripwire::default(),
            witness: Witness::new(kube.client(&User::admin())),
            mistake,
            replies: Replies::default(),
        };
        Self::settle(kube, line, setting, "simulated", replicas).await
    }

    /// Another cluster with an install of that name, on the same CM.
    pub(crate) async fn beside(&self, install: &'static str) -> Outcome<Self> {
        let kube = installed(self.line.clock)?;
        let line = Line {
            tripwire: Tripwire::default(),
            witness: Witness::new(kube.client(&User::admin())),
            ..self.line.clone()
        };
        Self::settle(kube, line, self.setting, install, &ALONE).await
    }

    async fn settle(
        kube: KubeSimulator,
        line: Line,
        setting: Setting,
        install: &'static str,
        replicas: &'static [&'static str],
    ) -> Outcome<Self> {
        let mut world = Self {
            admin: kube.client(&User::admin()),
            kube,
            setting,
            line,
            ended: 0,
            namespace: NAMESPACE,
            install,
            replicas,
            operators: Vec::new(),
            lives: 0,
        };
        world.launch();
        world.apply_standard().await?;
        Ok(world)
    }

    /// Manager and containers, which ask for news seldom: what has to be known in time is asked for.
    pub(crate) async fn apply_standard(&mut self) -> Outcome {
        let seldom = STANDARD
            .replace("sweepInterval: 10s", "sweepInterval: 1h")
            .replace("syncInterval: 1m", "syncInterval: 6h");
        self.write_secret("values", CANARY).await?;
        self.apply(&seldom).await?;
        for (kind, name) in STANDARD_OBJECTS {
            self.until_ready(kind, name).await?;
        }
        Ok(())
    }

    /// Starts all replicas of the operator, with nothing remembered.
    fn launch(&mut self) {
        self.operators = (0..self.replicas.len())
            .map(|index| self.replica(index))
            .collect();
    }

    /// Starts one replica. The tripwire is the first one's.
    fn replica(&mut self, index: usize) -> JoinHandle<()> {
        let tripwire = match index {
            0 => self.line.tripwire.clone(),
            _ => Tripwire::default(),
        };
        let client = self.watched_client(tripwire.clone());
        let line = Line {
            tripwire,
            ..self.line.clone()
        };
        self.lives += 1;
        let lease = LeaseOptions {
            name: "cckm-operator".to_owned(),
            identity: format!("{}-{}", self.replicas[index], self.lives),
        };
        let options = operator::Options {
            client,
            make_transport: Arc::new(move |_| Ok(Arc::new(line.clone()))),
            clock: Arc::new(self.line.wall.clone()),
            install: self.install.to_owned(),
            namespace: "cckm-system".to_owned(),
            watch_namespaces: Vec::new(),
            watch_secrets: false,
            lease: (self.replicas.len() > 1).then_some(lease),
        };
        tokio::spawn(operator::run(
            options,
            Metrics::default(),
            Readiness::default(),
            std::future::pending(),
        ))
    }

    /// A client whose writes pass the tripwire.
    fn watched_client(&self, tripwire: Tripwire) -> Client {
        let client = self
            .kube
            .client(&User::service_account("cckm-system", "cckm-operator"));
        let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
            let (client, tripwire) = (client.clone(), tripwire.clone());
            async move {
                if request.method().is_safe() {
                    tripwire.connected().await;
                    return client.send(request).await;
                }
                tripwire.pass(client.send(request)).await
            }
        });
        Client::new(service, "default")
    }

    /// Ends all replicas wherever they are.
    fn kill(&mut self) {
        for operator in self.operators.drain(..) {
            operator.abort();
        }
    }

    /// Ends the first replica wherever it is, and starts it again.
    pub(crate) fn crash(&mut self) {
        if let Some(operator) = self.operators.first() {
            operator.abort();
        }
        let again = self.replica(0);
        match self.operators.first_mut() {
            Some(operator) => *operator = again,
            None => self.operators.push(again),
        }
    }

    /// Lets time pass while there is no operator.
    pub(crate) async fn pass_hours_without_operator(&mut self, hours: u64) {
        self.kill();
        self.pass_hours(hours).await;
        self.launch();
    }

    /// All of etcd is lost: what is shipped is installed again, and nothing else is there.
    pub(crate) async fn lose_everything(&mut self) -> Outcome {
        self.kill();
        for kind in kinds() {
            self.delete_all(kind).await?;
        }
        // The key by which the operator knows a value again, if it needed one.
        let secrets = Api::<Secret>::namespaced(self.admin.clone(), "cckm-system");
        if secrets.get_opt("cckm-operator-hmac").await?.is_some() {
            secrets
                .delete("cckm-operator-hmac", &DeleteParams::default())
                .await?;
        }
        self.launch();
        Ok(())
    }

    fn api(&self, kind: &str) -> Api<DynamicObject> {
        if kind.starts_with("Cluster") {
            return Api::all_with(self.admin.clone(), &resource(kind));
        }
        Api::namespaced_with(self.admin.clone(), self.namespace, &resource(kind))
    }

    /// The objects of a kind.
    pub(crate) async fn list(&self, kind: &str) -> Outcome<Vec<DynamicObject>> {
        Ok(self
            .api(kind)
            .list(&kube::api::ListParams::default())
            .await?
            .items)
    }

    /// Creates the objects of a YAML text, or changes those that are there to what it says.
    pub(crate) async fn apply(&self, yaml: &str) -> Outcome {
        let objects: Vec<Value> = serde_saphyr::from_multiple(yaml)?;
        for mut object in objects {
            let kind = object["kind"].as_str().unwrap_or_default().to_owned();
            let name = object["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if !kind.starts_with("Cluster") {
                object["metadata"]["namespace"] = self.namespace.into();
            }
            if kind == "Secret" {
                self.install_secret(&object)?;
                continue;
            }
            let api = self.api(&kind);
            if api.get_opt(&name).await?.is_some() {
                let patch = Patch::Merge(json!({"spec": object["spec"]}));
                api.patch(&name, &PatchParams::default(), &patch).await?;
            } else {
                let object = serde_json::from_value(object)?;
                api.create(&PostParams::default(), &object).await?;
            }
        }
        Ok(())
    }

    fn install_secret(&self, object: &Value) -> Outcome {
        let texts = object["stringData"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let data = texts.into_iter().map(|(key, value)| {
            let bytes = value.as_str().unwrap_or_default().as_bytes().to_vec();
            (key, ByteString(bytes))
        });
        let secret = Secret {
            metadata: serde_json::from_value(object["metadata"].clone())?,
            data: Some(data.collect()),
            ..Secret::default()
        };
        Ok(self.kube.install(&serde_json::to_string(&secret)?)?)
    }

    /// Writes the value of a Secret, under the key `value`.
    pub(crate) async fn write_secret(&self, name: &str, value: &str) -> Outcome {
        let secret =
            json!({"kind": "Secret", "metadata": {"name": name}, "stringData": {"value": value}});
        self.apply(&secret.to_string()).await
    }

    /// Changes an object by a merge patch.
    pub(crate) async fn patch(&self, kind: &str, name: &str, change: Value) -> Outcome {
        let patch = Patch::Merge(change);
        self.api(kind)
            .patch(name, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    /// Sets `spec.desiredState`.
    pub(crate) async fn desire(&self, kind: &str, name: &str, state: &str) -> Outcome {
        self.patch(kind, name, json!({"spec": {"desiredState": state}}))
            .await
    }

    /// Asks for news of an object.
    pub(crate) async fn ask(&self, kind: &str, name: &str) -> Outcome {
        let at = self.now().to_string();
        let change = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": at}}});
        self.patch(kind, name, change).await
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, kind: &str, name: &str) -> Outcome {
        self.api(kind)
            .delete(name, &DeleteParams::default())
            .await?;
        Ok(())
    }

    /// Deletes all objects of a kind.
    pub(crate) async fn delete_all(&self, kind: &str) -> Outcome {
        for object in self.list(kind).await? {
            let name = object.metadata.name.unwrap_or_default();
            self.delete(kind, &name).await?;
        }
        Ok(())
    }

    /// Alice approves this act, once the object's plan waits for it.
    pub(crate) async fn approve_act(&mut self, kind: &str, name: &str, act: &str) -> Outcome {
        self.until(kind, name, &format!("it asks for {act}"), |object| {
            let asked = text(object, "/plan/approvals/0/action");
            (asked == act)
                .then_some(())
                .ok_or_else(|| format!("it asks for {asked:?}"))
        })
        .await?;
        self.approve(kind, name).await
    }

    /// Alice approves what the object's plan waits for.
    pub(crate) async fn approve(&mut self, kind: &str, name: &str) -> Outcome {
        let object = self.until_reason(kind, name, "AwaitingApproval").await?;
        let approval = json!({
            "apiVersion": "cckm.dev/v1alpha1",
            "kind": "DestructionApproval",
            "metadata": {"generateName": format!("{name}-"), "namespace": self.namespace},
            "spec": {
                "targetRef": {"kind": kind, "name": name},
                "actions": status(&object, "/plan/approvals"),
                "reason": "asked for by a scenario",
                "approvedBy": "alice",
            },
        });
        let alice = self.kube.client(&User::new("alice", &[]));
        Api::<DynamicObject>::namespaced_with(
            alice,
            self.namespace,
            &resource("DestructionApproval"),
        )
        .create(&PostParams::default(), &serde_json::from_value(approval)?)
        .await?;
        Ok(())
    }

    /// Waits until `look` finds what it looks for; its error says why not yet. Starts the operator again where it ran
    /// into the tripwire.
    pub(crate) async fn until<T>(
        &mut self,
        kind: &str,
        name: &str,
        what: &str,
        look: impl Fn(&DynamicObject) -> Result<T, String>,
    ) -> Outcome<T> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(end) = self.line.tripwire.take_tripped() {
                self.ended += 1;
                if end != End::CutOff {
                    self.crash();
                }
            }
            let object = self.api(kind).get_opt(name).await?;
            let not_yet = match object.as_ref().map(&look) {
                Some(Ok(found)) => return Ok(found),
                Some(Err(not_yet)) => not_yet,
                None => "it is not there".to_owned(),
            };
            if tokio::time::Instant::now() > patience {
                return Err(
                    format!("{kind} {name}: {what} not within {PATIENCE:?}: {not_yet}").into(),
                );
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until it is Ready in its present generation.
    pub(crate) async fn until_ready(&mut self, kind: &str, name: &str) -> Outcome<DynamicObject> {
        let object = self
            .until(kind, name, "it is Ready", |object| {
                is_ready(object)
                    .then(|| object.clone())
                    .ok_or_else(|| summary(object))
            })
            .await?;
        self.plans_alike(kind, &object).await?;
        Ok(object)
    }

    /// From its status the same is planned as from the rows.
    async fn plans_alike(&self, kind: &str, key: &DynamicObject) -> Outcome {
        let Some((container, named)) = preview::container(kind, key) else {
            return Ok(());
        };
        let namespace = named["namespace"]
            .as_str()
            .or(key.metadata.namespace.as_deref());
        let namespace = namespace.unwrap_or_default();
        let name = named["name"].as_str().unwrap_or_default();
        let containers: Api<DynamicObject> =
            Api::namespaced_with(self.admin.clone(), namespace, &resource(container));
        let Some(container) = containers.get_opt(name).await? else {
            return Ok(());
        };
        let manager = &container.data["spec"]["managerRef"];
        let name = manager["name"].as_str().unwrap_or_default();
        let managers: Api<DynamicObject> = match manager["kind"].as_str() {
            Some("ClusterCipherTrustManager") => {
                Api::all_with(self.admin.clone(), &resource("ClusterCipherTrustManager"))
            }
            _ => Api::namespaced_with(
                self.admin.clone(),
                namespace,
                &resource("CipherTrustManager"),
            ),
        };
        match managers.get_opt(name).await? {
            Some(manager) => preview::check(kind, key, &container, &manager, self.now()),
            None => Ok(()),
        }
    }

    /// Waits until the reason of Ready is this one.
    pub(crate) async fn until_reason(
        &mut self,
        kind: &str,
        name: &str,
        reason: &str,
    ) -> Outcome<DynamicObject> {
        let what = format!("the reason of Ready is {reason}");
        let object = self
            .until(kind, name, &what, |object| {
                let same = condition(object, "Ready").is_some_and(|ready| ready.reason == reason);
                (same && is_observed(object))
                    .then(|| object.clone())
                    .ok_or_else(|| summary(object))
            })
            .await?;
        self.plans_alike(kind, &object).await?;
        Ok(object)
    }

    /// Lets time pass.
    pub(crate) async fn pass_hours(&self, hours: u64) {
        sleep(Duration::from_hours(hours)).await;
    }

    /// Lets a second pass.
    pub(crate) async fn pass_a_second(&self) {
        sleep(Duration::from_secs(1)).await;
    }

    /// Lets a shorter time pass.
    pub(crate) async fn pass_minutes(&self, minutes: u64) {
        sleep(Duration::from_mins(minutes)).await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.line.clock.now()
    }

    /// Something is done in a cloud's own console.
    pub(crate) fn console(&self, change: Value) -> Outcome<Value> {
        self.line.set_time();
        Ok(self
            .line
            .simulator
            .console(&serde_json::from_value(change)?)?)
    }

    /// The clouds as they are.
    pub(crate) fn truth(&self) -> Value {
        self.line.set_time();
        self.line.simulator.truth()
    }

    /// The requests to CM since a sequence number.
    pub(crate) fn requests_since(&self, mark: u64) -> Vec<LoggedRequest> {
        self.line.simulator.requests(mark)
    }

    /// The present end of CM's request log.
    pub(crate) fn mark(&self) -> u64 {
        self.requests_since(0)
            .last()
            .map_or(0, |last| last.sequence)
    }

    /// The last parts of the paths of the writes to keys that took effect since then, in their order.
    pub(crate) fn writes_since(&self, mark: u64) -> Vec<String> {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.requests_since(mark)
            .iter()
            .filter(|request| request.effect && is_write(request))
            .map(|request| match request.method.as_str() {
                method @ ("DELETE" | "PATCH") => method.to_owned(),
                _ => last(&request.path),
            })
            .collect()
    }

    /// What a person sees of each key, without times and identifiers.
    pub(crate) async fn shown(&self) -> Outcome<Vec<String>> {
        let mut shown = Vec::new();
        for kind in KEYS {
            for object in self.list(kind).await? {
                let words = ["/remoteState", "/backup", "/undo/action", "/intent/action"];
                let mut seen = vec![kind, object.metadata.name.as_deref().unwrap_or_default()];
                seen.extend(condition(&object, "Ready").map(|ready| ready.reason));
                seen.extend(words.map(|pointer| text(&object, pointer)));
                for list in ["/plan/steps", "/history"] {
                    for step in status(&object, list).as_array().into_iter().flatten() {
                        let words = ["action", "effect", "outcome"].map(|word| step[word].as_str());
                        seen.extend(words.into_iter().flatten());
                    }
                }
                shown.push(seen.join(" "));
            }
        }
        Ok(shown)
    }

    /// Somebody else posts to CM.
    pub(crate) async fn somebody_sends(&self, path: &str, body: &Value) -> Outcome {
        let post = |path: &str, body: &Value, token: Option<&str>| {
            let mut request = http::Request::post(path)
                .header("accept", "application/json")
                .header("content-type", "application/json");
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            request.body(axum::body::Body::from(body.to_string()))
        };
        let login = json!({"grant_type": "password", "username": inhabitants::USERNAME,
            "password": inhabitants::PASSWORD});
        let mut token = String::new();
        for (path, body) in [("/api/v1/auth/tokens", &login), (path, body)] {
            let request = post(
                path,
                body,
                Some(token.as_str()).filter(|token| !token.is_empty()),
            )?;
            let reply = self.line.router.clone().oneshot(request).await?;
            let status = reply.status();
            let body = reply.into_body().collect().await?.to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            if !status.is_success() {
                return Err(format!("POST {path}: {status} {body}").into());
            }
            if token.is_empty() {
                body["jwt"]
                    .as_str()
                    .unwrap_or_default()
                    .clone_into(&mut token);
            }
        }
        Ok(())
    }

    /// What the promises say of the whole run.
    pub(crate) async fn judge(&self) -> Outcome {
        let broken = self.line.witness.broken();
        if let Some(first) = broken.first() {
            return Err(format!("{first} ({} in all)", broken.len()).into());
        }
        let beyond = self.kube.requests().into_iter().find(|request| {
            let allowed = request.subresource == "status"
                || matches!(request.resource.as_str(), "events" | "leases" | "secrets");
            request.user == OPERATOR && request.is_write() && !allowed
        });
        if let Some(request) = beyond {
            return Err(format!("the operator changed what is not its own: {request:?}").into());
        }
        for kind in kinds() {
            for object in self.list(kind).await? {
                if serde_json::to_string(&object)?.contains(CANARY) {
                    return Err(format!("a value is in {kind} {:?}", object.metadata.name).into());
                }
                self.plans_alike(kind, &object).await?;
            }
        }
        Ok(())
    }
}

/// Whether it is to change a key.
pub(crate) fn is_write(request: &LoggedRequest) -> bool {
    deed::actions(&request.method, &request.path).is_some()
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
    }
}
