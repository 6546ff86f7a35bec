//! A copy of this executable in a role, that a test can end, suspend and start again at any moment.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ChildStdin, ExitStatus},
    time::Duration,
};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use tokio::time::{Instant, sleep};

use crate::{Error, LogFile, poll::INTERVAL, role};

/// What to start: a role, its arguments and its environment.
#[derive(Clone, Debug)]
pub struct Recipe {
    role: &'static str,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Recipe {
    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable, over those of this process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it. `name` tells it from others of its role: it writes to `<name>.stdout.log` and `<name>.stderr.log`
    /// in `folder`.
    pub fn start(self, name: &str, folder: &Path) -> Result<Child, Error> {
        let logs = [
            folder.join(format!("{name}.stdout.log")),
            folder.join(format!("{name}.stderr.log")),
        ];
        let running = Running::start(&self, name, &logs)?;
        Ok(Child {
            recipe: self,
            name: name.to_owned(),
            logs,
            running,
        })
    }
}

/// A copy of this executable. It is killed when dropped, and ends by itself when this process ends.
#[derive(Debug)]
pub struct Child {
    recipe: Recipe,
    name: String,
    logs: [PathBuf; 2],
    running: Running,
}

impl Child {
    /// The recipe of a copy in that role, see [`crate::role`].
    pub fn role(role: &'static str) -> Recipe {
        Recipe {
            role,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.running.process.id()
    }

    /// What it wrote to standard output since it was started last.
    pub fn stdout(&self) -> &LogFile {
        &self.running.stdout
    }

    /// What it wrote to standard error since it was started last.
    pub fn stderr(&self) -> &LogFile {
        &self.running.stderr
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.running
            .process
            .try_wait()
            .map_err(Error::io(format!("look after {}", self.name)))
    }

    /// Waits for a line on either output of which `pick` makes something, from the start of this life of the child.
    /// `what` names that line in the error, which comes at once when the child ends without having written it.
    pub async fn wait_for_line<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let mut readers = [self.running.stdout.reader(), self.running.stderr.reader()];
        let end = Instant::now() + deadline;
        loop {
            // Asked before reading, so that the last lines of one that has ended are still read.
            let status = self.status()?;
            let late = Instant::now() >= end;
            for reader in &mut readers {
                if let Some(found) = reader.next_lines()?.iter().find_map(|line| pick(line)) {
                    return Ok(found);
                }
            }
            if let Some(status) = status {
                return Err(self.ended(status));
            }
            if late {
                return Err(self.late(what, deadline));
            }
            sleep(INTERVAL).await;
        }
    }

    /// Waits until it ends by itself.
    pub async fn wait(&mut self, deadline: Duration) -> Result<ExitStatus, Error> {
        let end = Instant::now() + deadline;
        loop {
            if let Some(status) = self.status()? {
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(self.late("its end", deadline));
            }
            sleep(INTERVAL).await;
        }
    }

    /// Ends it with SIGKILL, and returns when it is gone: it had no chance to finish anything.
    pub fn kill(&mut self) -> Result<ExitStatus, Error> {
        if let Some(status) = self.status()? {
            return Ok(status);
        }
        let failed = || format!("kill {}", self.name);
        kill_process_group(self.running.id(), Signal::KILL)
            .map_err(|error| Error::io(failed())(error.into()))?;
        self.running.process.wait().map_err(Error::io(failed()))
    }

    /// Ends it with SIGTERM, as Kubernetes does. An error if it hasn't ended after `deadline`; it is left running.
    pub async fn terminate(&mut self, deadline: Duration) -> Result<ExitStatus, Error> {
        self.signal(Signal::TERM, "terminate")?;
        self.wait(deadline).await
    }

    /// Stops it in its tracks with SIGSTOP, as a stalled node or virtual machine does; returns when it stands still.
    pub fn suspend(&mut self) -> Result<(), Error> {
        self.signal(Signal::STOP, "suspend")?;
        // Only looks: the exit status, should it have ended instead, is left for `status`.
        let look = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.running.id()), look)
            .map_err(|error| Error::io(format!("suspend {}", self.name))(error.into()))?;
        Ok(())
    }

    /// Lets a suspended one go on, with SIGCONT.
    pub fn resume(&mut self) -> Result<(), Error> {
        self.signal(Signal::CONT, "resume")
    }

    /// Kills it if it still runs, and starts it again with the same arguments, environment and log files.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.kill()?;
        self.running = Running::start(&self.recipe, &self.name, &self.logs)?;
        Ok(())
    }

    /// An error if it has ended: there is nobody to signal then.
    fn signal(&mut self, signal: Signal, what: &str) -> Result<(), Error> {
        if let Some(status) = self.status()? {
            return Err(self.ended(status));
        }
        kill_process(self.running.id(), signal)
            .map_err(|error| Error::io(format!("{what} {}", self.name))(error.into()))
    }

    fn ended(&self, status: ExitStatus) -> Error {
        let log = &self.running.stderr;
        Error::Ended {
            program: self.name.clone(),
            status,
            log: log.path().to_owned(),
            tail: log.tail(),
        }
    }

    fn late(&self, what: &str, deadline: Duration) -> Error {
        let log = &self.running.stderr;
        Error::Late {
            what: format!("{} of {}", what, self.name),
            deadline,
            why: "it is still running".to_owned(),
            log: log.path().to_owned(),
            tail: log.tail(),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nothing more can be done about a process that can't be killed.
        let _ = self.kill();
    }
}

/// One life of the child.
#[derive(Debug)]
struct Running {
    process: std::process::Child,
    /// Its end is the child's end.
    _lifeline: Option<ChildStdin>,
    stdout: LogFile,
    stderr: LogFile,
}

impl Running {
    fn start(recipe: &Recipe, name: &str, [stdout, stderr]: &[PathBuf; 2]) -> Result<Self, Error> {
        let (stdout, stdout_file) = LogFile::open(stdout)?;
        let (stderr, stderr_file) = LogFile::open(stderr)?;
        let mut process = role::command(recipe.role)?
            .args(&recipe.arguments)
            .envs(recipe.environment.iter().map(|(name, value)| (name, value)))
            .stdout(stdout_file)
            .stderr(stderr_file)
            .spawn()
            .map_err(Error::io(format!("start {name}")))?;
        // Taken out, because waiting for a process closes its standard input.
        let lifeline = process.stdin.take();
        Ok(Self {
            process,
            _lifeline: lifeline,
            stdout,
            stderr,
        })
    }

    fn id(&self) -> Pid {
        Pid::from_child(&self.process)
    }
}
