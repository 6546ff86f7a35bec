//! Flux's kustomize-controller, on the control plane that all tests share.

use std::{
    fs,
    time::{Duration, Instant},
};

use go_tools::Module;
use playground::{
    control_plane::ControlPlane,
    poll::eventually,
    program::{Program, Recipe},
};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    harness::{Outcome, say},
    source::Source,
};

/// Where the kinds of Flux are defined. Of source-controller nothing else is used.
const DEFINITIONS: [Module; 2] = [
    Module {
        name: "github.com/fluxcd/source-controller@v1.9.6",
        sum: "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=",
    },
    Module {
        name: "github.com/fluxcd/kustomize-controller@v1.9.5",
        sum: "h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=",
    },
];

const NAME: &str = "kustomize-controller";

/// How long it gets until it works.
const READY: Duration = Duration::from_mins(1);

/// How many errors of the controller a failure carries.
const LAST: usize = 5;

/// What the tests need beside the control plane, got where it is missing. An error is what this machine can't have.
pub(crate) fn needs() -> Result<(), String> {
    if go_tools::FLUX.folder().is_none() {
        return Err(format!("there is no {NAME}"));
    }
    DEFINITIONS
        .iter()
        .try_for_each(|module| module.folder().map(drop))
}

/// The running controller, and what it fetches commits from.
pub(crate) struct Flux {
    pub(crate) control_plane: &'static ControlPlane,
    pub(crate) source: Source,
    program: Program,
}

impl Flux {
    /// The errors that the controller said last, for a test that has failed.
    pub(crate) fn last_errors(&self) -> String {
        let lines = self.program.log().lines().unwrap_or_default();
        let mut errors: Vec<String> = lines.iter().filter_map(|line| error(line)).collect();
        errors.dedup();
        errors[errors.len().saturating_sub(LAST)..].join("\n")
    }
}

/// Of which Kustomization a line of the controller reports which error.
fn error(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let error = line["error"].as_str()?;
    Some(format!("{}/{}: {error}", line["namespace"], line["name"]))
}

/// Flux for all tests, started at the first call.
pub(crate) async fn shared() -> Outcome<&'static Flux> {
    static FLUX: OnceCell<Result<Flux, String>> = OnceCell::const_new();
    let flux = FLUX.get_or_init(async || start().await.map_err(|error| error.to_string()));
    Ok(flux.await.as_ref().map_err(Clone::clone)?)
}

async fn start() -> Outcome<Flux> {
    let control_plane = playground::shared().await?;
    for module in DEFINITIONS {
        let folder = module.folder()?.join("config/crd/bases");
        for file in fs::read_dir(folder)? {
            control_plane
                .install(&fs::read_to_string(file?.path())?)
                .await?;
        }
    }
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}";
    control_plane.install(namespace).await?;
    let started = Instant::now();
    let mut program = recipe(control_plane)?.start(control_plane.folder())?;
    eventually(READY, "kustomize-controller works", async || {
        program
            .ensure_running()
            .map_err(|error| error.to_string())?;
        let lines = program.log().lines().map_err(|error| error.to_string())?;
        let works = lines.iter().any(|line| line.contains("Starting workers"));
        works
            .then_some(())
            .ok_or_else(|| lines.last().cloned().unwrap_or_default())
    })
    .await?;
    let took = started.elapsed().as_secs_f64();
    say(&format!("{NAME} works after {took:.1} s"));
    Ok(Flux {
        control_plane,
        source: Source::start().await?,
        program,
    })
}

/// As an administrator, who acts as the account that each Kustomization names; and quicker to try again than in earnest.
fn recipe(control_plane: &ControlPlane) -> Outcome<Recipe> {
    let folder = go_tools::FLUX.folder().ok_or("it can't be had")?;
    // It unpacks commits there.
    let temporary = control_plane.folder().join("flux");
    fs::create_dir_all(&temporary)?;
    Ok(Recipe::new(NAME, folder.join(NAME))
        .env("KUBECONFIG", control_plane.kubeconfig_path()?)
        .env("RUNTIME_NAMESPACE", "flux-system")
        .env("TMPDIR", temporary)
        .flag("metrics-addr", "127.0.0.1:0")
        .flag("health-addr", "127.0.0.1:0")
        .flag("interval-jitter-percentage", "0")
        .flag("min-retry-delay", "200ms")
        .flag("max-retry-delay", "5s")
        .flag("requeue-dependency", "2s")
        .flag("http-retry", "2")
        .flag("no-cross-namespace-refs", "true")
        .flag("no-remote-bases", "true")
        .flag("concurrent", "20")
        .flag("default-service-account", "default"))
}
