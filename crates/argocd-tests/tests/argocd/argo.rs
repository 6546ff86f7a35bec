//! Argo CD, asked.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

/// What Argo CD makes of one object.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Judgement {
    /// Status and message; nothing where Argo CD knows no health of it.
    pub(crate) health: Option<(String, String)>,
    /// What is offered to be done, and the object afterwards.
    pub(crate) actions: BTreeMap<String, Value>,
}

impl Judgement {
    /// The health, where the customizations are in force.
    pub(crate) fn health(&self) -> (&str, &str) {
        let (status, message) = self.health.as_ref().unwrap();
        (status, message)
    }
}

/// A file of the project.
pub(crate) fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error} in:\n{text}"))
}

/// What Argo CD makes of objects once our customizations are applied.
pub(crate) fn judge(objects: &[Value]) -> Option<Vec<Judgement>> {
    judge_under(&yaml(&read("config/argocd/argocd-cm.yaml")), objects)
}

/// What Argo CD makes of objects under some `argocd-cm`.
pub(crate) fn judge_under(argocd_cm: &Value, objects: &[Value]) -> Option<Vec<Judgement>> {
    let mut argo = Command::new(go_tools::ARGOCD.folder()?.join("argocd-judge"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let question = json!({"argocd-cm": argocd_cm, "objects": objects});
    // It answers only once it has read everything, so that neither waits for the other.
    let mut stdin = argo.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = argo.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Argo CD says: {said}");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), objects.len());
    Some(answers.iter().map(judgement).collect())
}

fn judgement(answer: &Value) -> Judgement {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let health = &answer["health"];
    let actions = answer["actions"].as_object().unwrap();
    Judgement {
        health: (!health.is_null()).then(|| (word(&health["status"]), word(&health["message"]))),
        actions: actions.clone().into_iter().collect(),
    }
}
