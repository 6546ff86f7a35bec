//! From the machine into namespaces and control groups of its own, and out of them without a trace.
//!
//! The whole cluster with its pods is in there. It has no way to any network, and ends with its process 1, which ends
//! with this process.

use std::{
    env, fs, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use tokio::signal::unix::{SignalKind, signal};

use crate::{Outcome, node::ADDRESS};

/// Tells the copy in the namespaces where the run's folder is.
pub(crate) const FOLDER: &str = "CCKM_NODE_FOLDER";

/// Joins the groups whose files come before `--`, and becomes what comes after it. It ends with its parent.
const JOIN: &str = r#"while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift
exec setpriv --pdeathsig KILL unshare --fork --pid --mount-proc --mount --net --uts --ipc --cgroup --kill-child sh "$@""#;

/// The machine's root of each control group hierarchy, and the names that `/proc/self/cgroup` has for them.
const GROUPS: &str = "/sys/fs/cgroup";

/// How long control groups may take to be empty after their last process was killed.
const EMPTY: Duration = Duration::from_secs(30);

/// What there is on the machine for this run; removed when dropped.
pub(crate) struct Entered {
    folder: PathBuf,
    groups: Vec<PathBuf>,
    child: Option<Child>,
}

impl Entered {
    pub(crate) fn prepare() -> Outcome<Self> {
        let name = format!("cckm-node-{}", std::process::id());
        let folder = env::temp_dir().join(&name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder)?;
        let mut entered = Self {
            folder,
            groups: Vec::new(),
            child: None,
        };
        for (hierarchy, own) in hierarchies()? {
            let parent = Path::new(GROUPS)
                .join(&hierarchy)
                .join(own.trim_start_matches('/'));
            let group = parent.join(&name);
            fs::create_dir(&group).map_err(|error| format!("{}: {error}", group.display()))?;
            entered.groups.push(group.clone());
            if hierarchy == "cpuset" {
                // Else nothing can join it.
                for file in ["cpuset.cpus", "cpuset.mems"] {
                    fs::write(group.join(file), fs::read(parent.join(file))?)?;
                }
            }
        }
        Ok(entered)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs this executable in there with the same arguments, until it ends or somebody ends this process.
    pub(crate) async fn run(&mut self) -> Outcome<ExitStatus> {
        let script = self.folder.join("namespaces.sh");
        fs::write(&script, include_str!("namespaces.sh"))?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let joined = self.groups.iter().map(|group| group.join("cgroup.procs"));
        let child = Command::new("sh")
            .args(["-c", JOIN, "sh"])
            .args(joined)
            .args(["--".as_ref(), script.as_os_str(), self.folder.as_os_str()])
            .arg(ADDRESS.to_string())
            .arg(env::current_exe()?)
            .args(env::args_os().skip(1))
            .env(FOLDER, &self.folder)
            // Nothing in there gets to tidy up when it ends: what it makes goes with the run's folder.
            .env("TMPDIR", &self.folder)
            .process_group(0)
            .spawn()?;
        let child = self.child.insert(child);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            tokio::select! {
                _ = interrupted.recv() => return Err("interrupted".into()),
                _ = terminated.recv() => return Err("terminated".into()),
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let end = Instant::now() + EMPTY;
        for group in &self.groups {
            // A killed process stays in its group for a moment.
            while let Err(error) = remove(group) {
                if Instant::now() > end {
                    eprintln!("node-tests: left behind {}: {error}", group.display());
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("node-tests: left behind {}: {error}", self.folder.display());
        }
    }
}

/// Removes a group and those in it: its files aren't removed, they go with it.
fn remove(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}

/// The folder of each hierarchy that is mounted, and this process's own group in it.
fn hierarchies() -> Outcome<Vec<(String, String)>> {
    let mut hierarchies = Vec::new();
    for line in fs::read_to_string("/proc/self/cgroup")?.lines() {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, own) = (parts.next(), parts.next(), parts.next());
        let controllers = controllers.unwrap_or_default();
        let name = match controllers.trim_start_matches("name=") {
            "" => "unified",
            name => name,
        };
        if Path::new(GROUPS).join(name).is_dir() {
            hierarchies.push((name.to_owned(), own.unwrap_or_default().to_owned()));
        }
    }
    Ok(hierarchies)
}
