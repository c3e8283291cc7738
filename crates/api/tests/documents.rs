//! What is checked in must say what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tasker_api::Metrics;
use tasker_api::openapi::document;
use tasker_api::route::ROUTES;
use tasker_domain::ErrorCode;

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// `UPDATE=1 cargo test -p tasker-api` writes the document anew.
#[test]
fn the_openapi_document_is_up_to_date() {
    let path = docs().join("openapi.json");
    let fresh = document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/openapi.json has drifted; write it anew with UPDATE=1 cargo test -p tasker-api"
    );

    let document: serde_json::Value = serde_json::from_str(&fresh).unwrap();
    let mut ids = BTreeSet::new();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{route:?}"));
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert_eq!(
            operation.get("security").is_none(),
            route.operation.is_open(),
            "{id}"
        );
    }
    for reference in references(&document) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

fn references(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member.as_str() {
                Some(target) if name == "$ref" => vec![target.to_owned()],
                _ => references(member),
            })
            .collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_pages_list_every_code_and_route() {
    let index = std::fs::read_to_string(docs().join("errors/README.md")).unwrap();
    for code in ErrorCode::ALL {
        let row = index
            .lines()
            .find(|line| line.starts_with(&format!("| [`{code}`]({code}.md)")));
        let row = row.unwrap_or_else(|| panic!("{code} is not in docs/errors/README.md"));
        assert!(row.contains(code.title()), "{row}");
        let status = code.http_status();
        assert!(status == 0 || row.contains(&status.to_string()), "{row}");
        let page = std::fs::read_to_string(docs().join(format!("errors/{code}.md"))).unwrap();
        assert!(
            status == 0 || page.contains(&format!("HTTP status {status}")),
            "{code}"
        );
    }
    let api = std::fs::read_to_string(docs().join("api.md")).unwrap();
    for route in ROUTES {
        assert!(
            api.contains(&format!("{} {}", route.method, route.path)),
            "{route:?} is not in docs/api.md"
        );
    }
}

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
    let text = std::fs::read_to_string(docs().join("alerts/tasker.rules.yml")).unwrap();
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
