//! `playground up` as a person uses it.

use std::{
    error::Error,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn a_person_gets_a_world_that_an_interrupt_takes_away() -> Result {
    let mut up = Up::start()?;
    let objects = up.kubectl(&["get", "cckm", "-A", "--no-headers"])?;
    assert_eq!(objects.matches(" True ").count(), 4, "{objects}");
    let made = up.kubectl(&["create", "namespace", "mine"])?;
    assert_eq!(made, "namespace/mine created\n");
    up.interrupt()
}

#[test]
fn an_interrupt_cleans_up_after_a_crash_too() -> Result {
    let mut up = Up::start()?;
    let parts = up.parts()?;
    for part in ["/kube-apiserver --", "cckm-operator run"] {
        let is_it = |(_, arguments): &&Process| {
            arguments.contains(part) && !arguments.starts_with("cckm-reaper")
        };
        let crashed = parts.iter().find(is_it);
        let (pid, _) = crashed.ok_or_else(|| format!("no {part} in {parts:#?}"))?;
        kill_process(*pid, Signal::KILL)?;
    }
    up.interrupt()
}

#[test]
fn behind_a_pipe_that_nobody_reads_any_more_it_ends_and_leaves_nothing() -> Result {
    let mut tour = Command::new(env!("CARGO_BIN_EXE_playground"))
        .arg("tour")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(tour.stdout.take().ok_or("no output")?).lines();
    said.next().ok_or("nothing is said")??;
    let own = Pid::from_child(&tour);
    let mut parts = processes()?;
    parts.retain(|(_, parent)| *parent == Some(own));
    assert!(!parts.is_empty(), "it has started nothing yet");
    drop(said);

    let output = tour.wait_with_output()?;
    assert_eq!(output.status.code(), Some(1));
    let complaints = String::from_utf8(output.stderr)?;
    assert!(!complaints.contains("panicked"), "{complaints}");
    let mut left = processes()?;
    left.retain(|left| parts.iter().any(|part| part.0 == left.0));
    assert!(left.is_empty(), "{left:#?}");
    Ok(())
}

/// A running playground; ended also when the test fails.
struct Up {
    process: Child,
    /// Kept open, because it goes on writing.
    _output: Lines<BufReader<ChildStdout>>,
    kubeconfig: PathBuf,
    kubectl: PathBuf,
}

impl Up {
    /// Returns when it has said all that a person needs.
    fn start() -> Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_playground"))
            .arg("up")
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut after = |prefix: &str| -> Result<PathBuf> {
            for line in &mut lines {
                if let Some(rest) = line?.trim().strip_prefix(prefix) {
                    return Ok(rest.into());
                }
            }
            Err(format!("no line starts with {prefix}").into())
        };
        let kubeconfig = after("export KUBECONFIG=")?;
        let kubectl = after("alias kubectl=")?;
        after("Ctrl-C ends it")?;
        Ok(Self {
            process,
            _output: lines,
            kubeconfig,
            kubectl,
        })
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.kubectl)
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .output()?;
        Ok(String::from_utf8(output.stdout)?)
    }

    fn folder(&self) -> Result<&Path> {
        Ok(self.kubeconfig.parent().ok_or("no folder")?)
    }

    /// What runs for it: its children, and programs that name its folder.
    fn parts(&self) -> Result<Vec<Process>> {
        let folder = self.folder()?.display().to_string();
        let own = Pid::from_child(&self.process);
        let mut all = processes()?;
        all.retain(|((_, arguments), parent)| *parent == Some(own) || arguments.contains(&folder));
        Ok(all.into_iter().map(|(process, _)| process).collect())
    }

    /// Ctrl-C; nothing may be left.
    fn interrupt(&mut self) -> Result {
        let parts = self.parts()?;
        kill_process(Pid::from_child(&self.process), Signal::INT)?;
        assert!(self.process.wait()?.success());
        let folder = self.folder()?;
        assert!(!folder.exists(), "{} is still there", folder.display());
        let mut left = processes()?;
        left.retain(|(process, _)| parts.contains(process));
        assert!(left.is_empty(), "{left:#?}");
        Ok(())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// A process, by id and arguments.
type Process = (Pid, String);

/// All processes, with their parents.
fn processes() -> Result<Vec<(Process, Option<Pid>)>> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,args="])
        .output()?;
    let process = |line: &str| {
        let (own, rest) = line.trim().split_once(' ')?;
        let (parent, arguments) = rest.trim().split_once(' ')?;
        let pid = |text: &str| Pid::from_raw(text.parse().ok()?);
        Some(((pid(own)?, arguments.trim().to_owned()), pid(parent)))
    };
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter_map(process).collect())
}
