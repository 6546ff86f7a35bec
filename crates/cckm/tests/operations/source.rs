//! What Rust source says, read as tokens: comments count for nothing, and neither does how it is broken into lines.

use std::collections::{BTreeMap, BTreeSet};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// A string literal, without its quotes.
    Text(String),
    Sign(char),
}

/// All operations that the client makes, such as `GET /v1/cckm/oci/keys`.
pub(crate) fn operations() -> BTreeSet<String> {
    let folder = crate::workspace("crates/cckm/src");
    let definition = folder.join("operation.rs");
    let makers = makers(&tokens(&fs::read_to_string(&definition).unwrap()));
    let mut operations = BTreeSet::new();
    for file in files(&folder) {
        if file == definition {
            continue;
        }
        let tokens = tokens(&fs::read_to_string(&file).unwrap());
        for (place, token) in tokens.iter().enumerate() {
            if *token == Token::Word("Operation".to_owned()) {
                operations.extend(made(&tokens[place + 1..], &makers, &file));
            }
        }
    }
    operations
}

/// What makes an operation: its method, and its path where that is always the same.
struct Maker {
    method: String,
    path: Option<String>,
}

/// The functions of `operation.rs` that name a method.
fn makers(tokens: &[Token]) -> BTreeMap<String, Maker> {
    let mut makers = BTreeMap::new();
    let mut name = None;
    for (place, token) in tokens.iter().enumerate() {
        match (token, &tokens[place + 1..]) {
            (Token::Word(word), [Token::Word(function), ..]) if word == "fn" => {
                name = Some(function.clone());
            }
            (
                Token::Word(word),
                [
                    Token::Sign(':'),
                    Token::Sign(':'),
                    Token::Word(method),
                    rest @ ..,
                ],
            ) if word == "Method" => {
                let end = rest.iter().position(|token| *token == Token::Sign('}'));
                let path = rest[..end.unwrap()].iter().find_map(text);
                let method = method.clone();
                makers.insert(name.clone().unwrap(), Maker { method, path });
            }
            _ => {}
        }
    }
    assert!(makers.len() >= 7, "operation.rs is not what it was");
    makers
}

/// The operations made where `Operation` stands before `rest`.
fn made(rest: &[Token], makers: &BTreeMap<String, Maker>, file: &Path) -> Vec<String> {
    let place = file.display();
    if let [Token::Word(word), ..] = rest {
        assert_ne!(word, "as", "{place} gives Operation another name");
    }
    let [
        Token::Sign(':'),
        Token::Sign(':'),
        Token::Word(name),
        rest @ ..,
    ] = rest
    else {
        return Vec::new();
    };
    let Some(maker) = makers.get(name) else {
        return Vec::new();
    };
    assert_eq!(
        rest.first(),
        Some(&Token::Sign('(')),
        "{place}: {name} is not called"
    );
    let paths: Vec<String> = match &maker.path {
        Some(path) => vec![path.clone()],
        None => arguments(rest).iter().filter_map(text).collect(),
    };
    assert!(
        !paths.is_empty(),
        "{place}: {name} is called without a path"
    );
    let operation = |path: &String| format!("{} {path}", maker.method);
    paths.iter().map(operation).collect()
}

/// The tokens from an opening parenthesis to the one that closes it.
fn arguments(tokens: &[Token]) -> &[Token] {
    let mut depth = 0;
    let end = tokens.iter().position(|token| {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &tokens[..end.unwrap()]
}

/// All string literals under a folder.
pub(crate) fn texts(folder: &str) -> BTreeSet<String> {
    let files = files(&crate::workspace(folder));
    let texts = files.iter().flat_map(|file| {
        let tokens = tokens(&fs::read_to_string(file).unwrap());
        tokens.iter().filter_map(text).collect::<Vec<_>>()
    });
    texts.collect()
}

fn text(token: &Token) -> Option<String> {
    match token {
        Token::Text(text) => Some(text.clone()),
        Token::Word(_) | Token::Sign(_) => None,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((text, length)) = literal(rest) {
            tokens.push(Token::Text(text));
            length
        } else if first == '\'' {
            character(rest)
        } else if is_of_word(first) {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The string literal that `rest` begins with, plain or raw, and its length with prefix and quotes.
fn literal(rest: &str) -> Option<(String, usize)> {
    let after_b = rest.strip_prefix('b').unwrap_or(rest);
    let prefix = rest.len() - after_b.len();
    if let Some(body) = after_b.strip_prefix('"') {
        let mut escaped = false;
        let end = body.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        return Some((body[..end].to_owned(), prefix + end + 2));
    }
    let after_r = after_b.strip_prefix('r')?;
    let body = after_r.trim_start_matches('#');
    let hashes = &after_r[..after_r.len() - body.len()];
    let body = body.strip_prefix('"')?;
    let end = body.find(&format!("\"{hashes}"))?;
    Some((body[..end].to_owned(), prefix + end + 3 + 2 * hashes.len()))
}

/// The length of a character literal; of a lifetime, that of its mark.
fn character(rest: &str) -> usize {
    let body = &rest[1..];
    if let Some(escape) = body.strip_prefix('\\') {
        let skipped = escape.chars().next().map_or(0, char::len_utf8);
        return escape[skipped..]
            .find('\'')
            .map_or(1, |end| end + skipped + 3);
    }
    let mut characters = body.char_indices();
    match (characters.next(), characters.next()) {
        (Some(_), Some((end, '\''))) => end + 2,
        _ => 1,
    }
}

#[test]
fn source_is_read_as_the_compiler_reads_it() {
    let source = r##"
        // Operation::get("/in/a/comment")
        let quote = '"'; let tick = '\''; fn f<'a>(x: &'a str) {}
        Operation::get(
            /* here */ r#"/a "raw" one"#,
        ); "an \" escape"
    "##;
    let texts: Vec<String> = tokens(source).iter().filter_map(text).collect();
    assert_eq!(texts, ["/a \"raw\" one", "an \\\" escape"]);
}
