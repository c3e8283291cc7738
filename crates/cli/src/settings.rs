//! The settings with which `tasker up` starts: unknown names and values that cannot be used are refused before
//! anything starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tasker_settings::{APP_URL, Setting, check_together};

use crate::Error;
use crate::variable::Variable;

/// What the names of settings begin with in the environment.
const PREFIX: &str = "SPIN_VARIABLE_";

/// Variables that not every manifest of the app has.
const OF_OTHER_MANIFESTS: [&str; 1] = [APP_URL.name()];

/// A name less like another than this is not a typing error.
const ALIKE: f64 = 0.75;

/// The value that a setting is started with, from the command line or the environment; `None`: its default.
pub(crate) fn given<T>(
    setting: &Setting<T>,
    variables: &BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    value(setting.name(), variables, environment)
}

/// The same for the setting of this name.
pub(crate) fn value(
    name: &str,
    variables: &BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let here = variables.get(name).cloned();
    here.or_else(|| environment(&format!("{PREFIX}{}", name.to_uppercase())))
}

/// Warns of secrets on the command line.
pub(crate) fn warn_of_shown(variables: &[Variable]) {
    let is_secret = |name: &str| tasker_settings::named(name).is_some_and(|about| about.is_secret);
    let shown = variables
        .iter()
        .filter(|variable| variable.is_shown && !variable.value.is_empty());
    let names: BTreeSet<&str> = shown.map(|variable| variable.name.as_str()).collect();
    for name in names.into_iter().filter(|name| is_secret(name)) {
        tracing::warn!(
            "everybody on this machine can read `{name}` on the command line: give it by --variable {name}=@FILE, or by {PREFIX}{} in the \
             environment",
            name.to_uppercase()
        );
    }
}

/// Refuses names that the manifest does not have, given here or in the environment, values that are out of their range, and those
/// that do not go together. What it says names the setting and what is allowed, and never has the value of a secret. Returns the
/// names of the manifest.
pub(crate) fn check(
    manifest: &Path,
    given: &BTreeMap<String, String>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(manifest).map_err(|error| Error::file(manifest, error))?;
    // Faults of the manifest itself are reported when it is loaded.
    let Ok(parsed) = text.parse::<toml::Table>() else {
        return Ok(BTreeSet::new());
    };
    let variables = parsed.get("variables").and_then(toml::Value::as_table);
    let known: BTreeSet<&str> = variables
        .into_iter()
        .flat_map(|variables| variables.keys().map(String::as_str))
        .chain(OF_OTHER_MANIFESTS)
        .collect();
    // What is given here goes before what the environment says.
    let environment: Vec<_> = environment
        .filter_map(|(variable, value)| {
            let name = variable.strip_prefix(PREFIX)?.to_ascii_lowercase();
            (!given.contains_key(&name)).then_some((name, variable, value))
        })
        .collect();
    let given = given
        .iter()
        .map(|(name, value)| (name.clone(), format!("--variable {name}"), value.clone()));
    let mut problems = BTreeSet::new();
    let mut values = BTreeMap::new();
    for (name, place, value) in given.chain(environment) {
        if !known.contains(name.as_str()) {
            problems.insert(format!("{place}: {}", unknown(&name, &known)));
        } else if let Some(Err(problem)) =
            tasker_settings::named(&name).map(|about| about.check(&value))
        {
            problems.insert(format!("{place}: {problem}"));
        }
        values.insert(name, value);
    }
    if let Err(problem) = check_together(|about| values.get(about.name).cloned()) {
        problems.insert(problem.to_string());
    }
    if problems.is_empty() {
        return Ok(known.into_iter().map(str::to_owned).collect());
    }
    let problems: Vec<_> = problems.into_iter().collect();
    Err(Error::Usage(problems.join("\n")))
}

fn unknown(name: &str, known: &BTreeSet<&str>) -> String {
    let likeness = |other: &str| {
        strsim::jaro_winkler(name, other).max(strsim::normalized_damerau_levenshtein(name, other))
    };
    let nearest = known
        .iter()
        .map(|other| (likeness(other), *other))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((_, other)) => format!("there is no variable `{name}`; did you mean `{other}`?"),
        None => format!("there is no variable `{name}`; docs/settings.md lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Option<String> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml");
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(own);
        let checked = check(&manifest, &given.iter().map(own).collect(), environment);
        checked.err().map(|error| error.to_string())
    }

    #[test]
    fn names_that_nobody_reads_and_values_out_of_range_are_refused_without_being_shown() {
        assert_eq!(
            said(
                &[("drainers", "8")],
                &[("SPIN_VARIABLE_APP_URL", "http://x"), ("PATH", "x")]
            ),
            None
        );
        for (given, environment, expected) in [
            (
                ("drianers", "8"),
                ("HOME", ""),
                "--variable drianers: there is no variable `drianers`; did you mean `drainers`?",
            ),
            (("zzz", "8"), ("HOME", ""), "docs/settings.md lists them"),
            (
                ("drainers", "2"),
                ("SPIN_VARIABLE_KEYSTORE_KYE", "c2VjcmV0"),
                "SPIN_VARIABLE_KEYSTORE_KYE: there is no variable `keystore_kye`; did you mean `keystore_key`?",
            ),
            (
                ("keystore_key", "c2VjcmV0"),
                ("HOME", ""),
                "must be 32 bytes in base64",
            ),
            (
                ("drainers", "2"),
                ("SPIN_VARIABLE_IDEMPOTENCY_DAYS", "-1"),
                "SPIN_VARIABLE_IDEMPOTENCY_DAYS: the variable `idempotency_days` must be a whole number from 0 to 36500, not `-1`",
            ),
            (
                ("webhook_url", "https://hooks.example.com/"),
                ("SPIN_VARIABLE_WEBHOOK_HOSTS", "example.com"),
                "`hooks.example.com` is not among `webhook_hosts`",
            ),
            (
                ("openai_policy", "{\"denied\": []}"),
                ("HOME", ""),
                "--variable openai_policy: the variable `openai_policy` must be JSON such as",
            ),
        ] {
            let said = said(&[given], &[environment]).unwrap();
            assert!(
                said.contains(expected) && !said.contains("c2VjcmV0"),
                "{said}"
            );
        }
    }
}
