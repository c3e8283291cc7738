//! The samples of the documents: every fenced block, with its place.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use tasker_tests::paths;

/// A fenced block of a document.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// The document, from the repository's root.
    pub(crate) file: String,
    /// The line of its first line.
    pub(crate) line: usize,
    /// Its language; empty if it names none.
    pub(crate) language: String,
    pub(crate) text: String,
    /// Nothing stands between it and the block before it.
    pub(crate) follows: bool,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Sample {
    /// A name that no other sample has.
    pub(crate) fn name(&self) -> String {
        let file = self.file.trim_end_matches(".md").to_lowercase();
        format!("{}-{}", file.replace('/', "-"), self.line)
    }
}

/// The samples of the README and of every document, in the order of the files.
pub(crate) fn samples() -> Vec<Sample> {
    let mut files = vec![paths::root().join("README.md")];
    documents(&paths::root().join("docs"), &mut files);
    files.iter().flat_map(|file| of(file)).collect()
}

fn documents(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of documents")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            documents(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            files.push(entry);
        }
    }
}

fn of(file: &Path) -> Vec<Sample> {
    let source = fs::read_to_string(file).expect("a document");
    let name = file.strip_prefix(paths::root()).expect("a file of ours");
    let mut samples: Vec<Sample> = Vec::new();
    let (mut inside, mut follows) = (false, false);
    for (event, range) in Parser::new_ext(&source, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                inside = true;
                samples.push(Sample {
                    file: name.display().to_string(),
                    line: source[..range.start].matches('\n').count() + 2,
                    language: info.to_string(),
                    text: String::new(),
                    follows,
                });
            }
            Event::Text(text) if inside => {
                if let Some(sample) = samples.last_mut() {
                    sample.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                inside = false;
                follows = true;
            }
            _ => follows = false,
        }
    }
    samples
}
