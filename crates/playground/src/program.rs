//! A foreign program, such as etcd, that ends with this process however that ends.
//!
//! It runs under a small parent, a copy of this executable: see [`crate::role`].

use std::{
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep};

use crate::{Error, LogFile, poll::INTERVAL, reaper, role};

/// How long a killed program gets to be gone.
const GONE: Duration = Duration::from_secs(5);

/// What to run: a program, its flags and its environment.
#[derive(Clone, Debug)]
pub struct Recipe {
    name: &'static str,
    executable: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Recipe {
    /// A program by its file. `name` is for messages, and its log's: `<name>.log`.
    pub fn new(name: &'static str, executable: PathBuf) -> Self {
        Self {
            name,
            executable,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Adds `--name=value`.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        self.arguments.push(argument);
        self
    }

    /// Sets a variable, over those of this process.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Starts it. It logs into `folder`, which is a run's own: should this process end first, the folder is removed.
    pub fn start(&self, folder: &Path) -> Result<Program, Error> {
        let failed = || format!("start {}", self.executable.display());
        let (log, file) = LogFile::open(&folder.join(self.name).with_extension("log"))?;
        let mut command = role::command(reaper::ROLE)?;
        command
            .arg(folder)
            .arg(&self.executable)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut reaper = command
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(Error::io(failed()))?;
        let orders = reaper.stdin.take();
        let said = reaper.stdout.take();
        let mut program = Program {
            name: self.name,
            reaper,
            orders,
            pid: 0,
            log,
        };
        let mut line = String::new();
        if let Some(said) = said {
            BufReader::new(said)
                .read_line(&mut line)
                .map_err(Error::io(failed()))?;
        }
        match line.trim().parse() {
            Ok(pid) => program.pid = pid,
            Err(_) => return Err(program.ended_with_reaper(failed())),
        }
        Ok(program)
    }
}

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    reaper: Child,
    orders: Option<ChildStdin>,
    pid: u32,
    log: LogFile,
}

impl Program {
    /// The process id of the program, not of its reaper.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// What it wrote, on either output.
    pub fn log(&self) -> &LogFile {
        &self.log
    }

    /// How it ended, if it has.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.reaper
            .try_wait()
            .map_err(Error::io(format!("look after {}", self.name)))
    }

    /// An error if it has ended.
    pub fn ensure_running(&mut self) -> Result<(), Error> {
        match self.status()? {
            None => Ok(()),
            Some(status) => Err(self.ended(status)),
        }
    }

    /// Asks it to end, and kills it when it hasn't after `patience`.
    pub(crate) async fn terminate(&mut self, patience: Duration) -> Result<(), Error> {
        let asked = self
            .orders
            .as_mut()
            .is_some_and(|orders| writeln!(orders, "{}", reaper::TERMINATE).is_ok());
        let end = Instant::now() + if asked { patience } else { Duration::ZERO };
        while self.status()?.is_none() && Instant::now() < end {
            sleep(INTERVAL).await;
        }
        self.kill()
    }

    /// Ends program and reaper at once, and returns when both are gone.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        if self.status()?.is_some() {
            return Ok(());
        }
        // The reaper leads the group and hasn't been waited for, so the group is still this one.
        kill_process_group(Pid::from_child(&self.reaper), Signal::KILL)
            .map_err(|error| Error::io(format!("kill {}", self.name))(error.into()))?;
        self.reaper
            .wait()
            .map_err(Error::io(format!("wait for {}", self.name)))?;
        self.wait_until_gone();
        Ok(())
    }

    /// The reaper can be waited for, its program can't: for a moment that still holds its port. Where there is no /proc,
    /// as on macOS, it is not waited for.
    fn wait_until_gone(&self) {
        let stat = format!("/proc/{}/stat", self.pid);
        let runs = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        let end = Instant::now() + GONE;
        while runs() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn ended(&self, status: ExitStatus) -> Error {
        Error::Ended {
            program: self.name.to_owned(),
            status,
            log: self.log.path().to_owned(),
            tail: self.log.tail(),
        }
    }

    fn ended_with_reaper(mut self, what: String) -> Error {
        match self.reaper.wait() {
            Ok(status) => self.ended(status),
            Err(source) => Error::Io { what, source },
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing more can be done about a process that can't be killed.
        let _ = self.kill();
    }
}
