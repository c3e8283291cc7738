//! Base URLs with a path, as people write them: `https://api.example.com/v1`.
//!
//! Spin's list of allowed hosts takes origins only, so the app has the path in a variable of its own.

use std::collections::BTreeMap;

/// The services whose base URL may have a path: `<name>_base_url` and `<name>_base_path`.
const SERVICES: [&str; 2] = ["openai", "websearch"];

/// Puts the paths of base URLs where the app wants them, unless it is told both. `environment` knows the variables that are
/// not given on the command line.
pub(crate) fn split(
    variables: &mut BTreeMap<String, String>,
    environment: impl Fn(&str) -> Option<String>,
) {
    for service in SERVICES {
        let (url, path) = (
            format!("{service}_base_url"),
            format!("{service}_base_path"),
        );
        let given = |variables: &BTreeMap<String, String>, name: &str| {
            let variable = format!("SPIN_VARIABLE_{}", name.to_uppercase());
            variables
                .get(name)
                .cloned()
                .or_else(|| environment(&variable))
        };
        if given(variables, &path).is_some() {
            continue;
        }
        let Some((origin, under)) = given(variables, &url).as_deref().and_then(parts) else {
            continue;
        };
        variables.insert(url, origin);
        variables.insert(path, under);
    }
}

/// Origin and path; `None` if there is no path.
fn parts(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let path = path.trim_matches('/');
    (!path.is_empty()).then(|| (format!("{scheme}://{authority}"), format!("/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_moved_out_of_base_urls() {
        let set = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let mut variables = set(&[
            ("openai_base_url", "http://127.0.0.1:8080/api/v1/"),
            ("other_base_url", "https://example.com/x"),
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
                ("other_base_url", "https://example.com/x"),
                ("websearch_base_url", "https://search.example.com"),
                ("websearch_base_path", "/searxng"),
            ])
        );
        for kept in [
            set(&[("openai_base_url", "https://example.com/")]),
            set(&[
                ("openai_base_url", "https://example.com/v1"),
                ("openai_base_path", "/v2"),
            ]),
            set(&[("openai_base_url", "nonsense")]),
        ] {
            let mut variables = kept.clone();
            split(&mut variables, |_| None);
            assert_eq!(variables, kept);
        }
    }
}
