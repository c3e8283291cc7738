//! Base URLs as people write them: `https://api.example.com/v1`.
//!
//! Spin's list of allowed hosts takes origins only, so the app has the path of a base URL in a variable of its own, and the
//! origin of Google's token endpoint too.

use std::collections::BTreeMap;

use tasker_settings::{
    GOOGLE_BASE_PATH, GOOGLE_BASE_URL, GOOGLE_TOKEN_HOST, GOOGLE_TOKEN_URL, OPENAI_BASE_PATH,
    OPENAI_BASE_URL, SUPABASE_BASE_PATH, SUPABASE_URL, Setting, WEBSEARCH_BASE_PATH,
    WEBSEARCH_BASE_URL,
};

use crate::settings;

/// Variables that are the origin of an upstream, and those with the path under it.
const PATHS: [(&Setting<String>, &Setting<String>); 4] = [
    (&GOOGLE_BASE_URL, &GOOGLE_BASE_PATH),
    (&OPENAI_BASE_URL, &OPENAI_BASE_PATH),
    (&SUPABASE_URL, &SUPABASE_BASE_PATH),
    (&WEBSEARCH_BASE_URL, &WEBSEARCH_BASE_PATH),
];

/// Those that have their default if they are set to nothing, as in files for containers: an empty text in the list of allowed
/// hosts is an error.
const NEVER_EMPTY: [&Setting<String>; 6] = [
    &GOOGLE_BASE_URL,
    &GOOGLE_TOKEN_URL,
    &GOOGLE_TOKEN_HOST,
    &OPENAI_BASE_URL,
    &SUPABASE_URL,
    &WEBSEARCH_BASE_URL,
];

/// Puts the parts of base URLs where the app wants them, unless it is told both. `environment` knows the variables that are
/// not given on the command line.
pub(crate) fn split(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    let set = |variables: &BTreeMap<String, String>, setting: &Setting<String>| {
        settings::given(setting, variables, &environment)
    };
    let given = |variables: &BTreeMap<String, String>, setting: &Setting<String>| {
        set(variables, setting).filter(|value| !value.trim().is_empty())
    };
    for (url, path) in PATHS {
        let Some((origin, under)) = given(variables, url).as_deref().and_then(parts) else {
            continue;
        };
        if under.is_empty() {
            variables.insert(url.name().to_owned(), origin);
        } else if given(variables, path).is_none() {
            variables.insert(url.name().to_owned(), origin);
            variables.insert(path.name().to_owned(), under);
        }
    }
    if given(variables, &GOOGLE_TOKEN_HOST).is_none()
        && let Some((origin, _)) = given(variables, &GOOGLE_TOKEN_URL)
            .as_deref()
            .and_then(parts)
    {
        variables.insert(GOOGLE_TOKEN_HOST.name().to_owned(), origin);
    }
    for setting in NEVER_EMPTY {
        if set(variables, setting).is_some_and(|value| value.trim().is_empty()) {
            variables.insert(setting.name().to_owned(), setting.default().to_owned());
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
