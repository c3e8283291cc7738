//! The alert rules must speak of metrics that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tasker_api::Metrics;

/// The rules as Prometheus reads them: it refuses a file with a field that it does not know.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    alert: String,
    expr: String,
    #[serde(rename = "for")]
    lasting: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

#[test]
fn the_alert_rules_speak_of_metrics_that_there_are() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/alerts/tasker.rules.yml"),
    )
    .unwrap();
    let rules: Rules = serde_saphyr::from_str(&text).unwrap();
    let page = Metrics::default().render();
    let families: BTreeMap<_, _> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    let is_sample = |name: &str| {
        families.contains_key(name)
            || ["_bucket", "_sum", "_count"].iter().any(|suffix| {
                name.strip_suffix(suffix)
                    .is_some_and(|family| families.get(family) == Some(&"histogram"))
            })
    };
    let mut alerts = BTreeSet::new();
    for rule in rules.groups.iter().flat_map(|group| &group.rules) {
        assert!(alerts.insert(&rule.alert), "{} stands twice", rule.alert);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named: Vec<_> = rule
            .expr
            .split(|c| !word(c))
            .filter(|name| name.starts_with("tasker_"))
            .collect();
        for name in &named {
            assert!(is_sample(name), "{}: there is no {name}", rule.alert);
        }
        assert!(
            !named.is_empty() || rule.expr.starts_with("up{"),
            "{}",
            rule.alert
        );
        let pairs = [('(', ')'), ('{', '}'), ('[', ']')];
        assert!(
            pairs.iter().all(|(open, close)| {
                rule.expr.matches(*open).count() == rule.expr.matches(*close).count()
            }),
            "{}",
            rule.alert
        );
        if let Some(lasting) = &rule.lasting {
            let number = lasting.trim_end_matches(['s', 'm', 'h']);
            assert!(number.parse::<u32>().is_ok(), "{lasting}");
        }
        assert!(["critical", "warning"].contains(&rule.labels["severity"].as_str()));
        assert!(
            rule.annotations.contains_key("summary")
                && rule.annotations.contains_key("description")
        );
    }
    assert!(rules.groups[0].name == "tasker" && alerts.len() > 5);
}
