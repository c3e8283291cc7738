//! The documents lead to one another and to the code, and no link of them leads nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use tasker_tests::paths;

/// The links and the headings of a document; a heading as links name it.
fn read(file: &Path) -> (Vec<String>, Vec<String>) {
    let text = fs::read_to_string(file).expect("a document");
    let (mut links, mut headings) = (Vec::new(), Vec::new());
    let mut heading: Option<String> = None;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.into_string()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                headings.extend(heading.take().map(|text| slug(&text)))
            }
            _ => {}
        }
    }
    (links, headings)
}

/// As a forge names a heading.
fn slug(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>()
        .trim()
        .to_lowercase()
        .replace(' ', "-")
}

fn documents(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of documents") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            documents(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let root = paths::root();
    let mut files: Vec<_> = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ]
    .map(|file| root.join(file))
    .into();
    documents(&root.join("docs"), &mut files);
    let (mut broken, mut followed) = (Vec::new(), 0);
    for file in files {
        let (links, own) = read(&file);
        for link in links.iter().filter(|link| !link.contains("://")) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = file.parent().expect("it is in a folder").join(path);
            let headings = match path {
                "" => own.clone(),
                path if path.ends_with(".md") && target.is_file() => read(&target).1,
                _ => Vec::new(),
            };
            followed += 1;
            let is_there = path.is_empty() || target.exists();
            if !is_there || !heading.is_empty() && !headings.iter().any(|other| other == heading) {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(followed > 300, "{followed}");
}
