//! Base URLs as people write them: `https://api.example.com/v1`.
//!
//! Spin's list of allowed hosts takes origins only, so the app has the path of a base URL in a variable of its own, and the
//! origin of Google's token endpoint too.

use std::collections::BTreeMap;

use tasker_settings::{About, GOOGLE_TOKEN_HOST, GOOGLE_TOKEN_URL};

use crate::settings;

/// Settings that are the origin of an upstream, and the names of those with the path under it.
fn origins() -> impl Iterator<Item = (&'static About, &'static str)> {
    tasker_settings::all().filter_map(|about| Some((about, about.form.path()?)))
}

/// Those that have their default if they are set to nothing, as in files for containers: an empty text in the list of allowed
/// hosts is an error.
fn never_empty() -> impl Iterator<Item = &'static About> {
    const OF_TOKENS: [&About; 2] = [&GOOGLE_TOKEN_URL.about, &GOOGLE_TOKEN_HOST.about];
    origins().map(|(url, _)| url).chain(OF_TOKENS)
}

/// Puts the parts of base URLs where the app wants them, unless it is told both. `environment` knows the variables that are
/// not given on the command line.
pub(crate) fn split(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    let set = |variables: &BTreeMap<String, String>, name: &str| {
        settings::value(name, variables, &environment)
    };
    let given = |variables: &BTreeMap<String, String>, name: &str| {
        set(variables, name).filter(|value| !value.trim().is_empty())
    };
    for (url, path) in origins() {
        let url = url.name;
        let Some((origin, under)) = given(variables, url).as_deref().and_then(parts) else {
            continue;
        };
        if under.is_empty() {
            variables.insert(url.to_owned(), origin);
        } else if given(variables, path).is_none() {
            variables.insert(url.to_owned(), origin);
            variables.insert(path.to_owned(), under);
        }
    }
    let (token_host, token_url) = (GOOGLE_TOKEN_HOST.name(), GOOGLE_TOKEN_URL.name());
    if given(variables, token_host).is_none()
        && let Some((origin, _)) = given(variables, token_url).as_deref().and_then(parts)
    {
        variables.insert(token_host.to_owned(), origin);
    }
    for About { name, default, .. } in never_empty() {
        if set(variables, name).is_some_and(|value| value.trim().is_empty()) {
            variables.insert((*name).to_owned(), default.unwrap_or_default().to_owned());
        }
    }
}

/// Origin and path, without slashes at their ends; `None` if it is not a URL.
fn parts(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_matches('/');
    let path = if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    };
    Some((format!("{scheme}://{authority}"), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn base_urls_are_taken_apart() {
        let mut variables = set(&[
            ("openai_base_url", "http://127.0.0.1:8080/api/v1/"),
            ("google_token_url", "http://127.0.0.1:9001/oauth/token"),
            ("google_base_url", " http://127.0.0.1:9000// "),
            ("supabase_url", "http://127.0.0.1:9000/supabase"),
            ("other_base_url", "https://example.com/x"),
            ("google_token_host", ""),
            ("openai_base_path", ""),
        ]);
        split(&mut variables, |name| {
            (name == "SPIN_VARIABLE_WEBSEARCH_BASE_URL")
                .then(|| "https://search.example.com/searxng".to_owned())
        });
        assert_eq!(
            variables,
            set(&[
                ("openai_base_url", "http://127.0.0.1:8080"),
                ("openai_base_path", "/api/v1"),
                ("google_token_url", "http://127.0.0.1:9001/oauth/token"),
                ("google_token_host", "http://127.0.0.1:9001"),
                ("google_base_url", "http://127.0.0.1:9000"),
                ("supabase_url", "http://127.0.0.1:9000"),
                ("supabase_base_path", "/supabase"),
                ("other_base_url", "https://example.com/x"),
                ("websearch_base_url", "https://search.example.com"),
                ("websearch_base_path", "/searxng"),
            ])
        );
    }

    #[test]
    fn what_is_told_apart_already_is_left() {
        for kept in [
            set(&[("openai_base_url", "https://example.com")]),
            set(&[("google_base_url", "https://*.googleapis.com")]),
            set(&[
                ("openai_base_url", "https://example.com/v1"),
                ("openai_base_path", "/v2"),
            ]),
            set(&[
                ("google_token_host", "https://example.com"),
                ("google_token_url", "https://example.org/token"),
            ]),
            set(&[("openai_base_url", "nonsense")]),
        ] {
            let mut variables = kept.clone();
            split(&mut variables, |_| None);
            assert_eq!(variables, kept);
        }
        let mut variables = set(&[("google_base_url", " "), ("google_token_url", "")]);
        split(&mut variables, |_| None);
        assert_eq!(
            variables,
            set(&[
                ("google_base_url", "https://*.googleapis.com"),
                ("google_token_url", "https://oauth2.googleapis.com/token"),
            ])
        );
    }
}
