//! The rows of the page.

/// One operation.
pub(crate) struct Row {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) by: String,
    pub(crate) why: String,
}

impl Row {
    /// As the client writes it.
    pub(crate) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All rows whose second column is a path.
pub(crate) fn rows() -> Vec<Row> {
    let page = crate::read("docs/reference/operations.md");
    let rows: Vec<Row> = page.lines().filter_map(row).collect();
    assert!(!rows.is_empty());
    rows
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let path = cells.get(2)?.strip_prefix("`/")?;
    let [_, method, _, by, why, _] = cells[..] else {
        panic!("{line}: not four columns")
    };
    Some(Row {
        method: method.to_owned(),
        path: format!("/{}", path.strip_suffix('`').unwrap()),
        by: by.to_owned(),
        why: why.to_owned(),
    })
}

/// A path without the names of its placeholders and the slash at its end: those differ among the sources.
pub(crate) fn shape(path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            "{}".to_owned()
        } else {
            part.to_owned()
        }
    };
    let parts: Vec<String> = path.trim_end_matches('/').split('/').map(part).collect();
    parts.join("/")
}
