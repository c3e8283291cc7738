//! Strings with `{{ name }}` expressions, as Spin uses them for component variables and outbound hosts.

use std::collections::BTreeMap;

/// Replaces every `{{ name }}` by the value of the application variable `name`.
///
/// # Errors
/// A message that names the unknown variable, or says that a `{{` is not closed.
pub(crate) fn render(template: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut rendered = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or_else(|| format!("`{{{{` without `}}}}` in `{template}`"))?;
        let name = name.trim();
        let value = values
            .get(name)
            .ok_or_else(|| format!("unknown variable `{name}` in `{template}`"))?;
        rendered.push_str(literal);
        rendered.push_str(value);
        rest = after;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_replaced_and_mistakes_are_named() {
        let values = BTreeMap::from([
            ("host".into(), "example.com".into()),
            ("port".into(), "{{host}}".into()),
        ]);
        assert_eq!(render("", &values).unwrap(), "");
        assert_eq!(render("plain } {", &values).unwrap(), "plain } {");
        assert_eq!(
            render("https://{{ host }}:{{port}}/", &values).unwrap(),
            "https://example.com:{{host}}/",
            "a value is not a template itself"
        );
        assert!(
            render("{{ nope }}", &values)
                .unwrap_err()
                .contains("`nope`")
        );
        assert!(render("{{ host", &values).unwrap_err().contains("without"));
    }
}
