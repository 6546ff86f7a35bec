//! The operator's processes as the node sees them.

use std::{fs, path::PathBuf};

/// A process of the operator; its pod's other processes only hold its namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
}

impl Process {
    /// All that run now.
    pub(crate) fn all() -> Vec<Self> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut all: Vec<Self> = pids.map(|pid| Self { pid }).collect();
        all.retain(Self::is_operator);
        all
    }

    fn is_operator(&self) -> bool {
        let line = fs::read(self.file("cmdline")).unwrap_or_default();
        line.starts_with(b"/cckm-operator\0run\0")
    }

    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.pid))
    }

    /// A line of its status in `/proc`, such as `Uid`, by words.
    pub(crate) fn status(&self, key: &str) -> Vec<String> {
        let status = fs::read_to_string(self.file("status")).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let words = line.unwrap_or_default().split_whitespace();
        words.map(str::to_owned).collect()
    }

    /// How its root is mounted: the first option is `ro` or `rw`.
    pub(crate) fn root_options(&self) -> String {
        let mounts = fs::read_to_string(self.file("mountinfo")).unwrap_or_default();
        let root = mounts.lines().find_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (words.get(4) == Some(&"/"))
                .then(|| words.get(5).copied().unwrap_or_default().to_owned())
        });
        root.unwrap_or_default()
    }

    /// The file by which processes join its container's memory.
    pub(crate) fn memory_members(&self) -> PathBuf {
        let groups = fs::read_to_string(self.file("cgroup")).unwrap_or_default();
        let own = groups.lines().find_map(|line| line.split_once(":memory:/"));
        let own = own.map_or("", |(_, own)| own);
        PathBuf::from("/sys/fs/cgroup/memory")
            .join(own)
            .join("cgroup.procs")
    }
}
