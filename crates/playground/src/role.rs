//! A program that starts copies of itself as its helpers: one executable is playground, operator and simulator.
//!
//! The copy is told its role by an environment variable, takes it before its own `main` does anything else, and ends
//! when the process that started it ends: it holds the other side of the copy's standard input.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::process::{Signal, getpid, kill_process};

use crate::{Error, program_roles, reaper};

/// Names the role in the environment of a copy.
pub(crate) const VARIABLE: &str = "CCKM_PLAYGROUND_ROLE";

/// The exit code for a role that this executable doesn't have (`EX_USAGE` of sysexits).
const UNKNOWN_ROLE: i32 = 64;

static TAKES_ROLES: AtomicBool = AtomicBool::new(false);

/// What a copy of this executable can be started as.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// What [`crate::child::Child::role`] calls it.
    pub name: &'static str,
    /// Its `main`: takes the arguments without the program's name, and returns the exit code.
    pub run: fn(Vec<OsString>) -> u8,
}

/// The roles that every executable has which calls [`become_child`].
const ROLES: &[Role] = &[
    Role {
        name: program_roles::OPERATOR,
        run: program_roles::operator,
    },
    Role {
        name: program_roles::SIMULATOR,
        run: program_roles::simulator,
    },
];

/// To be called first in `main`. Returns in a process that a person or cargo started; in a copy it runs the role and
/// never returns.
pub fn become_child() {
    become_child_or(&[]);
}

/// [`become_child`] for an executable that has more roles of its own.
pub fn become_child_or(more: &[Role]) {
    TAKES_ROLES.store(true, Ordering::Relaxed);
    let Some(name) = env::var_os(VARIABLE) else {
        return;
    };
    let arguments = env::args_os().skip(1).collect();
    if name == reaper::ROLE {
        std::process::exit(i32::from(reaper::run(arguments)));
    }
    let Some(role) = ROLES
        .iter()
        .chain(more)
        .find(|role| OsStr::new(role.name) == name)
    else {
        eprintln!(
            "{VARIABLE} names the role {}, which this program doesn't have",
            name.display()
        );
        std::process::exit(UNKNOWN_ROLE);
    };
    end_with_parent();
    std::process::exit(i32::from((role.run)(arguments)));
}

/// The command that starts a copy of this executable in a role, in a process group of its own, so that the terminal's
/// Ctrl-C reaches the parent alone. Its standard input is the pipe that ends it.
pub(crate) fn command(role: &str) -> Result<Command, Error> {
    if !TAKES_ROLES.load(Ordering::Relaxed) {
        return Err(Error::NoRoles {
            role: role.to_owned(),
        });
    }
    let mut command = Command::new(executable()?);
    command
        .arg0(format!("cckm-{role}"))
        .env(VARIABLE, role)
        .stdin(Stdio::piped())
        .process_group(0);
    Ok(command)
}

/// On Linux the running executable itself, even if it was built anew since.
fn executable() -> Result<OsString, Error> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    Ok(env::current_exe()
        .map_err(Error::io("find this executable"))?
        .into())
}

/// Ends this process at once when its standard input does.
fn end_with_parent() {
    thread::spawn(|| {
        // Nothing is ever written into it; whether it ends or fails, the parent is gone.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = kill_process(getpid(), Signal::KILL);
    });
}
