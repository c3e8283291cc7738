//! The `select` parameter: columns, aliases, casts, and tables embedded by their foreign keys.

use super::Failure;
use super::value::split;

/// Tables are embedded no deeper.
const DEEPEST: usize = 8;

/// A part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// `*`
    All,
    /// `alias:column->path::cast`
    Field {
        alias: Option<String>,
        path: String,
        cast: Option<String>,
    },
    /// `count()`, or `count` inside of an embedded table.
    Count { alias: Option<String> },
    /// `alias:table!hint!inner(…)`, `...table(…)`
    Embed(Embed),
}

/// A table within a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Embed {
    pub(super) alias: Option<String>,
    pub(super) target: String,
    pub(super) hint: Option<String>,
    pub(super) inner: bool,
    pub(super) spread: bool,
    pub(super) items: Vec<Item>,
}

impl Embed {
    /// The name under which it is answered, and by which parameters speak of it.
    pub(super) fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.target)
    }
}

/// Reads a selection; empty is all.
pub(super) fn read(text: &str) -> Result<Vec<Item>, Failure> {
    read_at(text, 0)
}

fn read_at(text: &str, depth: usize) -> Result<Vec<Item>, Failure> {
    if depth > DEEPEST {
        return Err(Failure::syntax("select parameter", text));
    }
    if text.trim().is_empty() {
        return Ok(if depth == 0 {
            vec![Item::All]
        } else {
            Vec::new()
        });
    }
    split(text, ',')
        .map(|part| item(part.trim(), depth))
        .collect()
}

fn item(text: &str, depth: usize) -> Result<Item, Failure> {
    let bad = || Failure::syntax("select parameter", text);
    if text.is_empty() {
        return Err(bad());
    }
    if text == "*" {
        return Ok(Item::All);
    }
    let (spread, text) = match text.strip_prefix("...") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (alias, rest) = alias(text);
    if rest == "count()" {
        return Ok(Item::Count { alias });
    }
    let Some(inner) = rest.strip_suffix(')') else {
        if spread {
            return Err(bad());
        }
        let (path, cast) = match rest.split_once("::") {
            Some((path, cast)) => (path, Some(cast.to_owned())),
            None => (rest, None),
        };
        if path == "count" && depth > 0 {
            return Ok(Item::Count { alias });
        }
        return Ok(Item::Field {
            alias,
            path: path.to_owned(),
            cast,
        });
    };
    let (head, inner) = inner.split_once('(').ok_or_else(bad)?;
    if let Some((_, function)) = head.rsplit_once('.')
        && matches!(function, "sum" | "avg" | "min" | "max" | "count")
    {
        return Err(no_aggregates());
    }
    let mut parts = head.split('!');
    let target = parts.next().unwrap_or_default().to_owned();
    let mut embed = Embed {
        alias,
        target,
        hint: None,
        inner: false,
        spread,
        items: read_at(inner, depth + 1)?,
    };
    for part in parts {
        match part {
            "inner" => embed.inner = true,
            "left" => {}
            hint => embed.hint = Some(hint.to_owned()),
        }
    }
    Ok(Item::Embed(embed))
}

/// As the hosted service comes, sums and the like are switched off.
pub(super) fn no_aggregates() -> Failure {
    Failure::new(400, "PGRST123", "Use of aggregate functions is not allowed")
}

/// Splits `alias:rest`; a cast has two colons.
fn alias(text: &str) -> (Option<String>, &str) {
    let end = text.find(['(', '!', '-']).unwrap_or(text.len());
    match text[..end].find(':') {
        Some(at) if !text[at..].starts_with("::") => (Some(text[..at].to_owned()), &text[at + 1..]),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_are_read() {
        let items =
            read("id,n:name::text,data->a->>b,posts!author!inner(title,count),...countries(name)")
                .unwrap();
        assert_eq!(items.len(), 5);
        assert_eq!(
            items[1],
            Item::Field {
                alias: Some("n".into()),
                path: "name".into(),
                cast: Some("text".into())
            }
        );
        assert!(matches!(&items[3], Item::Embed(embed)
            if embed.inner && embed.hint.as_deref() == Some("author") && embed.items[1] == Item::Count { alias: None }));
        assert!(
            matches!(&items[4], Item::Embed(embed) if embed.spread && embed.name() == "countries")
        );
        assert!(read("a,,b").is_err() && read("id.sum()").is_err());
    }
}
