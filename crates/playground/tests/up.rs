//! `playground up` as a person uses it.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_person_gets_a_cluster_that_an_interrupt_takes_away() {
    let up = Command::new(env!("CARGO_BIN_EXE_playground"))
        .arg("up")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut up = Up(up);
    let mut lines = BufReader::new(up.0.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut after = |prefix: &str| {
        let line = lines.find_map(|line| line.trim().strip_prefix(prefix).map(PathBuf::from));
        line.unwrap_or_else(|| panic!("no line starts with {prefix}"))
    };
    let kubeconfig = after("export KUBECONFIG=");
    let kubectl = after("alias kubectl=");
    after("Ctrl-C ends it");

    let output = Command::new(kubectl)
        .args(["create", "namespace", "mine"])
        .env("KUBECONFIG", &kubeconfig)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "namespace/mine created\n"
    );

    kill_process(Pid::from_child(&up.0), Signal::INT).unwrap();
    assert!(up.0.wait().unwrap().success());
    assert!(
        !kubeconfig.exists(),
        "{} is still there",
        kubeconfig.display()
    );
}

/// Ended also when the test fails.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}
