//! Where this process is told to look for programs.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The variables that say where programs are, and how Go is called.
#[derive(Clone, Debug)]
pub struct Environment {
    assets: Option<PathBuf>,
    cache: Option<PathBuf>,
    go: PathBuf,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Self {
        Self::new(|name| env::var_os(name))
    }

    /// Of variables that the caller looks up; an empty one counts as absent.
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let cache = folder("CCKM_CACHE")
            .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("cckm-operator")))
            .or_else(|| Some(folder("HOME")?.join(".cache").join("cckm-operator")));
        Self {
            assets: folder("KUBEBUILDER_ASSETS"),
            cache,
            go: "go".into(),
        }
    }

    /// Takes another Go than the first on the PATH.
    #[must_use]
    pub fn with_go(mut self, go: impl Into<PathBuf>) -> Self {
        self.go = go.into();
        self
    }

    pub(super) fn assets(&self) -> Option<&Path> {
        self.assets.as_deref()
    }

    pub(super) fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    pub(super) fn go(&self) -> &Path {
        &self.go
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into())
        };
        Environment::new(find).cache
    }

    #[test]
    fn the_cache_is_where_the_most_specific_variable_says() {
        let all = [
            ("CCKM_CACHE", "/mine"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HOME", "/home/me"),
        ];
        assert_eq!(cache(&all), Some("/mine".into()));
        assert_eq!(cache(&all[1..]), Some("/xdg/cckm-operator".into()));
        assert_eq!(
            cache(&all[2..]),
            Some("/home/me/.cache/cckm-operator".into())
        );
        assert_eq!(cache(&[]), None);
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        assert_eq!(
            cache(&[("CCKM_CACHE", ""), ("HOME", "/home/me")]),
            Some("/home/me/.cache/cckm-operator".into())
        );
    }
}
