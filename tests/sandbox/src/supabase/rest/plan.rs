//! A selection bound to the tables that it speaks of.

use serde_json::{Map, Value, json};

use super::super::tables::{Row, Schema, Table};
use super::Failure;
use super::query::Query;
use super::select::{Embed, Item};
use super::value::{Path, text};

/// What to answer of a table.
pub(super) struct Plan {
    pub(super) query: Query,
    fields: Vec<Field>,
}

enum Field {
    All(Vec<&'static str>),
    Column {
        name: String,
        path: Path,
        cast: Option<String>,
    },
    Count(String),
    Embed(Box<Embedded>),
}

struct Embedded {
    name: String,
    relation: Relation,
    plan: Plan,
    inner: bool,
    spread: bool,
    /// Whether only rows that have some, or none, are wanted.
    present: Option<bool>,
}

/// How two tables hang together.
struct Relation {
    table: &'static str,
    link: Link,
}

enum Link {
    /// The own column holds the other's id.
    ToOne(&'static str),
    /// The other's column holds the own id.
    ToMany(&'static str),
    /// A third table holds both ids: its name, and its columns for the own and the other one.
    Through(&'static str, &'static str, &'static str),
}

impl Plan {
    pub(super) fn new(
        schema: &Schema,
        table: &Table,
        items: &[Item],
        parameters: &[(String, String)],
        at: &str,
    ) -> Result<Self, Failure> {
        let embeds: Vec<String> = items
            .iter()
            .filter_map(|item| match item {
                Item::Embed(embed) => Some(embed.name().to_owned()),
                _ => None,
            })
            .collect();
        let query = Query::read(table, parameters, at, &embeds)?;
        let fields = items.iter().map(|item| {
            Ok(match item {
                Item::All => Field::All(table.columns.iter().map(|column| column.name).collect()),
                Item::Count { alias } => {
                    Field::Count(alias.clone().unwrap_or_else(|| "count".to_owned()))
                }
                Item::Field { alias, path, cast } => {
                    let path = Path::read(path);
                    path.kind(table)?;
                    Field::Column {
                        name: alias.clone().unwrap_or_else(|| path.name().to_owned()),
                        path,
                        cast: cast.clone(),
                    }
                }
                Item::Embed(embed) => {
                    let at = match at {
                        "" => embed.name().to_owned(),
                        at => format!("{at}.{}", embed.name()),
                    };
                    Field::Embed(Box::new(Embedded::new(
                        schema, table, embed, parameters, &at,
                    )?))
                }
            })
        });
        Ok(Self {
            query,
            fields: fields.collect::<Result<_, Failure>>()?,
        })
    }

    /// Whether rows are counted instead of shown.
    pub(super) fn counts(&self) -> bool {
        self.fields
            .iter()
            .any(|field| matches!(field, Field::Count(_)))
    }

    /// All rows that hold, in order, as they are answered.
    pub(super) fn rows<'a>(
        &self,
        schema: &Schema,
        rows: impl Iterator<Item = &'a Row>,
    ) -> Vec<Value> {
        let rows = self.query.rows(rows);
        if self.counts() {
            let count = rows.len();
            let fields = self.fields.iter().filter_map(|field| match field {
                Field::Count(name) => Some((name.clone(), json!(count))),
                _ => None,
            });
            return vec![Value::Object(fields.collect())];
        }
        rows.into_iter()
            .filter_map(|row| self.row(schema, row))
            .collect()
    }

    /// A row as it is answered. `None`: it lacks what an inner join wants.
    pub(super) fn row(&self, schema: &Schema, row: &Row) -> Option<Value> {
        let mut shown = Map::new();
        for field in &self.fields {
            match field {
                Field::All(columns) => {
                    for column in columns {
                        shown.insert(
                            (*column).to_owned(),
                            row.get(*column).cloned().unwrap_or_default(),
                        );
                    }
                }
                Field::Column { name, path, cast } => {
                    shown.insert(name.clone(), cast_to(path.get(row), cast.as_deref()));
                }
                Field::Count(_) => {}
                Field::Embed(embedded) => embedded.add(schema, row, &mut shown)?,
            }
        }
        Some(Value::Object(shown))
    }
}

impl Embedded {
    fn new(
        schema: &Schema,
        table: &Table,
        embed: &Embed,
        parameters: &[(String, String)],
        at: &str,
    ) -> Result<Self, Failure> {
        let relation = Relation::find(schema, table, embed)?;
        let other = schema.table(relation.table)?;
        let present = parameters
            .iter()
            .find(|(name, _)| name == at)
            .map(|(_, value)| value == "not.is.null");
        Ok(Self {
            name: embed.name().to_owned(),
            plan: Plan::new(schema, other, &embed.items, parameters, at)?,
            relation,
            inner: embed.inner,
            spread: embed.spread,
            present,
        })
    }

    /// Adds what belongs to a row. `None`: the row goes.
    fn add(&self, schema: &Schema, row: &Row, shown: &mut Map<String, Value>) -> Option<()> {
        let (rows, many) = self.relation.rows(schema, row);
        let mut rows = self.plan.rows(schema, rows.into_iter());
        let has = !rows.is_empty();
        if (self.inner && !has) || self.present.is_some_and(|present| present != has) {
            return None;
        }
        if many {
            let page = rows.into_iter().skip(self.plan.query.offset);
            let page = page.take(self.plan.query.limit.unwrap_or(usize::MAX));
            if self.spread {
                // Columns of many rows are answered side by side.
                let rows: Vec<Value> = page.collect();
                for name in self.plan.names() {
                    let cells: Vec<_> = rows.iter().map(|row| row[&name].clone()).collect();
                    shown.insert(name, Value::Array(cells));
                }
            } else {
                shown.insert(self.name.clone(), page.collect());
            }
            return Some(());
        }
        let one = if has {
            rows.swap_remove(0)
        } else {
            Value::Null
        };
        if self.spread {
            for name in self.plan.names() {
                shown.insert(name.clone(), one.get(&name).cloned().unwrap_or_default());
            }
        } else {
            shown.insert(self.name.clone(), one);
        }
        Some(())
    }
}

impl Plan {
    fn names(&self) -> Vec<String> {
        self.fields
            .iter()
            .flat_map(|field| match field {
                Field::All(columns) => columns.iter().map(|column| (*column).to_owned()).collect(),
                Field::Column { name, .. } | Field::Count(name) => vec![name.clone()],
                Field::Embed(embedded) => vec![embedded.name.clone()],
            })
            .collect()
    }
}

impl Relation {
    fn find(schema: &Schema, table: &Table, embed: &Embed) -> Result<Self, Failure> {
        let target = embed.target.as_str();
        let hinted = |names: &[&str]| {
            embed
                .hint
                .as_deref()
                .is_none_or(|hint| names.contains(&hint))
        };
        let mut found = Vec::new();
        for foreign in &table.foreign {
            let named =
                target == foreign.table || target == foreign.column || target == foreign.constraint;
            if named && hinted(&[foreign.column, &foreign.constraint, foreign.table]) {
                found.push(Self {
                    table: foreign.table,
                    link: Link::ToOne(foreign.column),
                });
            }
        }
        for other in schema.tables() {
            for foreign in other
                .foreign
                .iter()
                .filter(|foreign| foreign.table == table.name)
            {
                if (target == other.name || target == foreign.constraint)
                    && hinted(&[foreign.column, &foreign.constraint, other.name])
                {
                    found.push(Self {
                        table: other.name,
                        link: Link::ToMany(foreign.column),
                    });
                }
                let further = other
                    .foreign
                    .iter()
                    .find(|further| further.column != foreign.column);
                // Only a table whose key is the two references joins two others.
                let joins = other.key.len() == 2 && other.key.contains(&foreign.column);
                if let Some(further) = further.filter(|further| joins && further.table == target)
                    && hinted(&[other.name])
                {
                    found.push(Self {
                        table: further.table,
                        link: Link::Through(other.name, foreign.column, further.column),
                    });
                }
            }
        }
        match found.len() {
            1 => Ok(found.swap_remove(0)),
            0 => Err(Failure::new(
                400,
                "PGRST200",
                format!("Could not find a relationship between '{}' and '{target}' in the schema cache", table.name),
            )
            .details(format!(
                "Searched for a foreign key relationship between '{}' and '{target}' in the schema '{}', but no matches were found.",
                table.name, schema.name
            ))),
            _ => Err(Failure::new(
                300,
                "PGRST201",
                format!("Could not embed because more than one relationship was found for '{}' and '{target}'", table.name),
            )
            .hint(format!("Try changing '{target}' to one of the following: '{target}!<column>'."))),
        }
    }

    /// The rows that belong to one, and whether there may be many.
    fn rows<'a>(&self, schema: &'a Schema, row: &Row) -> (Vec<&'a Row>, bool) {
        let rows = |name: &str| {
            schema
                .table(name)
                .map(|table| table.rows.iter())
                .into_iter()
                .flatten()
        };
        let id = |row: &Row| row.get("id").cloned().unwrap_or_default();
        match self.link {
            Link::ToOne(column) => {
                let wanted = row.get(column).cloned().unwrap_or_default();
                let found =
                    rows(self.table).filter(|other| !wanted.is_null() && id(other) == wanted);
                (found.collect(), false)
            }
            Link::ToMany(column) => {
                let own = id(row);
                (
                    rows(self.table)
                        .filter(|other| other.get(column) == Some(&own))
                        .collect(),
                    true,
                )
            }
            Link::Through(join, own_column, other_column) => {
                let own = id(row);
                let ids: Vec<&Value> = rows(join)
                    .filter(|join| join.get(own_column) == Some(&own))
                    .filter_map(|join| join.get(other_column))
                    .collect();
                (
                    rows(self.table)
                        .filter(|other| ids.contains(&&id(other)))
                        .collect(),
                    true,
                )
            }
        }
    }
}

fn cast_to(value: Value, cast: Option<&str>) -> Value {
    let number = match &value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match (cast, number) {
        _ if value.is_null() => value,
        (Some("text" | "varchar"), _) => Value::String(text(&value)),
        (Some("int" | "integer" | "int4" | "int8" | "bigint"), Some(number)) => {
            #[expect(clippy::cast_possible_truncation, reason = "rounded, as SQL does")]
            let rounded = number.round() as i64;
            json!(rounded)
        }
        (Some("float" | "numeric" | "float8"), Some(number)) => json!(number),
        _ => value,
    }
}
