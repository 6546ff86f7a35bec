//! CEL: values, and programs with the functions that Kubernetes adds.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::DateTime;
use kube_cel::{
    KubeCelExt,
    cel::{
        Context, ExecutionError, Program, Value,
        extractors::This,
        objects::{Key, Map},
    },
};
use regex::Regex;

use crate::policy;

/// Words that CEL keeps for itself: fields of these names are called otherwise.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

thread_local! {
    /// The patterns that programs have.
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };

    /// The functions of Kubernetes, as they come.
    static LIBRARY: Context<'static> = Context::default().with_all();

    /// Functions are the same everywhere, and dear to register.
    static FUNCTIONS: Context<'static> = {
        let mut functions = Context::default().with_all();
        functions.add_function("isURL", is_url);
        functions.add_function("matches", matches);
        policy::FUNCTIONS(&mut functions);
        functions
    };
}

/// `matches`, which compiles each pattern once.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so functions get their arguments"
)]
fn matches(This(text): This<Arc<String>>, pattern: Arc<String>) -> Result<bool, ExecutionError> {
    PATTERNS.with_borrow_mut(|patterns| {
        if let Some(regex) = patterns.get(pattern.as_str()) {
            return Ok(regex.is_match(&text));
        }
        let regex = Regex::new(&pattern)
            .map_err(|error| ExecutionError::function_error("matches", error.to_string()))?;
        let answer = regex.is_match(&text);
        patterns.insert(pattern.to_string(), regex);
        Ok(answer)
    })
}

/// `isURL`, which takes no fragment right after the host.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so functions get their arguments"
)]
fn is_url(text: Arc<String>) -> bool {
    let after = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    let host = after.split(['/', '?']).next().unwrap_or_default();
    let mut scope = Scope::new();
    scope.bind("text", Value::String(Arc::clone(&text)));
    let program = Program::compile("isURL(text)");
    let taken = program.is_ok_and(|program| {
        LIBRARY
            .with(|library| scope.run_in(library, &program))
            .is_ok_and(|answer| answer == Value::Bool(true))
    });
    taken && !host.contains('#')
}

/// Where programs run: the variables that they see.
#[derive(Default)]
pub(crate) struct Scope(Vec<(&'static str, Value)>);

impl Scope {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Gives a variable its value, in the place of an earlier one.
    pub(crate) fn bind(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    /// Whether a program says yes, or why it doesn't say anything.
    pub(crate) fn holds(&self, program: &Program) -> Result<bool, String> {
        match self.run(program)? {
            Value::Bool(answer) => Ok(answer),
            other => Err(format!("the answer is no bool but {other:?}")),
        }
    }

    /// What a program says, or why it doesn't say anything.
    pub(crate) fn run(&self, program: &Program) -> Result<Value, String> {
        FUNCTIONS.with(|functions| self.run_in(functions, program))
    }

    fn run_in(&self, functions: &Context<'_>, program: &Program) -> Result<Value, String> {
        let mut context = functions.new_inner_scope();
        for (name, value) in &self.0 {
            context.add_variable_from_value(*name, value.clone());
        }
        program.execute(&context).map_err(|error| in_words(&error))
    }
}

/// An error in the words of the API server, where they are known.
fn in_words(error: &ExecutionError) -> String {
    let wanted = match error {
        ExecutionError::FunctionError { function, .. } => match function.as_str() {
            "duration" => "google.protobuf.Duration",
            "timestamp" => "google.protobuf.Timestamp",
            _ => return error.to_string(),
        },
        _ => return error.to_string(),
    };
    format!("type conversion error from 'string' to '{wanted}'")
}

/// A value of JSON that has no schema: its fields are called as they are.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(answer) => Value::Bool(*answer),
        serde_json::Value::Number(number) => number.as_i64().map_or_else(
            || Value::Float(number.as_f64().unwrap_or_default()),
            Value::Int,
        ),
        serde_json::Value::String(text) => string(text),
        serde_json::Value::Array(items) => list(items.iter().map(value)),
        serde_json::Value::Object(fields) => map(fields
            .iter()
            .map(|(name, field)| (name.clone(), value(field)))),
    }
}

pub(crate) fn string(text: &str) -> Value {
    Value::String(Arc::new(text.to_owned()))
}

pub(crate) fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::List(Arc::new(items.collect()))
}

pub(crate) fn map(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let entries: HashMap<Key, Value> = entries
        .map(|(name, value)| (Key::String(Arc::new(name)), value))
        .collect();
    Value::Map(Map {
        map: Arc::new(entries),
    })
}

/// An instant; the text itself if it is none.
pub(crate) fn timestamp(text: &str) -> Value {
    DateTime::parse_from_rfc3339(text).map_or_else(|_| string(text), Value::Timestamp)
}

/// What a field that a schema has is called in programs.
pub(crate) fn escaped(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
