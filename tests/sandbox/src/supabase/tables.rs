//! Tables, as far as the REST interface needs to know them.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// A row.
pub(super) type Row = Map<String, Value>;

/// The schema that is asked for if none is named.
const PUBLIC: &str = "public";

/// Tables by schema and name.
#[derive(Clone)]
pub(super) struct Database {
    schemas: IndexMap<&'static str, IndexMap<&'static str, Table>>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// Columns that together name a row.
    pub(super) key: &'static [&'static str],
    /// Further columns whose values differ.
    pub(super) unique: &'static [&'static str],
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Database {
    pub(super) fn has_schema(&self, schema: &str) -> bool {
        self.schemas.contains_key(schema)
    }

    pub(super) fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.schemas.get(schema)?.get(name)
    }

    pub(super) fn table_mut(&mut self, schema: &str, name: &str) -> Option<&mut Table> {
        self.schemas.get_mut(schema)?.get_mut(name)
    }

    pub(super) fn tables(&self, schema: &str) -> impl Iterator<Item = &Table> {
        self.schemas
            .get(schema)
            .into_iter()
            .flat_map(IndexMap::values)
    }

    pub(super) fn schema_names(&self) -> String {
        self.schemas.keys().copied().collect::<Vec<_>>().join(", ")
    }

    /// Invented data, the same after every start.
    pub(super) fn seed() -> Self {
        let mut public = IndexMap::new();
        for table in [
            countries(),
            cities(),
            authors(),
            posts(),
            comments(),
            likes(),
            notes(),
            content(),
            generated_content(),
        ]
        .into_iter()
        .chain(super::shop::tables())
        {
            public.insert(table.name, table);
        }
        let mut archive = IndexMap::new();
        let mut old = notes();
        old.rows.truncate(1);
        archive.insert(old.name, old);
        Self {
            schemas: [(PUBLIC, public), ("archive", archive)]
                .into_iter()
                .collect(),
        }
    }
}

pub(super) fn table(
    name: &'static str,
    columns: &[(&'static str, Kind)],
    foreign: &[(&'static str, &'static str)],
    rows: &Value,
) -> Table {
    let rows = rows.as_array().into_iter().flatten().map(|values| {
        let values = values.as_array().into_iter().flatten();
        let cells = columns.iter().zip(values);
        cells
            .map(|((name, _), value)| ((*name).to_owned(), value.clone()))
            .collect()
    });
    Table {
        name,
        columns: columns
            .iter()
            .map(|(name, kind)| Column {
                name,
                kind: *kind,
                required: false,
                default: None,
            })
            .collect(),
        key: &["id"],
        unique: &[],
        foreign: foreign
            .iter()
            .map(|(column, other)| Foreign {
                column,
                table: other,
                constraint: format!("{name}_{column}_fkey"),
            })
            .collect(),
        rows: rows.collect(),
    }
}

fn countries() -> Table {
    use Kind::{Boolean, Float, Integer, Json, Range, Serial, Text, Texts};
    let columns = [
        ("id", Serial),
        ("name", Text),
        ("code", Text),
        ("continent", Text),
        ("population", Integer),
        ("area", Float),
        ("landlocked", Boolean),
        ("languages", Texts),
        ("details", Json),
        ("years", Range),
    ];
    let mut countries = table(
        "countries",
        &columns,
        &[],
        &json!([
            [1, "Austria", "AT", "Europe", 9000000, 83879.5, true, ["German"], { "capital": "Vienna", "coast": 0 }, "[1955,2026)"],
            [2, "Brazil", "BR", "South America", 203000000, 8510000.0, false, ["Portuguese"], { "capital": "Brasilia", "coast": 7491 }, "[1822,2026)"],
            [3, "Canada", "CA", "North America", 40000000, 9984670.0, false, ["English", "French"], { "capital": "Ottawa", "coast": 202080 }, "[1867,2026)"],
            [4, "Denmark", "DK", "Europe", 5900000, 42943.0, false, ["Danish"], { "capital": "Copenhagen", "coast": 7314 }, "[965,2026)"],
            [5, "Egypt", "EG", "Africa", 111000000, 1010408.0, false, ["Arabic"], { "capital": "Cairo", "coast": 2450 }, "[1922,2026)"],
            [6, "Fiji", "FJ", "Oceania", 930000, 18274.0, false, ["English", "Fijian", "Hindi"], null, "[1970,2026)"],
            [7, "Ghana", "GH", "Africa", 34000000, 239567.0, false, ["English"], { "capital": "Accra", "coast": 539 }, "[1957,2026)"],
            [8, "Atlantis", "XA", null, null, null, null, [], null, null],
        ]),
    );
    countries.unique = &["code"];
    countries.columns[1].required = true;
    countries
}

fn cities() -> Table {
    use Kind::{Boolean, Integer, Serial, Text};
    let columns = [
        ("id", Serial),
        ("name", Text),
        ("country_id", Integer),
        ("population", Integer),
        ("capital", Boolean),
    ];
    table(
        "cities",
        &columns,
        &[("country_id", "countries")],
        &json!([
            [1, "Vienna", 1, 2000000, true],
            [2, "Graz", 1, 300000, false],
            [3, "Brasilia", 2, 2900000, true],
            [4, "Sao Paulo", 2, 11500000, false],
            [5, "Ottawa", 3, 1000000, true],
            [6, "Toronto", 3, 2800000, false],
            [7, "Copenhagen", 4, 660000, true],
            [8, "Cairo", 5, 10100000, true],
            [9, "Accra", 7, 2500000, true],
            [10, "Nowhere", null, 0, false],
        ]),
    )
}

fn authors() -> Table {
    use Kind::{Json, Serial, Text, Timestamp};
    let columns = [
        ("id", Serial),
        ("name", Text),
        ("email", Text),
        ("profile", Json),
        ("created_at", Timestamp),
    ];
    let mut authors = table(
        "authors",
        &columns,
        &[],
        &json!([
            [1, "Ada", "ada@example.com", { "city": "London", "score": 10, "tags": ["math"] }, "2026-01-01T08:00:00+00:00"],
            [2, "Alan", "alan@example.com", { "city": "Manchester", "score": 20, "tags": [] }, "2026-01-02T08:00:00+00:00"],
            [3, "Grace", "grace@example.org", { "city": "Arlington", "score": 30, "tags": ["navy", "math"] }, "2026-01-03T08:00:00+00:00"],
            [4, "Edsger", "edsger@example.org", null, "2026-01-04T08:00:00+00:00"],
        ]),
    );
    authors.unique = &["email"];
    authors
}

fn posts() -> Table {
    use Kind::{Boolean, Integer, Search, Serial, Text, Texts, Timestamp};
    let columns = [
        ("id", Serial),
        ("author_id", Integer),
        ("editor_id", Integer),
        ("title", Text),
        ("body", Search),
        ("tags", Texts),
        ("published", Boolean),
        ("rating", Integer),
        ("created_at", Timestamp),
    ];
    table(
        "posts",
        &columns,
        &[("author_id", "authors"), ("editor_id", "authors")],
        &json!([
            [
                1,
                1,
                2,
                "On engines",
                "The fat cat sat on the engine.",
                ["engine", "math"],
                true,
                5,
                "2026-02-01T08:00:00+00:00"
            ],
            [
                2,
                1,
                null,
                "On notes",
                "A note about rats and notes.",
                ["notes"],
                true,
                3,
                "2026-02-02T08:00:00+00:00"
            ],
            [
                3,
                2,
                1,
                "On machines",
                "Machines and cats can think.",
                ["engine"],
                false,
                4,
                "2026-02-03T08:00:00+00:00"
            ],
            [
                4,
                3,
                null,
                "On compilers",
                "A compiler, 100% done: \"quoted\", with commas.",
                ["compiler", "navy"],
                true,
                null,
                "2026-02-04T08:00:00+00:00"
            ],
            [
                5,
                null,
                null,
                "Anonymous",
                "Nobody wrote this.",
                [],
                false,
                1,
                "2026-02-05T08:00:00+00:00"
            ],
        ]),
    )
}

fn comments() -> Table {
    use Kind::{Integer, Serial, Text};
    let columns = [
        ("id", Serial),
        ("post_id", Integer),
        ("author_id", Integer),
        ("body", Text),
    ];
    table(
        "comments",
        &columns,
        &[("post_id", "posts"), ("author_id", "authors")],
        &json!([
            [1, 1, 2, "First"],
            [2, 1, 3, "Well said"],
            [3, 2, 2, "Hm"],
            [4, 4, 1, "Thanks"],
        ]),
    )
}

fn likes() -> Table {
    use Kind::Integer;
    let columns = [("post_id", Integer), ("country_id", Integer)];
    let mut likes = table(
        "likes",
        &columns,
        &[("post_id", "posts"), ("country_id", "countries")],
        &json!([[1, 1], [1, 2], [2, 1], [4, 3],]),
    );
    likes.key = &["post_id", "country_id"];
    likes
}

fn notes() -> Table {
    use Kind::{Boolean, Integer, Json, Serial, Text, Texts, Timestamp};
    let columns = [
        ("id", Serial),
        ("title", Text),
        ("body", Text),
        ("done", Boolean),
        ("priority", Integer),
        ("labels", Texts),
        ("data", Json),
        ("created_at", Timestamp),
    ];
    let mut notes = table(
        "notes",
        &columns,
        &[],
        &json!([
            [1, "Milk", "Two bottles", false, 1, ["home"], null, "2026-03-01T08:00:00+00:00"],
            [2, "Report", null, true, 3, ["work", "urgent"], { "pages": 4 }, "2026-03-02T08:00:00+00:00"],
            [3, "Call", "Ada", false, 2, [], { "phone": true }, "2026-03-03T08:00:00+00:00"],
        ]),
    );
    notes.columns[1].required = true;
    notes.columns[3].default = Some(json!(false));
    notes.columns[7].default = Some(json!("2026-03-04T08:00:00+00:00"));
    notes
}

/// Where tasks put what they made.
fn content() -> Table {
    use Kind::{Json, Serial, Text, Timestamp};
    let columns = [
        ("id", Serial),
        ("topic", Text),
        ("title", Text),
        ("body", Text),
        ("sources", Json),
        ("created_at", Timestamp),
    ];
    let mut content = table("content", &columns, &[], &json!([]));
    content.columns[5].default = Some(json!("2026-03-04T08:00:00+00:00"));
    content
}

/// The table of the example `content-from-search`.
fn generated_content() -> Table {
    use Kind::{Json, Text, Timestamp};
    let columns = [
        ("run_id", Text),
        ("topic", Text),
        ("title", Text),
        ("content", Text),
        ("sources", Json),
        ("model", Text),
        ("created_at", Timestamp),
    ];
    let mut content = table("generated_content", &columns, &[], &json!([]));
    content.key = &["run_id"];
    content.columns[6].default = Some(json!("2026-03-04T08:00:00+00:00"));
    content
}
