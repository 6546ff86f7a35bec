//! What is built, and how often, with a script that stands for Go.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use super::*;
use crate::folder::WorkFolder;

fn environment(cache: &Path) -> Environment {
    let go = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/binaries/testdata/go");
    Environment::new(|name| (name == "CCKM_CACHE").then(|| cache.into())).with_go(go)
}

fn programs(cache: &Path) -> PathBuf {
    cache.join("control-plane").join(key())
}

fn builds(cache: &Path) -> Vec<String> {
    fs::read_to_string(programs(cache).join("builds"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_assets_folder_wins_over_the_cache() {
    let folder = WorkFolder::create().unwrap();
    for tool in Tool::BASIC {
        folder.write(tool.name(), "").unwrap();
    }
    let environment =
        Environment::new(|name| (name == "KUBEBUILDER_ASSETS").then(|| folder.path().into()));
    let found = Binaries::locate(Tool::BASIC, &environment).unwrap();
    assert_eq!(found.path(Tool::Etcd), folder.path().join("etcd"));
}

#[test]
fn an_assets_folder_that_lacks_a_program_is_named_with_it() {
    let folder = WorkFolder::create().unwrap();
    let environment =
        Environment::new(|name| (name == "KUBEBUILDER_ASSETS").then(|| folder.path().into()));
    let message = Binaries::locate(Tool::BASIC, &environment)
        .unwrap_err()
        .to_string();
    let expected = format!(
        "KUBEBUILDER_ASSETS is {}, which has no etcd",
        folder.path().display()
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn processes_that_come_at_the_same_time_build_each_program_once() {
    let cache = WorkFolder::create().unwrap();
    let environment = environment(cache.path());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Binaries::locate(Tool::BASIC, &environment).unwrap());
        }
    });
    let packages: Vec<_> = Tool::BASIC.iter().map(|tool| tool.package()).collect();
    assert_eq!(builds(cache.path()), packages);
}

#[test]
fn the_controller_manager_is_built_only_when_asked_for() {
    let cache = WorkFolder::create().unwrap();
    let environment = environment(cache.path());
    let found = Binaries::locate(Tool::BASIC, &environment).unwrap();
    assert!(!found.path(Tool::KubeControllerManager).exists());
    let found = Binaries::locate(Tool::ALL, &environment).unwrap();
    assert!(found.path(Tool::KubeControllerManager).exists());
    assert_eq!(builds(cache.path()).len(), Tool::ALL.len());
}

#[test]
fn a_failed_build_says_why_and_is_tried_again_the_next_time() {
    let cache = WorkFolder::create().unwrap();
    let environment = environment(cache.path());
    fs::create_dir_all(cache.path().join("control-plane")).unwrap();
    let broken = cache.path().join("control-plane").join("broken");
    fs::write(&broken, "").unwrap();
    let message = Binaries::locate(&[Tool::Etcd], &environment)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("Go 1.26 or newer") && message.ends_with("go.mod requires go >= 1.26.0"),
        "{message}"
    );
    fs::remove_file(broken).unwrap();
    assert!(
        Binaries::locate(&[Tool::Etcd], &environment)
            .unwrap()
            .path(Tool::Etcd)
            .exists()
    );
}

#[test]
fn without_go_the_error_says_what_to_install_or_to_set() {
    let cache = WorkFolder::create().unwrap();
    let environment = environment(cache.path()).with_go(cache.path().join("no-such-go"));
    let message = Binaries::locate(Tool::BASIC, &environment)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("install Go 1.26 or newer") && message.contains("KUBEBUILDER_ASSETS"),
        "{message}"
    );
}

#[test]
fn the_cache_tells_versions_apart() {
    let key = key();
    assert!(
        key.starts_with("kubernetes-v1.") && key.contains("-etcd-v3."),
        "{key}"
    );
}
