//! A tour for people: the life of keys in three clouds, step by step with kubectl.

mod report;
mod screen;
mod shell;
mod sides;
pub mod steps;

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Error,
    control_plane::ControlPlane,
    poll::eventually,
    say,
    world::{Request, World},
};
use report::{RemoteCall, Report, StepReport};
use screen::{show_requests, show_table};
use shell::Shell;
use sides::{Identity, Sides};
use steps::{Act, Object, Promise, Step};

/// Where the samples are, in the project's folder.
const SAMPLES: &str = "config/samples";

/// How long a step's promises may take to come true.
const PATIENCE: Duration = Duration::from_mins(1);

/// Walks through all steps, and shows each. Stops at the first that doesn't turn out as promised. Returns whether all
/// did, and still do at the end; the report has the steps that were taken.
pub async fn tour(
    control_plane: &ControlPlane,
    world: &mut World<'_>,
    report: Option<&Path>,
) -> Result<bool, Error> {
    let mut tour = Tour::new(control_plane, world);
    let walked = tour.walk().await;
    if let Some(path) = report {
        tour.report.write(path)?;
    }
    walked
}

/// Sets manager and containers up, without showing it: the ground on which a person goes on alone.
pub async fn prepare(control_plane: &ControlPlane, world: &mut World<'_>) -> Result<(), Error> {
    let mut tour = Tour::new(control_plane, world);
    tour.step(steps::ground()).await?;
    if tour.report.steps.iter().all(|step| step.ok) {
        return Ok(());
    }
    Err(Error::Manifest {
        what: SAMPLES.to_owned(),
        why: "manager and containers don't get ready".to_owned(),
    })
}

struct Tour<'t, 'c> {
    world: &'t mut World<'c>,
    shell: Shell<'t>,
    known: BTreeMap<Object, Identity>,
    latest: BTreeMap<Object, Promise>,
    report: Report,
}

impl<'t, 'c> Tour<'t, 'c> {
    fn new(control_plane: &'t ControlPlane, world: &'t mut World<'c>) -> Self {
        Self {
            world,
            shell: Shell::new(control_plane),
            known: BTreeMap::new(),
            latest: BTreeMap::new(),
            report: Report::default(),
        }
    }

    async fn walk(&mut self) -> Result<bool, Error> {
        say!(
            "Kubernetes is real here; CipherTrust Manager and the clouds are simulated. The commands are run in the
project's folder: by admin, who sets things up, by bob, who writes manifests, and by alice, who approves.
"
        );
        for step in steps::all() {
            if !self.step(step).await? {
                return Ok(false);
            }
        }
        self.end().await
    }

    /// Takes one step. Returns whether it turned out as promised.
    async fn step(&mut self, step: &Step) -> Result<bool, Error> {
        say!("{:>2}  {}", self.report.steps.len(), step.name);
        let begin = Instant::now();
        let mark = self.world.simulator.mark().await?;
        let acted = self.perform(step).await;
        let differs = match acted {
            Ok(()) => self.wait_for(step).await.err(),
            Err(error) => Some(error),
        };
        let requests = self.world.simulator.requests_since(mark).await?;
        let differs = differs
            .map(|error| error.to_string())
            .or_else(|| other_writes(step, &requests));
        self.show_result(step, &requests).await?;
        match &differs {
            None => say!(
                "  as promised, after {:.1} s\n",
                begin.elapsed().as_secs_f64()
            ),
            Some(why) => say!("  NOT as promised: {why}\n"),
        }
        self.report.steps.push(StepReport {
            name: step.name,
            seed: step.seed,
            manifest: step.manifest.map(sample),
            remote_calls: requests.iter().map(RemoteCall::from).collect(),
            ok: differs.is_none(),
        });
        Ok(differs.is_none())
    }

    async fn perform(&mut self, step: &Step) -> Result<(), Error> {
        for act in step.acts {
            match act {
                Act::Apply { user, file } => {
                    self.shell
                        .run(user, &["apply", "-f", &sample(file)])
                        .await?;
                }
                Act::Connect { file } => {
                    // Also more destructive acts than an hour of anybody's but a tour's has.
                    let change = json!({"spec": {
                        "url": self.world.simulator.url(),
                        "limits": {"destructiveActionsPerHour": 20},
                    }});
                    self.apply_changed("admin", file, &change).await?;
                }
                Act::RequestLook(object) => {
                    let asked = format!("reconcile.fluxcd.io/requestedAt={:.0}", Timestamp::now());
                    let (kind, name) = (object.kind.to_lowercase(), object.name);
                    let namespace = self.world.namespace();
                    let arguments = [
                        "-n",
                        namespace,
                        "annotate",
                        &kind,
                        name,
                        &asked,
                        "--overwrite",
                    ];
                    self.shell.run("bob", &arguments).await?;
                }
                Act::Approve { object, file } => self.approve(*object, file).await?,
                Act::Delete(object) => {
                    let (kind, name) = (object.kind.to_lowercase(), object.name);
                    let arguments = ["-n", self.world.namespace(), "delete", &kind, name];
                    self.shell.run("bob", &arguments).await?;
                }
                Act::KillDuring { path, file } => self.kill_during(path, file).await?,
                Act::LoseEverything => self.lose_everything().await?,
            }
        }
        Ok(())
    }

    async fn kill_during(&mut self, path: &str, file: &str) -> Result<(), Error> {
        let mark = self.world.simulator.mark().await?;
        self.world.simulator.hold_reply("POST", path).await?;
        self.shell
            .run("bob", &["apply", "-f", &sample(file)])
            .await?;
        self.world.simulator.until_done(mark, "POST", path).await?;
        say!(
            "  CipherTrust Manager has made it and has not answered yet: the operator is killed here."
        );
        self.world.operator.kill()?;
        self.world.simulator.release().await?;
        say!("  It is started again, and waits for the lease of the dead one to end.");
        self.world.operator.restart().await
    }

    async fn lose_everything(&mut self) -> Result<(), Error> {
        self.world.operator.terminate().await?;
        say!("  The operator is ended: nobody sees what is deleted now.");
        let namespace = self.world.namespace();
        let arguments = ["-n", namespace, "delete", "cckm", "--all"];
        self.shell.run("admin", &arguments).await?;
        say!("  The operator is started again.");
        self.world.operator.restart().await
    }

    /// Copies what the key waits for from what kubectl shows into the template.
    async fn approve(&self, object: Object, file: &str) -> Result<(), Error> {
        let (kind, name) = (object.kind.to_lowercase(), object.name);
        let path = "jsonpath={.status.plan.approvals}";
        let arguments = ["-n", self.world.namespace(), "get", &kind, name, "-o", path];
        let shown = self.shell.run("alice", &arguments).await?;
        let actions: Value = serde_json::from_str(&shown).map_err(|error| Error::Manifest {
            what: format!("status.plan.approvals of {name}"),
            why: error.to_string(),
        })?;
        self.apply_changed("alice", file, &json!({"spec": {"actions": actions}}))
            .await
    }

    /// Applies a sample with a change that git can't know.
    async fn apply_changed(&self, user: &str, file: &str, change: &Value) -> Result<(), Error> {
        let (sample, change) = (sample(file), change.to_string());
        let changed = [
            "patch",
            "--local",
            "-f",
            &sample,
            "--type=merge",
            "-p",
            &change,
            "-o",
            "yaml",
        ];
        self.shell.pipe(user, &changed, &["apply", "-f", "-"]).await
    }

    async fn wait_for(&mut self, step: &Step) -> Result<(), Error> {
        for promise in step.promises {
            let object = promise.object;
            let known = self.known.get(&object).cloned();
            let what = format!("{} {} is as promised", object.kind, object.name);
            let sides = eventually(PATIENCE, &what, async || {
                let sides = Sides::read(self.world, object, known.as_ref()).await;
                let sides = sides.map_err(|error| error.to_string())?;
                sides.differs(promise).map_or(Ok(sides), Err)
            })
            .await?;
            if let Some(identity) = sides.identity() {
                self.known.insert(object, identity);
            }
            self.latest.insert(object, *promise);
        }
        Ok(())
    }

    /// Shows what kubectl and CM say.
    async fn show_result(&self, step: &Step, requests: &[Request]) -> Result<(), Error> {
        let namespace = self.world.namespace();
        let mut arguments = vec!["-n", namespace, "get"];
        let kind;
        match step.promises {
            [promise] => {
                kind = promise.object.kind.to_lowercase();
                arguments.push(&kind);
                // One that is deleted is missing among the others of its kind.
                arguments.extend(promise.reason.map(|_| promise.object.name));
            }
            _ => arguments.push("cckm"),
        }
        self.shell.run("bob", &arguments).await?;
        show_requests(requests);
        Ok(())
    }

    /// All objects once more, on all sides.
    async fn end(&self) -> Result<bool, Error> {
        say!("In the end, on every side");
        self.shell
            .run("bob", &["get", "cckm", "-A", "-o", "wide"])
            .await?;
        say!("");
        let mut table =
            vec![["OBJECT", "KUBERNETES", "CIPHERTRUST MANAGER", "CLOUD", ""].map(str::to_owned)];
        let mut agreed = true;
        for (object, promise) in &self.latest {
            if promise.key.is_none() {
                continue;
            }
            let sides = Sides::read(self.world, *object, self.known.get(object)).await?;
            let differs = sides.differs(promise);
            agreed &= differs.is_none();
            table.push([
                format!("{} {}", object.kind, object.name),
                sides.in_kubernetes(),
                sides.recorded_state().to_owned(),
                sides.cloud_state().to_owned(),
                differs.unwrap_or_else(|| "as promised".to_owned()),
            ]);
        }
        show_table(&table);
        let steps = self.report.steps.len();
        if agreed {
            say!("{steps} steps, and every object is as promised on every side.");
        } else {
            say!("Not every object is as promised any more.");
        }
        Ok(agreed)
    }
}

/// The changes that were made through CM, where they aren't those promised. What a cloud isn't ready for, it refuses,
/// and it is asked again later: that changes nothing.
fn other_writes(step: &Step, requests: &[Request]) -> Option<String> {
    let writes: Vec<(&str, &str)> = requests
        .iter()
        .filter(|request| request.is_write() && request.effect)
        .map(|request| {
            (
                request.method.as_str(),
                request.template.as_deref().unwrap_or("an unknown path"),
            )
        })
        .collect();
    (writes != step.writes).then(|| {
        format!(
            "CM made the changes {writes:?} instead of {:?}",
            step.writes
        )
    })
}

fn sample(file: &str) -> String {
    Path::new(SAMPLES).join(file).display().to_string()
}
