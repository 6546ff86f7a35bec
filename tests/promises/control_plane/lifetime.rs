//! How a control plane begins, restarts and ends.

use std::{
    net::{SocketAddr, TcpStream},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, api::PostParams};
use libtest_mimic::Trial;
use playground::{
    child::Child,
    control_plane::{ControlPlane, Options},
    poll::eventually,
    role::Role,
    shared,
};
use tokio::runtime::Runtime;

use super::config_map;
use crate::harness::{Outcome, SOON, trial};

/// What the test executable can be besides.
pub(crate) const ROLES: &[Role] = &[Role {
    name: "owner",
    run: |_| own_a_control_plane(),
}];

pub(super) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "data outlives a restart of the API server and is gone after a wipe, for the same clients",
            lost_data,
        ),
        trial(
            "a stopped control plane leaves no port and no file behind",
            stopped,
        ),
        trial(
            "a killed owner leaves no process, port and file behind",
            killed_owner,
        ),
        trial(
            "a program that can't start is reported with its own words",
            broken_program,
        ),
    ]
}

async fn lost_data() -> Outcome {
    let mut control_plane = ControlPlane::start(Options::default()).await?;
    let client = control_plane.admin_client().await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), "default");
    maps.create(&PostParams::default(), &config_map("kept"))
        .await?;

    let first = control_plane.api_server_pid();
    control_plane.restart_api_server().await?;
    assert_ne!(control_plane.api_server_pid(), first);
    eventually(
        SOON,
        "the restarted API server has the object",
        async || maps.get("kept").await,
    )
    .await?;

    control_plane.wipe_etcd().await?;
    eventually(SOON, "an empty API server answers", async || {
        match maps.get_opt("kept").await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err("the object is still there".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    control_plane.stop().await?;
    Ok(())
}

async fn stopped() -> Outcome {
    let control_plane = ControlPlane::start(Options::default()).await?;
    let folder = control_plane.folder().to_owned();
    let address = address_in(control_plane.kubeconfig_path()?)?;
    TcpStream::connect(address)?;
    control_plane.stop().await?;
    assert!(
        TcpStream::connect(address).is_err(),
        "the API server still listens"
    );
    assert!(!folder.exists(), "{} is still there", folder.display());
    Ok(())
}

async fn killed_owner() -> Outcome {
    let mut owner = Child::role("owner").start("owner", shared().await?.folder())?;
    let pick = |line: &str| line.strip_prefix("kubeconfig ").map(PathBuf::from);
    let kubeconfig = owner.wait_for_line("its kubeconfig", SOON, pick).await?;
    let folder = kubeconfig.parent().ok_or("no folder")?;
    let address = address_in(&kubeconfig)?;
    TcpStream::connect(address)?;
    assert!(
        !processes_of(folder)?.is_empty(),
        "no process has {} in its arguments",
        folder.display()
    );
    owner.kill()?;
    eventually(SOON, "nothing is left of its control plane", async || {
        let processes = processes_of(folder).map_err(|error| error.to_string())?;
        let listens = TcpStream::connect(address).is_ok();
        if processes.is_empty() && !listens && !folder.exists() {
            return Ok(());
        }
        Err(format!(
            "listens: {listens}, {}: {}, {processes:?}",
            folder.display(),
            folder.exists()
        ))
    })
    .await?;
    Ok(())
}

async fn broken_program() -> Outcome {
    let control_plane = shared().await?;
    let assets = control_plane.folder().join("broken-assets");
    std::fs::create_dir(&assets)?;
    // The real API server, and in etcd's place a program that knows no such flags.
    symlink("/bin/ls", assets.join("etcd"))?;
    for tool in ["kube-apiserver", "kubectl"] {
        symlink(
            control_plane.kubectl_path().with_file_name(tool),
            assets.join(tool),
        )?;
    }
    let recipe = Child::role("owner").env("KUBEBUILDER_ASSETS", assets);
    let mut owner = recipe.start("broken", control_plane.folder())?;
    assert_eq!(owner.wait(SOON).await?.code(), Some(1));
    let said = owner.stderr().lines()?.join("\n");
    assert!(
        said.starts_with("etcd ended (exit status: ") && said.contains("--data-dir"),
        "{said}"
    );
    Ok(())
}

/// The role of a process that boots a control plane, says where its kubeconfig is, and then only lives.
fn own_a_control_plane() -> u8 {
    let boot = async {
        let control_plane = ControlPlane::start(Options::default()).await?;
        println!("kubeconfig {}", control_plane.kubeconfig_path()?.display());
        std::future::pending::<Outcome>().await
    };
    match Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(boot))
    {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    }
}

/// The arguments of all processes that name the folder.
fn processes_of(folder: &Path) -> Outcome<Vec<String>> {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output()?;
    let folder = folder.display().to_string();
    let processes = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(processes
        .lines()
        .filter(|arguments| arguments.contains(&folder))
        .map(str::to_owned)
        .collect())
}

/// Where the API server of a kubeconfig file listens.
fn address_in(kubeconfig: &Path) -> Outcome<SocketAddr> {
    let text = std::fs::read_to_string(kubeconfig)?;
    let (_, server) = text
        .split_once("server: https://")
        .ok_or("no server in it")?;
    Ok(server.lines().next().unwrap_or_default().parse()?)
}
