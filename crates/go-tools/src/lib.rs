//! Programs that tests need: found where somebody put them, else built once from their Go modules.
//!
//! In this order: the folder that the set's variable names; the cache, which is `$CCKM_CACHE`, else
//! `$XDG_CACHE_HOME/cckm-operator`, else `$HOME/.cache/cckm-operator`; a build into the cache, which needs Go and takes
//! some minutes. Each `go.mod` pins the versions, and Go holds what it gets to the checksums in `go.sum`.

mod build;
mod files;

pub use files::Module;

use std::{
    cell::RefCell,
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
};

/// Helm, its plugin that runs a chart's own tests, and kustomize, that the chart is tested with. Elsewhere: `CCKM_CHART_TOOLS`.
pub static CHART: Tools = Tools {
    name: "chart-tools",
    variable: "CCKM_CHART_TOOLS",
    module: &[
        ("go.mod", include_str!("../chart/go.mod")),
        ("go.sum", include_str!("../chart/go.sum")),
    ],
    programs: &[
        ("helm", "helm.sh/helm/v4/cmd/helm"),
        (
            "helm-unittest",
            "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
        ),
        ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
    ],
    tags: "",
    folder: OnceLock::new(),
};

/// Argo CD's judgement of objects. Elsewhere: `CCKM_ARGOCD_TOOLS`.
pub static ARGOCD: Tools = Tools {
    name: "argocd-tools",
    variable: "CCKM_ARGOCD_TOOLS",
    module: &[
        ("go.mod", include_str!("../argocd/go.mod")),
        ("go.sum", include_str!("../argocd/go.sum")),
        ("main.go", include_str!("../argocd/main.go")),
    ],
    programs: &[("argocd-judge", ".")],
    tags: "",
    folder: OnceLock::new(),
};

/// Flux's controller that applies what is in git. Elsewhere: `CCKM_FLUX_TOOLS`.
pub static FLUX: Tools = Tools {
    name: "flux-tools",
    variable: "CCKM_FLUX_TOOLS",
    module: &[
        ("go.mod", include_str!("../flux/go.mod")),
        ("go.sum", include_str!("../flux/go.sum")),
    ],
    programs: &[(
        "kustomize-controller",
        "github.com/fluxcd/kustomize-controller",
    )],
    tags: "",
    folder: OnceLock::new(),
};

/// promtool, by which Prometheus itself judges alerts. Elsewhere: `CCKM_PROMETHEUS_TOOLS`.
pub static PROMETHEUS: Tools = Tools {
    name: "prometheus-tools",
    variable: "CCKM_PROMETHEUS_TOOLS",
    module: &[
        ("go.mod", include_str!("../prometheus/go.mod")),
        ("go.sum", include_str!("../prometheus/go.sum")),
    ],
    programs: &[("promtool", "github.com/prometheus/prometheus/cmd/promtool")],
    // Rules need no service discovery, which takes the clients of every cloud.
    tags: "remove_all_sd",
    folder: OnceLock::new(),
};

/// crane, which checks the container image and pushes it. Elsewhere: `CCKM_IMAGE_TOOLS`.
pub static IMAGE: Tools = Tools {
    name: "image-tools",
    variable: "CCKM_IMAGE_TOOLS",
    module: &[
        ("go.mod", include_str!("../image/go.mod")),
        ("go.sum", include_str!("../image/go.sum")),
    ],
    programs: &[("crane", "github.com/google/go-containerregistry/cmd/crane")],
    tags: "",
    folder: OnceLock::new(),
};

/// Programs of one Go module.
pub struct Tools {
    name: &'static str,
    variable: &'static str,
    /// The files of the module, by name.
    module: &'static [(&'static str, &'static str)],
    /// The programs, and what Go calls them.
    programs: &'static [(&'static str, &'static str)],
    /// Go's build tags, with commas between them.
    tags: &'static str,
    folder: OnceLock<Result<PathBuf, String>>,
}

thread_local! {
    static SAID: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl Tools {
    /// The folder that has them; nothing, after saying loudly why, where they can't be had.
    pub fn folder(&self) -> Option<&Path> {
        match self.folder.get_or_init(|| self.locate()) {
            Ok(folder) => Some(folder),
            Err(reason) => {
                // Once a test, each of which has a thread of its own.
                let said = SAID.with_borrow(|said| said.contains(&self.name));
                if !said {
                    SAID.with_borrow_mut(|said| said.push(self.name));
                    let test = thread::current();
                    let name = test.name().unwrap_or_default();
                    self.say(&format!("SKIPPED {name}: {reason}"));
                }
                None
            }
        }
    }

    #[expect(clippy::panic, reason = "a wrong setting fails tests, and skips none")]
    fn locate(&self) -> Result<PathBuf, String> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        if let Some(folder) = variable(self.variable).map(PathBuf::from) {
            if let Some((name, _)) = self.missing(&folder).first() {
                panic!(
                    "{} is {}, which has no {name}",
                    self.variable,
                    folder.display()
                );
            }
            return Ok(folder);
        }
        let cache = variable("CCKM_CACHE")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(variable("XDG_CACHE_HOME")?).join("cckm-operator")))
            .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache/cckm-operator")))
            .ok_or_else(|| format!("no folder for {}: set CCKM_CACHE to one", self.name))?;
        let folder = cache.join(self.name).join(self.key());
        if !self.missing(&folder).is_empty() {
            self.build(&folder)?;
        }
        Ok(folder)
    }

    fn missing(&self, folder: &Path) -> Vec<(&'static str, &'static str)> {
        let is_missing = |(name, _): &(&str, &str)| !folder.join(name).is_file();
        let programs = self.programs.iter().copied();
        programs.filter(is_missing).collect()
    }

    /// Past the capture of tests that pass.
    fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{}: {line}", self.name);
    }
}
