//! The program: its flags, its one line, its end; and the requests of the five pages by curl.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::certificates::Authority;

/// A folder of one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::with(arguments, &[])
    }

    fn with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cckm-simulator"))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self { child, address }
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-k"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_requests_of_the_five_pages_work_with_curl() {
    let folder = Folder::new("pages");
    let server = Authority::new().server();
    let mut program = Program::start(&[
        "--tls-cert",
        &folder.write("server.pem", &server.certificate),
        "--tls-key",
        &folder.write("server-key.pem", &server.key),
        "--world",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pages.json"),
        "--switch",
        "sfdc-rotation-interval-enforced=false",
    ]);
    assert!(program.address.starts_with("https://127.0.0.1:"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/curl.sh");
    let output = Command::new("bash")
        .args([script, &program.address])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("ok ").count(), 6, "{text}");
    assert_eq!(program.signal("TERM"), Some(0));
}

#[test]
fn the_clock_of_the_flags_is_the_clock_of_the_world() {
    let mut program = Program::start(&[
        "--admin",
        "--clock-epoch-virtual",
        "2031-05-05T05:05:05Z",
        "--clock-rate",
        "0",
    ]);
    let time = curl(&[&format!("{}/simulator/time", program.address)]);
    assert!(time.contains("2031-05-05T05:05:05Z"), "{time}");
    assert_eq!(
        curl(&[&format!("{}/simulator/healthz", program.address)]),
        "ok"
    );
    assert_eq!(program.signal("INT"), Some(0));
}

#[test]
fn flags_are_environment_variables_too_and_a_seed_fixes_every_byte() {
    let world = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pages.json");
    let environment = |seed: &'static str| {
        [
            ("CCKM_SIMULATOR_SEED", seed),
            ("CCKM_SIMULATOR_ADMIN", "true"),
            ("CCKM_SIMULATOR_WORLD", world),
            (
                "CCKM_SIMULATOR_SWITCH",
                "sync-outcome=failed,sync-seconds=9",
            ),
            ("CCKM_SIMULATOR_CLOCK_EPOCH_VIRTUAL", "2031-05-05T05:05:05Z"),
            ("CCKM_SIMULATOR_CLOCK_RATE", "0"),
        ]
    };
    let rows = |program: &Program| curl(&[&format!("{}/simulator/rows", program.address)]);
    let one = Program::with(&[], &environment("3"));
    let switches = curl(&[&format!("{}/simulator/switches", one.address)]);
    assert!(
        switches.contains(r#""sync-outcome":"failed""#)
            && switches.contains(r#""sync-seconds":9.0"#),
        "{switches}"
    );
    assert_eq!(rows(&one), rows(&Program::with(&[], &environment("3"))));
    assert_ne!(rows(&one), rows(&Program::with(&[], &environment("4"))));
}

#[test]
fn the_admin_api_is_off_by_default() {
    let program = Program::start(&[]);
    let status = curl(&[
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        &format!("{}/simulator/rows", program.address),
    ]);
    assert_eq!(status, "401");
}

#[test]
fn wrong_flags_and_worlds_end_the_program_with_a_reason() {
    let folder = Folder::new("wrong");
    let world = folder.write("world.json", r#"{"azur":[]}"#);
    for (arguments, reason) in [
        (vec!["--switch", "nonsense"], "name=value"),
        (vec!["--switch", "casing=snake"], "sfdc-params-casing"),
        (vec!["--world", &world], "azur"),
        (vec!["--listen", "nowhere"], "nowhere"),
        (vec!["--clock-rate=-1"], "--clock-rate"),
        (vec!["--tls-cert", "file"], "--tls-key"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_cckm-simulator"))
            .args(&arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && text.contains(reason),
            "{arguments:?}: {text}"
        );
    }
}
