//! The role between the playground and a foreign program: a small parent that takes the program down with it.
//!
//! A program such as etcd knows nothing of the pipe that [`crate::role`] watches. The reaper does: it starts the
//! program in its own process group, does what it is told through the pipe, and when the pipe ends, because the
//! playground ended in whatever way, it kills the program and removes the run's folder.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    runtime,
};

use crate::{folder, role};

pub(crate) const ROLE: &str = "reaper";

/// The line that tells the reaper to end its program gracefully.
pub(crate) const TERMINATE: &str = "terminate";

/// The exit code for a program that could not be started, as shells use it.
const NOT_STARTED: u8 = 127;

/// Arguments: the run's folder, the program and its arguments. Standard output gets one line, the program's process
/// id; standard error is the program's log. Returns the program's exit code, 255 where a signal ended it.
pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else {
        return NOT_STARTED;
    };
    let ended = runtime.block_on(reap(arguments));
    // Dropping it would wait for the thread that reads standard input.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| {
        eprintln!("failed to run the program: {error}");
        NOT_STARTED
    })
}

async fn reap(arguments: Vec<OsString>) -> io::Result<u8> {
    let mut arguments = arguments.into_iter();
    let (Some(folder), Some(program)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("the reaper needs a folder and a program"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env_remove(role::VARIABLE)
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .spawn()?;
    writeln!(io::stdout(), "{}", child.id().unwrap_or_default())?;

    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            status = child.wait() => {
                return Ok(status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX));
            }
            order = orders.next_line() => match order {
                Ok(Some(order)) if order == TERMINATE => terminate(&child),
                Ok(Some(order)) => eprintln!("the reaper knows no order {order:?}"),
                Ok(None) | Err(_) => {
                    child.kill().await?;
                    folder::remove(&PathBuf::from(folder));
                    return Ok(u8::MAX);
                }
            },
        }
    }
}

fn terminate(child: &Child) {
    // No id means that it has ended, and been waited for: it can't be another process by now.
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, Signal::TERM)
    {
        eprintln!("failed to terminate the program: {error}");
    }
}
