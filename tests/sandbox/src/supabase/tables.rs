//! Tables, as far as the REST interface needs to know them.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::rest::Failure;

/// A row.
pub(super) type Row = Map<String, Value>;

/// The schema that is asked for if none is named.
const PUBLIC: &str = "public";

/// All schemas.
pub(super) struct Database(IndexMap<&'static str, Schema>);

/// Tables by their names.
#[derive(Clone)]
pub(super) struct Schema {
    pub(super) name: &'static str,
    tables: IndexMap<&'static str, Table>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// Columns that together name a row.
    pub(super) key: Vec<&'static str>,
    /// Further columns whose values differ.
    pub(super) unique: Vec<&'static str>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// `None`: null.
    pub(super) default: Option<Value>,
}

/// A column refers to another table's `id`.
#[derive(Debug, Clone)]
pub(super) struct Foreign {
    pub(super) column: &'static str,
    pub(super) table: &'static str,
    pub(super) constraint: String,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Integer,
    /// An integer that the database counts up.
    Serial,
    Float,
    Text,
    Boolean,
    Json,
    Texts,
    Timestamp,
    Range,
    /// Text with a search index; a search in any text column does the same.
    Search,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Integer | Self::Serial => "integer",
            Self::Float => "double precision",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Json => "json",
            Self::Texts => "text[]",
            Self::Timestamp => "timestamp with time zone",
            Self::Range => "int4range",
            Self::Search => "tsvector",
        }
    }
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Schema {
    pub(super) fn table(&self, name: &str) -> Result<&Table, Failure> {
        let missing = || Failure::no_table(self.name, name, self.tables.keys());
        self.tables.get(name).ok_or_else(missing)
    }

    /// A table that is there, to change it.
    pub(super) fn table_mut(&mut self, name: &str) -> &mut Table {
        &mut self.tables[name]
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}

impl Database {
    pub(super) fn schema_mut(&mut self, name: &str) -> Option<&mut Schema> {
        self.0.get_mut(name)
    }

    pub(super) fn schema_names(&self) -> String {
        self.0.keys().copied().collect::<Vec<_>>().join(", ")
    }

    /// Invented data, the same after every start. The schema `archive` has the first of the notes.
    pub(super) fn seed() -> Self {
        let tables: IndexMap<&str, Seed<'_>> =
            serde_json::from_str(TABLES).expect("the tables are JSON");
        let public: IndexMap<_, _> = tables
            .into_iter()
            .map(|(name, seed)| (name, seed.table(name)))
            .collect();
        let mut notes = public["notes"].clone();
        notes.rows.truncate(1);
        let archive = IndexMap::from([(notes.name, notes)]);
        let schemas = [(PUBLIC, public), ("archive", archive)];
        Self(
            schemas
                .map(|(name, tables)| (name, Schema { name, tables }))
                .into(),
        )
    }
}

/// The tables, and what is in them from the start.
const TABLES: &str = include_str!("../../data/tables.json");

/// A table as `tables.json` has it.
#[derive(Deserialize)]
struct Seed<'a> {
    #[serde(borrow)]
    columns: IndexMap<&'a str, Kind>,
    /// `id`, if it says nothing else.
    #[serde(borrow, default)]
    key: Vec<&'a str>,
    #[serde(borrow, default)]
    unique: Vec<&'a str>,
    #[serde(borrow, default)]
    required: Vec<&'a str>,
    #[serde(default)]
    defaults: Map<String, Value>,
    /// Columns that refer to other tables.
    #[serde(borrow, default)]
    references: IndexMap<&'a str, &'a str>,
    /// The values of each row, in the order of the columns.
    rows: Vec<Vec<Value>>,
}

impl Seed<'static> {
    fn table(self, name: &'static str) -> Table {
        let names: Vec<&str> = self.columns.keys().copied().collect();
        let row = |values: Vec<Value>| {
            let names = names.iter().map(|name| (*name).to_owned());
            names.zip(values).collect()
        };
        Table {
            name,
            rows: self.rows.into_iter().map(row).collect(),
            columns: self
                .columns
                .into_iter()
                .map(|(name, kind)| Column {
                    name,
                    kind,
                    required: self.required.contains(&name),
                    default: self.defaults.get(name).cloned(),
                })
                .collect(),
            key: if self.key.is_empty() {
                vec!["id"]
            } else {
                self.key
            },
            unique: self.unique,
            foreign: self
                .references
                .into_iter()
                .map(|(column, table)| Foreign {
                    column,
                    table,
                    constraint: format!("{name}_{column}_fkey"),
                })
                .collect(),
        }
    }
}
