//! Copies of an executable as its children. They listen on a port, so that a test sees from outside whether they live.

use std::{
    error::Error,
    ffi::OsString,
    fmt::Display,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::{fs::OpenOptionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use libtest_mimic::{Arguments, Failed, Trial};
use playground::{
    child::Child,
    poll::eventually,
    program,
    role::{Role, become_child_or},
};

const DEADLINE: Duration = Duration::from_secs(20);

const ROLES: &[Role] = &[
    Role {
        name: "server",
        run: |arguments| exit_code(serve(&arguments)),
    },
    Role {
        name: "parent",
        run: |arguments| exit_code(be_parent(&arguments)),
    },
    Role {
        name: "failure",
        run: |_| exit_code(Err("the port is taken".into())),
    },
];

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() {
    become_child_or(ROLES);
    let tests = vec![
        trial(
            "a child gets its arguments and its environment",
            arguments_and_environment,
        ),
        trial(
            "a child that ends instead of speaking fails the wait at once, with its last words",
            early_end,
        ),
        trial(
            "a role that the executable lacks is no endless chain of copies",
            unknown_role,
        ),
        trial(
            "a suspended child keeps its connections and answers when resumed",
            suspension,
        ),
        trial(
            "a terminated child had SIGTERM, a killed one SIGKILL",
            signals,
        ),
        trial(
            "a restarted child is the same program in a new process",
            restart,
        ),
        trial(
            "a child that outlives the wait for its end is reported with what it wrote",
            late_end,
        ),
        trial("a dropped child is gone", drop_ends),
        trial("a killed parent takes its child along", || {
            parent_dies(false)
        }),
        trial("a killed parent takes a suspended child along", || {
            parent_dies(true)
        }),
        trial(
            "a foreign program gets its flags and its environment",
            foreign_program,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}

fn trial<F: Future<Output = Result<()>>>(
    sentence: &str,
    test: impl Fn() -> F + Send + 'static,
) -> Trial {
    Trial::test(sentence, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime
            .block_on(test())
            .map_err(|error| Failed::from(error.to_string()))
    })
}

async fn arguments_and_environment() -> Result<()> {
    let folder = Folder::new("arguments")?;
    let mut child = Child::role("server")
        .args(["hello"])
        .env("GREETING", "good day")
        .start("one", &folder.0)?;
    let address = address_of(&mut child).await?;
    assert_eq!(ask(address)?, "hello good day\n");
    assert!(child.stdout().path().ends_with("one.stdout.log"));
    Ok(())
}

async fn early_end() -> Result<()> {
    let folder = Folder::new("early-end")?;
    let mut child = Child::role("failure").start("one", &folder.0)?;
    let message = failure(address_of(&mut child).await)?;
    assert!(
        message.starts_with("one ended (exit status: 1)") && message.ends_with("the port is taken"),
        "{message}"
    );
    Ok(())
}

async fn unknown_role() -> Result<()> {
    let folder = Folder::new("unknown-role")?;
    let mut child = Child::role("gardener").start("one", &folder.0)?;
    assert_eq!(child.wait(DEADLINE).await?.code(), Some(64));
    assert!(child.stderr().lines()?[0].contains("the role gardener"));
    Ok(())
}

async fn suspension() -> Result<()> {
    let folder = Folder::new("suspension")?;
    let mut child = Child::role("server").start("one", &folder.0)?;
    let address = address_of(&mut child).await?;
    child.suspend()?;
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_millis(200)))?;
    let silence = connection.read(&mut [0; 1]).err().ok_or("it answered")?;
    assert!(
        matches!(
            silence.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ),
        "{silence}"
    );
    child.resume()?;
    connection.set_read_timeout(Some(DEADLINE))?;
    connection.read_exact(&mut [0; 1])?;
    Ok(())
}

async fn signals() -> Result<()> {
    let folder = Folder::new("signals")?;
    let mut child = Child::role("server").start("one", &folder.0)?;
    address_of(&mut child).await?;
    assert_eq!(child.terminate(DEADLINE).await?.signal(), Some(15));
    let mut child = Child::role("server").start("two", &folder.0)?;
    assert_eq!(child.kill()?.signal(), Some(9));
    let message = failure(child.suspend())?;
    assert!(message.starts_with("two ended (signal: 9"), "{message}");
    Ok(())
}

async fn restart() -> Result<()> {
    let folder = Folder::new("restart")?;
    let mut child = Child::role("server")
        .args(["hello"])
        .start("one", &folder.0)?;
    let (first, pid) = (address_of(&mut child).await?, child.pid());
    child.restart()?;
    let second = address_of(&mut child).await?;
    assert_ne!(child.pid(), pid);
    assert!(
        TcpStream::connect(first).is_err(),
        "the first life still listens"
    );
    assert_eq!(ask(second)?, "hello \n");
    Ok(())
}

async fn late_end() -> Result<()> {
    let folder = Folder::new("late-end")?;
    let mut child = Child::role("server").start("one", &folder.0)?;
    address_of(&mut child).await?;
    let message = failure(child.wait(Duration::from_millis(50)).await)?;
    assert!(
        message.contains("still running") && message.contains("serving"),
        "{message}"
    );
    Ok(())
}

async fn drop_ends() -> Result<()> {
    let folder = Folder::new("drop")?;
    let mut child = Child::role("server").start("one", &folder.0)?;
    let address = address_of(&mut child).await?;
    drop(child);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
    Ok(())
}

async fn parent_dies(suspended: bool) -> Result<()> {
    let folder = Folder::new(if suspended {
        "parent-of-suspended"
    } else {
        "parent"
    })?;
    let how = if suspended { "suspend" } else { "leave" };
    let mut parent = Child::role("parent")
        .args([folder.0.as_os_str(), how.as_ref()])
        .start("parent", &folder.0)?;
    let address = address_of(&mut parent).await?;
    TcpStream::connect(address)?;
    parent.kill()?;
    eventually(
        DEADLINE,
        "the child is gone",
        async || match TcpStream::connect(address) {
            Ok(_) => Err("it still listens"),
            Err(_) => Ok(()),
        },
    )
    .await?;
    Ok(())
}

async fn foreign_program() -> Result<()> {
    let folder = Folder::new("foreign-program")?;
    let script = folder.0.join("script");
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o700)
        .open(&script)?
        .write_all(b"#!/bin/sh\necho \"$1 $GREETING\"\n")?;
    let program = program::Recipe::new("one", script)
        .flag("to", "all")
        .env("GREETING", "good day")
        .start(&folder.0)?;
    eventually(DEADLINE, "it has spoken", async || {
        let lines = program.log().lines().map_err(|error| error.to_string())?;
        let spoken = lines.iter().any(|line| line == "--to=all good day");
        spoken.then_some(()).ok_or(format!("{lines:?}"))
    })
    .await?;
    Ok(())
}

/// Waits until it says where it listens.
async fn address_of(child: &mut Child) -> Result<SocketAddr> {
    let pick = |line: &str| line.strip_prefix("listening on ")?.parse().ok();
    Ok(child.wait_for_line("the address", DEADLINE, pick).await?)
}

/// What a call says that has to fail.
fn failure<T, E: Display>(result: Result<T, E>) -> Result<String> {
    Ok(result.err().ok_or("it didn't fail")?.to_string())
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut answer = String::new();
    BufReader::new(TcpStream::connect(address)?).read_line(&mut answer)?;
    Ok(answer)
}

/// The role of a server that says its first argument and `$GREETING` to everybody.
fn serve(arguments: &[OsString]) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    eprintln!("serving");
    let name = arguments
        .first()
        .map(|name| name.display().to_string())
        .unwrap_or_default();
    let greeting = std::env::var("GREETING").unwrap_or_default();
    for connection in listener.incoming() {
        writeln!(connection?, "{name} {greeting}")?;
    }
    Ok(())
}

/// The role of a process that has a server as its child, and passes on where that listens.
fn be_parent(arguments: &[OsString]) -> Result<()> {
    let [folder, how] = arguments else {
        return Err("needs a folder and what to do with the child".into());
    };
    let mut child = Child::role("server").start("child", Path::new(folder))?;
    let address = tokio::runtime::Runtime::new()?.block_on(address_of(&mut child))?;
    if how == "suspend" {
        child.suspend()?;
    }
    println!("listening on {address}");
    loop {
        thread::park();
    }
}

fn exit_code(done: Result<()>) -> u8 {
    let Err(error) = done else { return 0 };
    eprintln!("{error}");
    1
}

/// A folder for logs, of this process and test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> io::Result<Self> {
        let path =
            std::env::temp_dir().join(format!("cckm-children-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
