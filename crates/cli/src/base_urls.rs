//! Base URLs as people write them: `https://api.example.com/v1`.
//!
//! Spin's list of allowed hosts takes origins only, so the app has the path of a base URL in a variable of its own, and the
//! origin of Google's token endpoint too.

use std::collections::BTreeMap;

/// Variables that are the origin of an upstream, and those with the path under it.
const PATHS: [(&str, &str); 4] = [
    ("google_base_url", "google_base_path"),
    ("openai_base_url", "openai_base_path"),
    ("supabase_url", "supabase_base_path"),
    ("websearch_base_url", "websearch_base_path"),
];
/// A URL whose origin another variable has, its path included.
const TOKEN_URL: (&str, &str) = ("google_token_url", "google_token_host");

/// What they are by default. A variable that is set to nothing, as in files for containers, means that: an empty text in the list
/// of allowed hosts is an error.
const DEFAULTS: [(&str, &str); 6] = [
    ("google_base_url", "https://*.googleapis.com"),
    ("google_token_url", "https://oauth2.googleapis.com/token"),
    ("google_token_host", "https://oauth2.googleapis.com"),
    ("openai_base_url", "https://api.openai.com"),
    ("supabase_url", "http://127.0.0.1:54321"),
    ("websearch_base_url", "https://html.duckduckgo.com"),
];

/// Puts the parts of base URLs where the app wants them, unless it is told both. `environment` knows the variables that are
/// not given on the command line.
pub(crate) fn split(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    let set = |variables: &BTreeMap<String, String>, name: &str| {
        let variable = format!("SPIN_VARIABLE_{}", name.to_uppercase());
        variables
            .get(name)
            .cloned()
            .or_else(|| environment(&variable))
    };
    let given = |variables: &BTreeMap<String, String>, name: &str| {
        set(variables, name).filter(|value| !value.trim().is_empty())
    };
    for (url, path) in PATHS {
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
    let (url, host) = TOKEN_URL;
    if given(variables, host).is_none()
        && let Some((origin, _)) = given(variables, url).as_deref().and_then(parts)
    {
        variables.insert(host.to_owned(), origin);
    }
    for (name, default) in DEFAULTS {
        if set(variables, name).is_some_and(|value| value.trim().is_empty()) {
            variables.insert(name.to_owned(), default.to_owned());
        }
    }
}

/// Origin and path, without slashes at their ends; `None` if it is no URL.
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
