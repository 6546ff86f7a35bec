//! What the documentation points at.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// The pages for people.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(crate::workspace)
        .into();
    let mut folders = vec![crate::workspace("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_page(&path) {
                pages.push(path);
            }
        }
    }
    pages
}

/// What a page links to, without what is elsewhere on the web.
fn targets(page: &str) -> Vec<String> {
    // Code holds no links, but looks like them at times.
    let text: String = page.split('`').step_by(2).collect();
    let after = text.split("](").skip(1);
    after
        .filter_map(|after| after.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let page = crate::read(page);
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    for page in pages() {
        for target in targets(&crate::read(&page)) {
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(to.exists(), "{}: {target} is not there", page.display());
            assert!(
                anchor.is_empty() || anchors(&to).contains(anchor),
                "{}: {target} has no such heading",
                page.display()
            );
        }
    }
    assert!(links > 30, "{links}");
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let mut reached = BTreeSet::new();
    let mut open = vec![crate::workspace("README.md").canonicalize().unwrap()];
    while let Some(page) = open.pop() {
        if !reached.insert(page.clone()) || page.is_dir() {
            continue;
        }
        for target in targets(&crate::read(&page)) {
            let file = target.split('#').next().unwrap_or_default();
            let to = page.parent().unwrap().join(file);
            if is_page(&to) {
                open.push(to.canonicalize().unwrap());
            }
        }
    }
    for page in pages()
        .iter()
        .filter(|page| !page.ends_with("CHANGELOG.md"))
    {
        assert!(
            reached.contains(&page.canonicalize().unwrap()),
            "{} is linked from nowhere",
            page.display()
        );
    }
}

/// Claims of the threat model name the file that holds them.
#[test]
fn every_file_that_the_threat_model_cites_is_there() {
    let page = crate::read(&crate::workspace("docs/threat-model.md"));
    let folders = [
        "config/", "crates/", "src/", "tests/", "charts/", "docs/", "crds/",
    ];
    let cited: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| folders.iter().any(|folder| span.starts_with(folder)))
        .collect();
    assert!(cited.len() > 20, "{}", cited.len());
    for file in cited {
        assert!(crate::workspace(file).exists(), "{file}");
    }
}
