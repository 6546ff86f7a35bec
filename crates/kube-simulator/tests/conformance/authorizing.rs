//! Who may do what.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::{
    Api,
    api::{
        ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
        PostParams, WatchParams,
    },
};
use playground::poll::eventually;
use serde_json::json;

use crate::{
    harness::{Outcome, SOON, Sentence, assert_refused, assert_same, refused, sentence},
    patching::empty_secret,
    server::{Scene, azure_secret, object, resource},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("who has no role may read nothing, and is told so", nobody),
        sentence("everybody may ask who they are, whatever their roles", who),
        sentence(
            "the operator reads keys and writes their status, and nothing else of them",
            operator,
        ),
        sentence(
            "the operator reads a Secret by its name, and no list of them",
            operator_secrets,
        ),
        sentence(
            "the operator writes its own Secret in its own namespace alone",
            operator_home,
        ),
        sentence(
            "an author writes keys and no approvals, by way of the role edit",
            author,
        ),
        sentence(
            "the right to make what is applied may be limited to a name, and no other create may",
            applies_by_name,
        ),
        sentence(
            "a role in a namespace counts there, for the names that it lists",
            names,
        ),
        sentence(
            "a service account is a subject of a binding",
            service_account,
        ),
        sentence(
            "a kind that nobody defined is first of all forbidden",
            unknown_kind,
        ),
    ]
}

async fn nobody(scene: Scene) -> Outcome {
    let carol = scene.seen_by(scene.server.user("carol").await?);
    let namespace = &scene.namespace;
    let place = format!("in API group \"cckm.dev\" in the namespace \"{namespace}\"");
    assert_refused(
        carol.azure_secrets().get("db").await,
        403,
        "Forbidden",
        &format!(
            "azuresecrets.cckm.dev \"db\" is forbidden: User \"carol\" cannot get resource \"azuresecrets\" {place}"
        ),
    )?;
    assert_refused(
        carol.azure_secrets().list(&ListParams::default()).await,
        403,
        "Forbidden",
        &format!(
            "azuresecrets.cckm.dev is forbidden: User \"carol\" cannot list resource \"azuresecrets\" {place}"
        ),
    )?;
    let patch = Patch::Merge(json!({}));
    assert_refused(
        carol
            .azure_secrets()
            .patch_status("db", &PatchParams::default(), &patch)
            .await,
        403,
        "Forbidden",
        &format!(
            "azuresecrets.cckm.dev \"db\" is forbidden: User \"carol\" cannot patch resource \"azuresecrets/status\" \
             {place}"
        ),
    )?;
    let all: Api<Secret> = Api::all(carol.client.clone());
    assert_refused(
        all.list(&ListParams::default()).await,
        403,
        "Forbidden",
        "secrets is forbidden: User \"carol\" cannot list resource \"secrets\" in API group \"\" at the cluster scope",
    )?;
    let namespaces: Api<Namespace> = Api::all(carol.client.clone());
    assert_refused(
        namespaces.get(namespace).await,
        403,
        "Forbidden",
        &format!(
            "namespaces \"{namespace}\" is forbidden: User \"carol\" cannot get resource \"namespaces\" in API group \
             \"\" in the namespace \"{namespace}\""
        ),
    )?;
    let watched = carol
        .azure_secrets()
        .watch(&WatchParams::default(), "0")
        .await;
    assert_same(refused(watched)?.code, 403)
}

async fn who(scene: Scene) -> Outcome {
    use k8s_openapi::api::authentication::v1::SelfSubjectReview;
    for (client, expected) in [
        (scene.server.user("carol").await?, "carol"),
        (
            scene.server.operator().await?,
            "system:serviceaccount:cckm-system:cckm-operator",
        ),
    ] {
        let reviews: Api<SelfSubjectReview> = Api::all(client);
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await?;
        let user = review.status.and_then(|status| status.user_info);
        let name = user.and_then(|user| user.username);
        assert_same(name.as_deref(), Some(expected))?;
    }
    Ok(())
}

async fn operator(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let operator = scene.seen_by(scene.server.operator().await?);
    let api = operator.azure_secrets();
    api.get("db").await?;
    api.list(&ListParams::default()).await?;
    let patch = Patch::Merge(json!({"status": {"remoteState": "AVAILABLE"}}));
    api.patch_status("db", &PatchParams::default(), &patch)
        .await?;
    let refusals = [
        refused(api.patch("db", &PatchParams::default(), &patch).await)?,
        refused(api.delete("db", &DeleteParams::default()).await)?,
        refused(
            api.create(&PostParams::default(), &azure_secret("other")?)
                .await,
        )?,
        refused(
            api.replace("db", &PostParams::default(), &azure_secret("db")?)
                .await,
        )?,
        refused(
            api.replace_status("db", &PostParams::default(), &azure_secret("db")?)
                .await,
        )?,
    ];
    assert_same(refusals.map(|refusal| refusal.code), [403; 5])?;
    let everywhere: Api<DynamicObject> =
        Api::all_with(operator.client.clone(), &resource("AzureSecret"));
    everywhere.list(&ListParams::default()).await?;
    Ok(())
}

async fn operator_secrets(scene: Scene) -> Outcome {
    let secret =
        object(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}}))?;
    let secrets: Api<DynamicObject> = Api::namespaced_with(
        scene.client.clone(),
        &scene.namespace,
        &ApiResource::erase::<Secret>(&()),
    );
    secrets.create(&PostParams::default(), &secret).await?;
    let operator = scene.seen_by(scene.server.operator().await?);
    operator.secrets().get("login").await?;
    let listed = operator.secrets().list(&ListParams::default()).await;
    assert_same(refused(listed)?.code, 403)?;
    assert_same(
        operator.config_maps().get_opt("none").await?.is_none(),
        true,
    )
}

async fn operator_home(scene: Scene) -> Outcome {
    let operator = scene.server.operator().await?;
    let dry_run = PatchParams {
        dry_run: true,
        ..PatchParams::apply("tests")
    };
    let home: Api<Secret> = Api::namespaced(operator.clone(), "cckm-system");
    let elsewhere: Api<Secret> = Api::namespaced(operator, &scene.namespace);
    let own = "cckm-operator-hmac";
    home.patch(own, &dry_run, &empty_secret(own)).await?;
    let refusals = [
        refused(home.patch("other", &dry_run, &empty_secret("other")).await)?,
        refused(elsewhere.patch(own, &dry_run, &empty_secret(own)).await)?,
    ];
    assert_same(refusals.map(|refusal| refusal.code), [403; 2])
}

async fn author(scene: Scene) -> Outcome {
    let bob = scene.seen_by(scene.server.user("bob").await?);
    let made = eventually(SOON, "the roles are added up", async || {
        let made = bob
            .azure_secrets()
            .create(
                &PostParams::default(),
                &azure_secret("db").unwrap_or_else(|_| DynamicObject::new("", &resource(""))),
            )
            .await;
        made.map_err(|error| error.to_string())
    })
    .await?;
    assert_same(made.metadata.generation, Some(1))?;
    let patch = Patch::Merge(json!({"spec": {"enabled": true}}));
    bob.azure_secrets()
        .patch("db", &PatchParams::default(), &patch)
        .await?;
    let patch = Patch::Merge(json!({"status": {"remoteState": "AVAILABLE"}}));
    let status = bob
        .azure_secrets()
        .patch_status("db", &PatchParams::default(), &patch)
        .await;
    assert_same(refused(status)?.code, 403)?;
    bob.objects("DestructionApproval")
        .list(&ListParams::default())
        .await?;
    let deleted = bob
        .objects("DestructionApproval")
        .delete("a", &DeleteParams::default())
        .await;
    assert_same(refused(deleted)?.code, 403)
}

/// Makes an object of RBAC.
async fn make(scene: &Scene, kind: &str, mut manifest: serde_json::Value) -> Outcome {
    manifest["apiVersion"] = json!("rbac.authorization.k8s.io/v1");
    manifest["kind"] = json!(kind);
    let kind = kube::core::GroupVersionKind::gvk("rbac.authorization.k8s.io", "v1", kind);
    let api: Api<DynamicObject> = Api::namespaced_with(
        scene.client.clone(),
        &scene.namespace,
        &ApiResource::from_gvk(&kind),
    );
    api.create(&PostParams::default(), &object(&manifest)?)
        .await?;
    Ok(())
}

/// The scene as carol sees it, who has a role with these rules there.
async fn carol(scene: &Scene, rules: serde_json::Value) -> Outcome<Scene> {
    let role = json!({"metadata": {"name": "carols"}, "rules": rules});
    make(scene, "Role", role).await?;
    make(
        scene,
        "RoleBinding",
        json!({"metadata": {"name": "carols"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "carols"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carol"}]}),
    )
    .await?;
    Ok(scene.seen_by(scene.server.user("carol").await?))
}

async fn applies_by_name(scene: Scene) -> Outcome {
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["key"],
        "verbs": ["create", "get", "patch"]}]);
    let secrets = carol(&scene, rules).await?.secrets();
    eventually(SOON, "the role tells", async || {
        let read = secrets.get_opt("key").await;
        read.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    let params = PatchParams::apply("tests");
    secrets.patch("key", &params, &empty_secret("key")).await?;
    let other = secrets
        .patch("other", &params, &empty_secret("other"))
        .await;
    assert_same(refused(other)?.code, 403)?;
    let named = Secret {
        metadata: ObjectMeta {
            name: Some("key".to_owned()),
            ..ObjectMeta::default()
        },
        ..Secret::default()
    };
    // A create tells no name before its body is read.
    let created = secrets.create(&PostParams::default(), &named).await;
    assert_same(refused(created)?.code, 403)
}

async fn names(scene: Scene) -> Outcome {
    let rules = json!([
        {"apiGroups": ["cckm.dev"], "resources": ["azuresecrets"], "resourceNames": ["db"], "verbs": ["get", "watch", "list"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]},
    ]);
    let carol = carol(&scene, rules).await?;
    scene.make("db").await?;
    eventually(SOON, "the role tells", async || {
        let read = carol.azure_secrets().get("db").await;
        read.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    let refusals = [
        refused(carol.azure_secrets().get("other").await)?,
        refused(carol.azure_secrets().list(&ListParams::default()).await)?,
        refused(
            carol
                .azure_secrets()
                .delete("db", &DeleteParams::default())
                .await,
        )?,
    ];
    assert_same(refusals.map(|refusal| refusal.code), [403; 3])?;
    let by_name = ListParams::default().fields("metadata.name=db");
    let found = carol.azure_secrets().list(&by_name).await?;
    assert_same(found.items.len(), 1)?;
    carol.config_maps().list(&ListParams::default()).await?;
    let elsewhere: Api<ConfigMap> = Api::namespaced(carol.client.clone(), "default");
    assert_same(
        refused(elsewhere.list(&ListParams::default()).await)?.code,
        403,
    )
}

async fn service_account(scene: Scene) -> Outcome {
    make(
        &scene,
        "RoleBinding",
        json!({"metadata": {"name": "operator"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": "cckm-operator", "namespace": "cckm-system"}]}),
    )
    .await?;
    let operator = scene.seen_by(scene.server.operator().await?);
    eventually(SOON, "the role tells", async || {
        let read = operator.config_maps().list(&ListParams::default()).await;
        read.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    let secrets = operator.secrets().list(&ListParams::default()).await;
    assert_same(refused(secrets)?.code, 403)
}

async fn unknown_kind(scene: Scene) -> Outcome {
    let carol = scene.seen_by(scene.server.user("carol").await?);
    let status = refused(carol.objects("GoogleSecret").get("db").await)?;
    assert_same(status.code, 403)
}
