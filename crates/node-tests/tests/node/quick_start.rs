//! docs/quick-start.md, command by command.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Instant,
};

use playground::world::inhabitants::{PASSWORD, USERNAME};
use tokio::process::Command;

use crate::{
    Outcome, Test,
    cluster::{Cluster, RELEASE, SHOP, SYSTEM},
    life::{secret_versions, secrets},
    say,
};

const PAGE: &str = include_str!("../../../../docs/quick-start.md");

/// What the page's own key is called.
const KEY: &str = "db-password";

pub(crate) fn tests() -> Vec<Test> {
    vec![(
        "docs/quick-start.md does what it says, command by command, and leaves the key",
        |cluster| Box::pin(walked(cluster)),
    )]
}

async fn walked(cluster: &Cluster) -> Outcome {
    // The page makes both.
    cluster.uninstalled().await?;
    cluster.without_shop().await?;
    let outcome = follow(cluster).await;
    // Others expect it, and the page has made one without a rule for its pods.
    cluster.without_shop().await?;
    cluster.namespace(SHOP).await?;
    outcome
}

async fn follow(cluster: &Cluster) -> Outcome {
    let before = secret_versions(&cluster.simulator.truth().await?);
    let reader = Reader::at(cluster)?;
    let start = Instant::now();
    let mut first = None;
    for Block { language, text } in blocks(PAGE) {
        match language {
            "yaml" => reader.write(cluster, text)?,
            "sh" => reader.run(text).await?,
            other => return Err(format!("the page has a block of {other:?}").into()),
        }
        if first.is_none() && text.contains("wait --for=condition=Ready") {
            first = Some(start.elapsed());
            let truth = cluster.simulator.truth().await?;
            assert_eq!(secrets(&truth, KEY), 1, "{truth:#}");
        }
    }
    let first = first.ok_or("the page waits for no key")?;
    say(&format!(
        "docs/quick-start.md: from the first command to the Ready secret: {:.1} s; all of it: {:.1} s",
        first.as_secs_f64(),
        start.elapsed().as_secs_f64()
    ));
    let truth = cluster.simulator.truth().await?;
    // The first value and the second, and of nothing else.
    assert_eq!(secrets(&truth, KEY), 2, "{truth:#}");
    assert_eq!(secret_versions(&truth), before + 2, "{truth:#}");
    let vaults = truth["azure"]["vaults"].as_object().into_iter().flatten();
    let mut kept = vaults.map(|(_, vault)| &vault["secrets"][KEY]);
    assert!(
        kept.any(|secret| secret.is_object() && secret["deleted"].is_null()),
        "{truth:#}"
    );
    let release = ["list", "--namespace", SYSTEM, "--short"];
    assert_eq!(
        cluster.helm(&release).await?.trim(),
        "",
        "{RELEASE} is there"
    );
    let key = cluster.get(SHOP, &["azuresecret", KEY]).await?;
    let conditions = key["status"]["conditions"].as_array().into_iter().flatten();
    let kinds: Vec<_> = conditions.map(|condition| &condition["type"]).collect();
    assert_eq!(kinds, ["Ready", "ValueUnverified"], "{key:#}");
    Ok(())
}

/// Somebody with a shell who goes by the page.
struct Reader {
    folder: PathBuf,
    path: OsString,
    kubeconfig: PathBuf,
}

impl Reader {
    fn at(cluster: &Cluster) -> Outcome<Self> {
        let folder = cluster.folder().join("quick-start");
        fs::create_dir(&folder)?;
        let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts");
        symlink(fs::canonicalize(charts)?, folder.join("charts"))?;
        let authority = cluster.simulator.authority();
        fs::write(
            folder.join("cm-ca.pem"),
            authority.ok_or("CM serves no HTTPS")?,
        )?;
        let kubectl = cluster.kubectl_path();
        let helm = go_tools::CHART.folder().ok_or("there is no helm")?;
        let own = env::var_os("PATH").unwrap_or_default();
        let kubectl = kubectl.parent().ok_or("kubectl has no folder")?;
        let folders = [kubectl.to_owned(), helm.to_owned()];
        Ok(Self {
            path: env::join_paths(folders.into_iter().chain(env::split_paths(&own)))?,
            kubeconfig: cluster.kubeconfig()?,
            folder,
        })
    }

    /// Writes a manifest to the file that its first line names, with what every reader has to put in.
    fn write(&self, cluster: &Cluster, text: &str) -> Outcome {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = name.ok_or("a manifest of the page names no file in its first line")?;
        let text = text.replace("https://cm.example.com", cluster.simulator.url());
        Ok(fs::write(self.folder.join(name), text)?)
    }

    async fn run(&self, text: &str) -> Outcome {
        let output = Command::new("sh")
            .args(["-eu", "-c", text])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.folder)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("CM_USERNAME", USERNAME)
            .env("CM_PASSWORD", PASSWORD)
            .kill_on_drop(true)
            .output()
            .await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{text}{said}").into())
    }
}

/// A fenced block of a page.
struct Block<'p> {
    language: &'p str,
    text: &'p str,
}

fn blocks(page: &str) -> impl Iterator<Item = Block<'_>> {
    let fenced = page.split("\n```").collect::<Vec<_>>();
    // What is between the first fence and the second is a block, and so on.
    let inside = fenced.into_iter().skip(1).step_by(2);
    inside.filter_map(|block| {
        let (language, text) = block.split_once('\n')?;
        Some(Block { language, text })
    })
}
