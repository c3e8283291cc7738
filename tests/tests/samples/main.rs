//! Every sample of the README and of the documents does what it says.
//!
//! The samples are taken from the files. JavaScript and commands are run against the app with its sandbox; see
//! `docs/sandbox.md`. SQL is run on PostgreSQL, data is read, and `text` shows lines of the log.

mod commands;
mod ids;
mod js;
mod log;
mod markdown;
mod pages;
mod script;
mod shown;
mod sql;
mod stage;
mod terminal;

use markdown::{Sample, samples};
use pages::Reading;
use stage::Stage;

/// Languages of the recipes that need their steps to be followed.
const ELSEWHERE: [&str; 2] = ["rust", "markdown"];

/// Samples that need something that only following their page gives: the document, a word of theirs, and what a task
/// fails for here. Their commands are looked at and not run.
const FOLLOWED: [(&str, &str, &str); 5] = [
    ("docs/guide.md", "await fetch(", "fetch_hosts"),
    ("docs/npm.md", "order", "cannot find package"),
    ("docs/services/fetch.md", ".fetch.request(", "fetch_hosts"),
    ("docs/recipes/global.md", "hash(", "hash"),
    ("docs/recipes/service.md", "umbrella", "weather"),
];

/// What a sample lacks that its page makes.
fn followed(sample: &Sample) -> Option<&'static str> {
    if ELSEWHERE.contains(&sample.language.as_str()) {
        return None;
    }
    let mut followed = FOLLOWED.iter();
    let is_it =
        |(file, word, _): &&(&str, &str, &str)| sample.file == *file && sample.text.contains(word);
    followed.find(is_it).map(|(_, _, lacks)| *lacks)
}

#[test]
fn samples_do_what_they_say() {
    let samples = samples();
    let exceptions = samples.iter().filter(|sample| followed(sample).is_some());
    assert_eq!(
        exceptions
            .map(|sample| sample.language.as_str())
            .collect::<Vec<_>>(),
        ["js", "ts", "console", "js", "js", "console", "js", "js"]
    );
    let stage = Stage::start();
    let mut failures = Vec::new();
    let mut tried = 0;
    let mut note = |sample: &Sample, outcome: Result<(), String>| {
        tried += 1;
        // Seen when the test is made to show what it prints, or when it fails.
        println!("{sample} {}: {outcome:?}", sample.language);
        if let Err(problem) = outcome {
            failures.push(format!("{sample} {}: {problem}", sample.language));
        }
    };
    let mut reading = Reading::begin(&stage);
    let mut file = "";
    for sample in &samples {
        if sample.file != file {
            file = &sample.file;
            reading = Reading::begin(&stage);
        }
        match sample.language.as_str() {
            "js" => note(sample, js::run(&stage, sample)),
            "ts" => note(sample, js::run_typed(&stage, sample)),
            "sh" | "console" => note(sample, reading.commands(sample)),
            "json" | "" => note(sample, reading.answer(sample)),
            "text" => note(sample, log::judge(&stage, &sample.text)),
            "toml" => note(
                sample,
                sample
                    .text
                    .parse::<toml::Table>()
                    .map(drop)
                    .map_err(|error| error.to_string()),
            ),
            "yaml" => note(sample, yaml(&sample.text)),
            "sql" => {}
            language => assert!(
                ELSEWHERE.contains(&language),
                "{sample}: {language} is not known"
            ),
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {tried} samples fail:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(tried > 100, "{tried} samples");
}

fn yaml(text: &str) -> Result<(), String> {
    let value: serde_json::Value =
        serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    value
        .is_object()
        .then_some(())
        .ok_or("is no mapping".to_owned())
}
