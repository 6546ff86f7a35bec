//! What those who set scenes order: faults, held requests, ended watches, and the log of what was asked.

use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::{api::core::v1::ConfigMap, jiff::Timestamp};
use kube::{
    Api, Client, ResourceExt,
    api::{
        ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, PostParams, WatchEvent,
        WatchParams,
    },
    core::GroupVersionKind,
    runtime::{
        WatchStreamExt, reflector,
        watcher::{self, Config},
    },
};
use kube_simulator::{Definition, Fault, KubeSimulator, Refusal, Requests, User};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

const START: &str = "2026-10-01T00:00:00Z";

fn simulator() -> KubeSimulator {
    let epoch = Instant::now();
    let start: Timestamp = START.parse().unwrap_or_default();
    KubeSimulator::new(move || start + epoch.elapsed())
}

fn maps(client: Client) -> Api<ConfigMap> {
    Api::namespaced(client, "default")
}

fn map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

async fn make(api: &Api<ConfigMap>, name: &str) -> kube::Result<ConfigMap> {
    api.create(&PostParams::default(), &map(name)).await
}

#[tokio::test(start_paused = true)]
async fn the_ordered_request_is_refused_as_ordered_and_no_other() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let busy = Refusal::new(429, "TooManyRequests", "later").retry_after(3);
    let second = Requests::any().verb("create").resource("configmaps").nth(2);
    simulator.inject(second, Fault::Refuse(busy));
    make(&api, "a").await.unwrap();
    api.get("a").await.unwrap();
    let kube::Error::Api(status) = make(&api, "b").await.unwrap_err() else {
        panic!("it is no status");
    };
    assert_eq!((status.code, status.message.as_str()), (429, "later"));
    assert_eq!(status.details.unwrap().retry_after_seconds, 3);
    assert!(api.get_opt("b").await.unwrap().is_none());
    make(&api, "b").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fault_befalls_as_many_requests_as_ordered_of_the_user_name_and_namespace() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    make(&api, "a").await.unwrap();
    make(&api, "b").await.unwrap();
    let requests = Requests::any()
        .user("admin")
        .namespace("default")
        .name("a")
        .subresource("")
        .times(2);
    simulator.inject(
        requests,
        Fault::Refuse(Refusal::new(500, "InternalError", "oh")),
    );
    api.get("b").await.unwrap();
    for _ in 0..2 {
        assert!(api.get("a").await.is_err());
    }
    api.get("a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_leaves_its_effect_and_a_lost_request_none() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    for (fault, name, made) in [
        (Fault::LoseReply, "a", true),
        (Fault::LoseRequest, "b", false),
    ] {
        simulator.inject(Requests::any().verb("create"), fault);
        let error = make(&api, name).await.unwrap_err();
        assert!(matches!(error, kube::Error::Service(_)), "{error:?}");
        assert_eq!(api.get_opt(name).await.unwrap().is_some(), made);
    }
    let lost: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.status.is_none())
        .map(|request| (request.verb, request.is_write()))
        .collect();
    assert_eq!(lost, [("create", true), ("create", true)]);
}

#[tokio::test(start_paused = true)]
async fn a_held_request_has_no_effect_until_it_is_released() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let held = simulator.hold(Requests::any().verb("create"));
    let creating = tokio::spawn({
        let api = api.clone();
        async move { make(&api, "a").await }
    });
    held.until_arrived(1).await;
    assert!(api.get_opt("a").await.unwrap().is_none());
    make(&api, "b").await.unwrap();
    held.release();
    creating.await.unwrap().unwrap();
    api.get("a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn forgotten_faults_befall_nobody() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    simulator.inject(Requests::any(), Fault::LoseRequest);
    simulator.clear_faults();
    make(&api, "a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_request_is_logged_with_who_what_when_and_its_outcome() {
    let simulator = simulator();
    let admin = maps(simulator.client(&User::admin()));
    let nobody = maps(simulator.client(&User::new("carol", &[])));
    make(&admin, "a").await.unwrap();
    let mark = simulator.mark();
    sleep(Duration::from_secs(5)).await;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    admin.create(&dry_run, &map("b")).await.unwrap();
    nobody.get("a").await.unwrap_err();
    admin.delete("a", &DeleteParams::default()).await.unwrap();
    let requests = simulator.requests_since(mark);
    let said: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.user.as_str(),
                request.verb,
                request.resource.as_str(),
                request.namespace.as_str(),
                request.name.as_str(),
                request.status,
                request.is_write(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (
                "admin",
                "create",
                "configmaps",
                "default",
                "b",
                Some(201),
                false
            ),
            (
                "carol",
                "get",
                "configmaps",
                "default",
                "a",
                Some(403),
                false
            ),
            (
                "admin",
                "delete",
                "configmaps",
                "default",
                "a",
                Some(200),
                true
            ),
        ]
    );
    let start: Timestamp = START.parse().unwrap();
    assert!(
        requests
            .iter()
            .all(|request| request.at == start + Duration::from_secs(5))
    );
}

#[tokio::test(start_paused = true)]
async fn one_scene_played_twice_is_the_same_to_the_letter() {
    let play = async || {
        let simulator = simulator();
        let api = maps(simulator.client(&User::admin()));
        let mut made_up = map("");
        made_up.metadata.name = None;
        made_up.metadata.generate_name = Some("map-".to_owned());
        make(&api, "a").await.unwrap();
        sleep(Duration::from_millis(1500)).await;
        for _ in 0..3 {
            api.create(&PostParams::default(), &made_up).await.unwrap();
        }
        api.delete("a", &DeleteParams::default()).await.unwrap();
        let objects = api.list(&ListParams::default()).await.unwrap();
        (
            serde_json::to_string(&objects).unwrap(),
            simulator.requests(),
        )
    };
    assert_eq!(play().await, play().await);
}

#[tokio::test(start_paused = true)]
async fn an_idle_watch_is_told_how_far_it_is_so_that_it_survives_forgetting() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    make(&api, "a").await.unwrap();
    let secrets = Api::<k8s_openapi::api::core::v1::Secret>::all(simulator.client(&User::admin()));
    let version = secrets.list(&ListParams::default()).await.unwrap();
    let version = version.metadata.resource_version.unwrap();
    let params = WatchParams::default().timeout(290);
    let mut events = secrets.watch(&params, &version).await.unwrap().boxed();
    make(&api, "b").await.unwrap();
    let Some(Ok(WatchEvent::Bookmark(bookmark))) = events.next().await else {
        panic!("it is no bookmark");
    };
    simulator.compact();
    let mut events = secrets
        .watch(&params, &bookmark.metadata.resource_version)
        .await
        .unwrap()
        .boxed();
    let next = timeout(Duration::from_secs(61), events.next()).await;
    assert!(
        matches!(next, Ok(Some(Ok(WatchEvent::Bookmark(_))))),
        "{next:?}"
    );
    let mut events = secrets.watch(&params, &version).await.unwrap().boxed();
    let next = events.next().await;
    assert!(
        matches!(&next, Some(Ok(WatchEvent::Error(status))) if status.code == 410),
        "{next:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_watcher_misses_nothing_when_its_watch_is_ended_or_its_version_forgotten() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let (store, writer) = reflector::store();
    let events = watcher::watcher(api.clone(), Config::default())
        .default_backoff()
        .reflect(writer)
        .for_each(|_| std::future::ready(()));
    let watching = tokio::spawn(events);
    let names = || {
        let mut names: Vec<_> = store.state().iter().map(|map| map.name_any()).collect();
        names.sort();
        names
    };
    make(&api, "a").await.unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(names(), ["a"]);
    simulator.end_watches();
    make(&api, "b").await.unwrap();
    sleep(Duration::from_secs(10)).await;
    assert_eq!(names(), ["a", "b"]);
    simulator.end_watches();
    make(&api, "c").await.unwrap();
    api.delete("a", &DeleteParams::default()).await.unwrap();
    simulator.compact();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(names(), ["b", "c"]);
    watching.abort();
}

#[test]
fn a_definition_with_a_keyword_that_is_not_simulated_is_refused() {
    let mut definition = api::all_crds().remove(0);
    let schema = definition.spec.versions[0].schema.as_mut().unwrap();
    schema.open_api_v3_schema.as_mut().unwrap().unique_items = Some(true);
    let error = Definition::read(&definition).unwrap_err();
    assert_eq!(
        error.to_string().split(", expected").next(),
        Some("the definition azuresecrets.cckm.dev is not simulated: unknown field `uniqueItems`")
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_asks_for_what_is_not_simulated_is_not_installed() {
    let yaml = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints: {resourceRules: []}
  validations: []
";
    let error = simulator().install(yaml).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `paramKind`"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn under_the_strict_policy_who_may_change_a_key_does_not_approve() {
    let simulator = simulator();
    let approvals = api::all_crds()
        .into_iter()
        .find(|crd| crd.spec.names.kind == "DestructionApproval");
    simulator
        .define(&Definition::read(&approvals.unwrap()).unwrap())
        .unwrap();
    for yaml in [
        include_str!("../../../config/policy/strict/destruction_approval.yaml"),
        include_str!("../../../config/policy/strict/destruction_approval_binding.yaml"),
        include_str!("../../../config/rbac/approver_role.yaml"),
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: approvers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cckm-approver}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
",
    ] {
        simulator.install(yaml).unwrap();
    }
    let approval = json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "DestructionApproval", "metadata": {"name": "a"},
        "spec": {
            "targetRef": {"kind": "OciKey", "name": "master"}, "reason": "CHG-1234", "approvedBy": "alice",
            "actions": [{"action": "Disable", "cloudId": "a", "token": "v1:00112233445566778899aabbccddeeff"}],
        },
    });
    let approve = async |user: &User| {
        let kind = GroupVersionKind::gvk("cckm.dev", "v1alpha1", "DestructionApproval");
        let approvals: Api<DynamicObject> =
            Api::default_namespaced_with(simulator.client(user), &ApiResource::from_gvk(&kind));
        let approval = serde_json::from_value(approval.clone()).unwrap();
        approvals.create(&PostParams::default(), &approval).await
    };
    let error = approve(&User::admin()).await.unwrap_err().to_string();
    assert!(
        error.contains("Somebody who may not has to approve."),
        "{error}"
    );
    approve(&User::new("alice", &[])).await.unwrap();
}
