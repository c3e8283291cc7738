//! Which namespaces of the keystore the grants of a task cover.

use tasker_domain::wire::CREDENTIALS;

use crate::pattern;

/// Whether grants cover a namespace, or all that a pattern of namespaces stands for. The namespaces with the credentials of
/// services are granted by their names alone.
#[must_use]
pub fn covers(grants: &[String], namespaces: &str) -> bool {
    let by_name_alone = CREDENTIALS.contains(&namespaces);
    grants.iter().any(|grant| {
        if by_name_alone {
            grant == namespaces
        } else {
            pattern::matches(grant, namespaces)
        }
    })
}

/// Stands for the name of the task in a default grant.
const OWN: &str = "{task}";

/// What a task may use that declares nothing, by the setting `keystore_default_grant`.
#[must_use]
pub fn default_grants(setting: &str, task: &str) -> Vec<String> {
    pattern::list(setting)
        .map(|grant| grant.replace(OWN, task))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_services_are_granted_by_name_alone() {
        let covers = |grants: &[&str], namespace| {
            let grants: Vec<_> = grants.iter().map(|grant| (*grant).to_owned()).collect();
            covers(&grants, namespace)
        };
        assert!(covers(&["*"], "reports") && covers(&["reports-*"], "reports-2026"));
        assert!(!covers(&["reports-*"], "reports") && !covers(&[], "reports"));
        for namespace in CREDENTIALS {
            assert!(!covers(&["*", "g*", "o*", "s*", "w*"], namespace));
            assert!(covers(&["x", namespace], namespace));
        }
    }

    #[test]
    fn a_pattern_covers_the_patterns_that_say_less() {
        let covers = |grant: &str, namespaces| covers(&[grant.to_owned()], namespaces);
        assert!(covers("*", "*") && covers("a-*", "a-*") && covers("a-*", "a-b*"));
        assert!(!covers("a-b*", "a-*") && !covers("a", "a*") && !covers("a-*", "*"));
    }

    #[test]
    fn a_default_grant_may_name_the_task() {
        assert_eq!(default_grants("{task}", "a/b"), ["a/b"]);
        assert_eq!(
            default_grants(" shared, {task}-* ,", "a"),
            ["shared", "a-*"]
        );
        assert!(default_grants("", "a").is_empty());
    }
}
