//! What a task file says about itself in its JSDoc: name, description, input and result.
//!
//! ```
//! let doc = tasker_jsdoc::parse(
//!     "/**
//!       * @task greet
//!       * @description Greets someone.
//!       * @param {object} input
//!       * @param {string} input.name - Whom to greet
//!       * @param {number} [input.times=1] - How often
//!       * @returns {string[]} The greetings
//!       */
//!      module.exports = async function execute(input) { }",
//! );
//! assert_eq!(doc.name.as_deref(), Some("greet"));
//! let schema = doc.input.unwrap();
//! assert_eq!(schema.validate(&serde_json::json!({"name": "Ada"})), []);
//! assert_eq!(schema.validate(&serde_json::json!({"name": 7}))[0].path, "/name");
//! ```
//!
//! Nothing here fails: task files are written by anyone, and a comment that cannot be understood
//! says nothing. What is taken from it is bounded in size and nesting.

mod block;
mod defaults;
mod literal;
mod name;
mod schedule;
mod schema;
mod tag;
mod typedef;
mod types;
mod validate;

pub use defaults::{DEFAULTS_MAX_BYTES, DefaultsTooLarge, UnfitDefault, with_defaults};
pub use schedule::{ScheduleTag, schedule_hint};
pub use schema::{Schema, Type, Types};
pub use validate::{Violation, validate};

use crate::block::{blocks_with, chosen_block};
use crate::name::ParamName;
use crate::tag::{Tag, split_tags};
use crate::typedef::Names;

/// Longest description that is kept, in characters.
const DESCRIPTION_MAX: usize = 2_000;
/// Most `@schedule` tags that are looked at: more than anyone may publish.
const SCHEDULES_MAX: usize = 100;
/// Most `@param` tags that are looked at.
const PARAMS_MAX: usize = 500;

/// What a task file says about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskDoc {
    /// `@task`: the name that it wants to be published under.
    pub name: Option<String>,
    /// `@description`, or the text before the first tag.
    pub description: Option<String>,
    /// The input, from the `@param` tags of the first parameter; `None` takes anything.
    pub input: Option<Schema>,
    /// `@keystore`: patterns of the keystore's namespaces that it uses; `None` if it does not say.
    pub keystore: Option<Vec<String>>,
    /// `@calls`: patterns of the only tasks that it calls and starts; `None` if it does not say.
    pub calls: Option<Vec<String>>,
    /// `@hears`: patterns of the only events that it waits for; `None` if it does not say.
    pub hears: Option<Vec<String>>,
    /// `@timeout`: how long a run may take, as it is written.
    pub timeout: Option<String>,
    /// `@retention`: how long its runs are kept, as it is written.
    pub retention: Option<String>,
    /// `@priority`: the priority of its runs, as it is written.
    pub priority: Option<String>,
    /// `@concurrency`: how many of its runs may go on at once, as it is written.
    pub concurrency: Option<String>,
    /// `@retry`: how often a run is tried, as it is written.
    pub retry: Option<String>,
    /// `@schedule`: when it is run by itself.
    pub schedules: Vec<ScheduleTag>,
    /// The result, from `@returns`.
    pub returns: Option<Schema>,
    /// Defaults of the input that cannot be applied.
    pub unfit_defaults: Vec<UnfitDefault>,
    /// Types of the input that there are not.
    pub unknown_types: Vec<UnknownType>,
}

/// A name that stands where a type should, and is none: mostly one that is misspelt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownType {
    /// What is said to have it: `input.lines[].count`.
    pub place: String,
    /// The name.
    pub name: String,
}

/// Reads the JSDoc of a task file: of the first block with `@task`, else of the last block that
/// stands right before an export.
#[must_use]
pub fn parse(source: &str) -> TaskDoc {
    let block = chosen_block(source).unwrap_or_default();
    let (text, tags) = split_tags(&block);
    let types = Names::of(source);
    let mut doc = TaskDoc {
        description: shortened(&text),
        ..TaskDoc::default()
    };
    for tag in &tags {
        match tag.name {
            "task" => {
                doc.name = doc
                    .name
                    .or_else(|| tag.text.split_whitespace().next().map(str::to_owned))
            }
            "description" | "desc" => doc.description = shortened(&tag.text).or(doc.description),
            "keystore" => add_names(&mut doc.keystore, &tag.text),
            "calls" => add_names(&mut doc.calls, &tag.text),
            "hears" => add_names(&mut doc.hears, &tag.text),
            "timeout" => {
                doc.timeout = tag
                    .text
                    .split(" - ")
                    .next()
                    .map(|text| text.trim().to_owned())
            }
            "retention" => doc.retention = Some(tag.text.trim().to_owned()),
            "priority" => doc.priority = Some(tag.text.trim().to_owned()),
            "retry" => doc.retry = Some(tag.text.trim().to_owned()),
            "concurrency" => doc.concurrency = Some(tag.text.trim().to_owned()),
            "schedule" if doc.schedules.len() < SCHEDULES_MAX => {
                doc.schedules.push(ScheduleTag::parse(&tag.text));
            }
            "returns" | "return" => doc.returns = Some(returns(&tag.text, &types)),
            _ => {}
        }
    }
    let has_types = tags
        .iter()
        .any(|tag| is_param(tag) && tag::split_type(&tag.text).0.is_some());
    let whole = match has_types {
        true => None,
        false => whole_input(source, &types, &mut doc),
    };
    doc.input = whole.or_else(|| input(&tags, &types, &mut doc));
    doc
}

fn is_param(tag: &Tag<'_>) -> bool {
    matches!(tag.name, "param" | "arg" | "argument")
}

/// The schema of `@input {type}`, which may stand in any comment.
fn whole_input(source: &str, types: &Names, doc: &mut TaskDoc) -> Option<Schema> {
    let block = blocks_with(source, &["@input"]).pop()?;
    let tags = split_tags(&block).1;
    let tag = tags.iter().find(|tag| tag.name == "input")?;
    let expression = tag::split_type(&tag.text).0?;
    types.take_unknown();
    let mut schema = crate::types::parse(expression, types).schema;
    doc.unknown_types
        .extend(types.take_unknown().map(|name| UnknownType {
            place: "input".to_owned(),
            name,
        }));
    doc.unfit_defaults.extend(types.take_unfit());
    schema.dialect = Some(Schema::DIALECT.to_owned());
    Some(schema)
}

/// The names of a list, which ends at a dash with a remark after it.
fn add_names(list: &mut Option<Vec<String>>, text: &str) {
    list.get_or_insert_default().extend(names(text));
}

fn names(text: &str) -> impl Iterator<Item = String> {
    text.split([',', ' ', '\t', '\n'])
        .filter(|name| !name.is_empty())
        .take_while(|name| *name != "-")
        .map(str::to_owned)
}

/// The schema of the first parameter. Later parameters are what Tasker itself passes.
fn input(tags: &[Tag<'_>], types: &Names, doc: &mut TaskDoc) -> Option<Schema> {
    types.take_unknown();
    let mut root: Option<(String, Schema)> = None;
    let mut described = Vec::new();
    for tag in tags.iter().filter(|tag| is_param(tag)).take(PARAMS_MAX) {
        let (expression, rest) = tag::split_type(&tag.text);
        let Some((name, description)) = ParamName::parse(rest) else {
            continue;
        };
        let parsed = crate::types::parse(expression.unwrap_or("*"), types);
        let unknown = types.take_unknown();
        let (root_name, schema) =
            root.get_or_insert_with(|| (name.root.clone(), Schema::default()));
        if *root_name != name.root || matches!(name.root.as_str(), "context" | "tools") {
            continue;
        }
        doc.unknown_types.extend(unknown.map(|unknown| UnknownType {
            place: name.place(),
            name: unknown,
        }));
        let optional = name.optional || parsed.optional;
        let mut leaf = parsed.schema;
        leaf.description = shortened(description);
        leaf.default = name.default_for(&leaf).unwrap_or_else(|wrong| {
            doc.unfit_defaults.push(wrong);
            None
        });
        leaf.paths(&name.path, &mut described);
        schema.insert(&name.path, leaf, optional);
    }
    let (name, mut schema) = root?;
    if matches!(name.as_str(), "context" | "tools") {
        return None;
    }
    schema.imply_defaults(&mut Vec::new(), &described);
    doc.unfit_defaults.extend(types.take_unfit());
    schema.unfit_defaults(&name, &mut doc.unfit_defaults);
    schema.dialect = Some(Schema::DIALECT.to_owned());
    Some(schema)
}

fn returns(text: &str, names: &Names) -> Schema {
    let (expression, description) = tag::split_type(text);
    let mut schema = types::parse(expression.unwrap_or("*"), names).schema;
    schema.description = shortened(description);
    schema
}

/// Text with its white space tidied and its length bounded; `None` if nothing is left.
fn shortened(text: &str) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let tidy: String = words.join(" ").chars().take(DESCRIPTION_MAX).collect();
    let tidy = tidy.trim_start_matches("- ");
    (!tidy.is_empty()).then(|| tidy.to_owned())
}
