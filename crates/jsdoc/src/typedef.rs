//! Types that a file names: `@typedef {object} Order` with its `@property` tags, and those of an expression.

use std::cell::{Cell, RefCell};

use indexmap::IndexMap;

use crate::block::blocks_with;
use crate::defaults::UnfitDefault;
use crate::name::{ParamName, Step};
use crate::tag::{Tag, split_tags, split_type};
use crate::{Schema, shortened, types};

/// Most types of a file that are looked at.
const TYPEDEFS_MAX: usize = 100;
/// Most properties of one type that are looked at.
const PROPERTIES_MAX: usize = 500;
/// How deep types that name each other are followed.
const DEPTH_MAX: usize = 16;
/// Most schemas that names stand for, all together: each place where a type is named has a copy of it.
const COPIES_MAX: usize = 5_000;

/// The names that a file gives to types.
#[derive(Debug, Default)]
pub(crate) struct Names {
    definitions: IndexMap<String, Definition>,
    /// What names stand for; `None`: it is being found out.
    known: RefCell<IndexMap<String, Option<Schema>>>,
    depth: Cell<usize>,
    copies: Cell<usize>,
    unknown: RefCell<Vec<String>>,
    unfit: RefCell<Vec<UnfitDefault>>,
}

#[derive(Debug, Default)]
struct Definition {
    expression: Option<String>,
    /// The texts of its `@property` tags.
    properties: Vec<String>,
}

impl Names {
    /// Reads the types that a file names.
    pub(crate) fn of(source: &str) -> Self {
        let mut names = Self::default();
        for block in blocks_with(source, &["@typedef", "@callback"]) {
            let (_, tags) = split_tags(&block);
            names.define(&tags);
        }
        names
    }

    fn define(&mut self, tags: &[Tag<'_>]) {
        let mut current: Option<&mut Definition> = None;
        for tag in tags {
            match tag.name {
                "typedef" | "callback" => {
                    let (expression, rest) = split_type(&tag.text);
                    // A function is anything, as nothing of it crosses.
                    let expression = match tag.name {
                        "callback" => Some("*"),
                        _ => expression,
                    };
                    current = None;
                    let Some(name) = rest.split_whitespace().next() else {
                        continue;
                    };
                    if self.definitions.len() < TYPEDEFS_MAX && !self.definitions.contains_key(name)
                    {
                        let definition = self.definitions.entry(name.to_owned()).or_default();
                        definition.expression = expression.map(str::to_owned);
                        current = Some(definition);
                    }
                }
                "property" | "prop" => {
                    if let Some(definition) = &mut current
                        && definition.properties.len() < PROPERTIES_MAX
                    {
                        definition.properties.push(tag.text.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// What a name stands for; `None`: the file does not say. A type within itself means anything.
    pub(crate) fn find(&self, name: &str) -> Option<Schema> {
        let definition = self.definitions.get(name)?;
        let known = self.known.borrow().get(name).cloned();
        let schema = match known {
            Some(known) => known.unwrap_or_default(),
            None if self.depth.get() >= DEPTH_MAX => Schema::default(),
            None => {
                self.known.borrow_mut().insert(name.to_owned(), None);
                self.depth.set(self.depth.get() + 1);
                let schema = self.read(name, definition);
                self.depth.set(self.depth.get() - 1);
                let known = Some(schema.clone());
                self.known.borrow_mut().insert(name.to_owned(), known);
                schema
            }
        };
        self.copies.set(self.copies.get() + schema.size());
        Some(match self.copies.get() > COPIES_MAX {
            true => Schema::default(),
            false => schema,
        })
    }

    fn read(&self, name: &str, definition: &Definition) -> Schema {
        let expression = definition.expression.as_deref().unwrap_or("object");
        let mut schema = types::parse(expression, self).schema;
        let mut described = Vec::new();
        for text in &definition.properties {
            let (expression, rest) = split_type(text);
            let Some((property, description)) = ParamName::parse(rest) else {
                continue;
            };
            let parsed = types::parse(expression.unwrap_or("*"), self);
            let mut leaf = parsed.schema;
            leaf.description = shortened(description);
            leaf.default = property.default_for(&leaf).unwrap_or_else(|wrong| {
                let place = format!("{name}.{}", wrong.place);
                self.unfit
                    .borrow_mut()
                    .push(UnfitDefault { place, ..wrong });
                None
            });
            let mut path = vec![Step::Property(property.root)];
            path.extend(property.path);
            leaf.paths(&path, &mut described);
            schema.insert(&path, leaf, property.optional || parsed.optional);
        }
        schema.imply_defaults(&mut Vec::new(), &described);
        schema
    }

    /// Notes a name that is no type.
    pub(crate) fn note_unknown(&self, name: &str) {
        self.unknown.borrow_mut().push(name.to_owned());
    }

    /// The first name that was noted since this was last asked.
    pub(crate) fn take_unknown(&self) -> Option<String> {
        self.unknown.take().into_iter().next()
    }

    /// The defaults of types that cannot be applied.
    pub(crate) fn take_unfit(&self) -> Vec<UnfitDefault> {
        self.unfit.take()
    }
}
