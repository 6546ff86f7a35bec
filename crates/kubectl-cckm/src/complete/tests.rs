//! What is offered where.

use std::{ffi::OsString, fmt::Write as _};

use super::{Question, answer, asked};
use crate::{cli, golden::golden};

/// What is printed for a command line, of which the word behind the last space is being typed. The cluster has two objects
/// of every kind.
fn offered(line: &str) -> String {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    answer(cli::definition(), &words, |_, question| match question {
        Question::Contexts => vec!["kind".into(), "prod".into()],
        Question::Names { resource, .. } => {
            let kind = resource.kind.to_ascii_lowercase();
            vec![format!("{kind}-a"), format!("{kind}-b")]
        }
    })
}

#[test]
fn every_place_of_a_command_line_has_its_words() {
    let mut text = String::new();
    for line in [
        "",
        "pl",
        "nothing",
        "help ",
        "plan ",
        "plan az",
        "plan azs",
        "plan OciK",
        "plan azs/",
        "plan azuresecrets.cckm.dev/azuresecret-b",
        "plan azs ",
        "plan azs/a ",
        "plan nonsense/",
        "plan -f keys/ ",
        "plan -f ",
        "plan --filename=ke",
        "plan -",
        "plan --exit-code --e",
        "approve ocik/ocikey-a --",
        "approve ocik/ocikey-a -o ",
        "import ",
        "import azv/azurevault-a -o ",
        "import --all ",
        "import --all cctm/",
        "import --all prod ",
        "completion ",
        "plan -n ",
        "plan --namespace=namespace-b",
        "-n shop pl",
        "-nshop pl",
        "plan --context ",
        "plan --as ",
        "plan -- -",
    ] {
        let _ = writeln!(text, "$ kubectl cckm {line}<TAB>");
        text.push_str(&offered(line));
    }
    golden("completions.txt", &text);
}

#[test]
fn no_name_of_an_object_steers_a_terminal() {
    let words = ["plan".to_owned(), "azs/".to_owned()];
    let offered = answer(cli::definition(), &words, |_, _| {
        vec!["a\u{1b}[31m".into(), "b\n:0".into(), "c".into()]
    });
    assert_eq!(offered, "azs/c\n:4\n");
}

#[test]
fn the_program_completes_under_another_name_and_by_a_word_and_not_otherwise() {
    let asked = |words: &[&str]| asked(&words.iter().map(OsString::from).collect::<Vec<_>>());
    let words = Some(vec!["plan".to_owned(), String::new()]);
    assert_eq!(asked(&["/bin/kubectl_complete-cckm", "plan", ""]), words);
    assert_eq!(asked(&["kubectl_complete-cckm.exe", "plan", ""]), words);
    assert_eq!(
        asked(&["/bin/kubectl-cckm", "__complete", "plan", ""]),
        words
    );
    assert_eq!(asked(&["/bin/kubectl-cckm", "plan", ""]), None);
    assert_eq!(asked(&["/kubectl_complete-cckm/kubectl-cckm"]), None);
    assert_eq!(asked(&[]), None);
}
