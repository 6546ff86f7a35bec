//! Reading one object.

use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    core::v1::{Namespace, Secret},
    events,
};
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, PostParams},
    runtime::events::{Event, EventType, Recorder, Reporter},
};

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, sentence},
    server::{Scene, resource},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("an object is read as it was answered", as_answered),
        sentence("an object that is not there is not found", not_found),
        sentence("a Secret that is not there is not found", secret_not_found),
        sentence("a namespace is an object", namespace),
        sentence("the status of an object is read with all of it", status),
        sentence("everybody can ask who they are", who_am_i),
        sentence(
            "kube's recorder writes an event once and counts it from then on",
            recorder,
        ),
    ]
}

async fn as_answered(scene: Scene) -> Outcome {
    let made = scene.make("db").await?;
    let read = scene.azure_secrets().get("db").await?;
    assert_same(read, made)
}

async fn not_found(scene: Scene) -> Outcome {
    assert_refused(
        scene.azure_secrets().get("db").await,
        404,
        "NotFound",
        r#"azuresecrets.cckm.dev "db" not found"#,
    )
}

async fn secret_not_found(scene: Scene) -> Outcome {
    let secrets: Api<Secret> = scene.secrets();
    assert_refused(
        secrets.get("db").await,
        404,
        "NotFound",
        r#"secrets "db" not found"#,
    )
}

async fn namespace(scene: Scene) -> Outcome {
    let namespaces: Api<Namespace> = Api::all(scene.client.clone());
    let read = namespaces.get(&scene.namespace).await?;
    let label = read.labels().get("kubernetes.io/metadata.name");
    assert_same(label, Some(&scene.namespace))?;
    let phase = read.status.and_then(|status| status.phase);
    assert_same(phase.as_deref(), Some("Active"))
}

async fn status(scene: Scene) -> Outcome {
    let made = scene.make("db").await?;
    let read = scene.azure_secrets().get_status("db").await?;
    assert_same(read, made)
}

async fn who_am_i(scene: Scene) -> Outcome {
    let reviews: Api<SelfSubjectReview> = Api::all(scene.client.clone());
    let review = reviews
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let user = review.status.and_then(|status| status.user_info);
    let groups = user.and_then(|user| user.groups).unwrap_or_default();
    for group in ["system:masters", "system:authenticated"] {
        assert_same(groups.iter().any(|found| found == group), true)?;
    }
    Ok(())
}

async fn recorder(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let reporter = Reporter {
        controller: "cckm-operator".to_owned(),
        instance: None,
    };
    let operator = scene.server.operator().await?;
    let recorder = Recorder::new(operator, reporter);
    let reference = object.object_ref(&resource("AzureSecret"));
    let event = Event {
        type_: EventType::Normal,
        reason: "Reached".to_owned(),
        note: Some("It is as desired.".to_owned()),
        action: "Reconciling".to_owned(),
        secondary: None,
    };
    recorder.publish(&event, &reference).await?;
    recorder.publish(&event, &reference).await?;
    let events: Api<events::v1::Event> = Api::namespaced(scene.client.clone(), &scene.namespace);
    let list = events.list(&ListParams::default()).await?;
    let counts: Vec<_> = list
        .iter()
        .map(|event| event.series.as_ref().map(|series| series.count))
        .collect();
    assert_same(counts, [Some(2)])
}
