//! The part of JSON Schema (2020-12) that JSDoc types need.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::name::Step;

/// Most properties of one object that are kept.
const PROPERTIES_MAX: usize = 500;

/// A JSON Schema. The default takes anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The dialect; at the root only.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The types that a value may have; any if absent.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Types>,
    /// The values that are allowed, if only some are.
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Schemas of which at least one must fit, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    /// What an object's properties must fit, in the order of the tags.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, Schema>,
    /// The properties that an object must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// What an object's other properties must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<Box<Schema>>,
    /// What an array's items must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// What the task is given for a value that is absent; `null` is a default, too.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub default: Option<Value>,
}

/// A value that is there, even if it is `null`.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// One type or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Types {
    /// Exactly this one.
    One(Type),
    /// Any of these.
    Many(Vec<Type>),
}

impl Types {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Type] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A type of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// `null`
    Null,
    /// `true` and `false`
    Boolean,
    /// A number without a fraction
    Integer,
    /// Any number
    Number,
    /// Text
    String,
    /// A list
    Array,
    /// Names and values
    Object,
}

impl Schema {
    /// The dialect of the schemas made here.
    pub const DIALECT: &'static str = "https://json-schema.org/draft/2020-12/schema";

    /// The schema of one type.
    #[must_use]
    pub fn of(one: Type) -> Self {
        Self {
            types: Some(Types::One(one)),
            ..Self::default()
        }
    }

    /// The schema of arrays whose items fit another.
    #[must_use]
    pub fn array_of(items: Self) -> Self {
        let items = (items != Self::default()).then(|| Box::new(items));
        Self {
            items,
            ..Self::of(Type::Array)
        }
    }

    /// What fits at least one of these schemas, in its shortest form.
    #[must_use]
    pub fn any(mut of: Vec<Self>) -> Self {
        if of.contains(&Self::default()) {
            return Self::default();
        }
        if of.len() <= 1 {
            return of.pop().unwrap_or_default();
        }
        if of.iter().all(|schema| !schema.values.is_empty()) {
            let values = of.into_iter().flat_map(|schema| schema.values).collect();
            return Self {
                values,
                ..Self::default()
            };
        }
        let plain: Option<Vec<Type>> = of
            .iter()
            .map(|schema| match schema.types {
                Some(Types::One(one)) if *schema == Self::of(one) => Some(one),
                _ => None,
            })
            .collect();
        match plain {
            Some(mut types) => {
                let mut seen = Vec::new();
                types.retain(|one| {
                    !seen.contains(one) && {
                        seen.push(*one);
                        true
                    }
                });
                let types = if types.len() == 1 {
                    Types::One(types[0])
                } else {
                    Types::Many(types)
                };
                Self {
                    types: Some(types),
                    ..Self::default()
                }
            }
            None => Self {
                any_of: of,
                ..Self::default()
            },
        }
    }

    /// Puts a schema at the end of a way. What the way passes through becomes an object or an
    /// array, unless it is something else already: then nothing can be said there.
    pub(crate) fn insert(&mut self, path: &[Step], leaf: Self, optional: bool) {
        let Some((step, rest)) = path.split_first() else {
            // Its parts may have been described before the whole was.
            if self.properties.is_empty() && self.items.is_none() {
                *self = leaf;
            } else {
                self.description = leaf.description;
                self.default = leaf.default;
            }
            return;
        };
        match step {
            Step::Property(name) => {
                if !self.become_type(Type::Object) || self.properties.len() >= PROPERTIES_MAX {
                    return;
                }
                if rest.is_empty() && !optional && !self.required.contains(name) {
                    self.required.push(name.clone());
                }
                self.properties
                    .entry(name.clone())
                    .or_default()
                    .insert(rest, leaf, optional);
            }
            Step::Items => {
                if self.become_type(Type::Array) {
                    self.items
                        .get_or_insert_default()
                        .insert(rest, leaf, optional);
                }
            }
        }
    }

    /// The ways to this schema and to all that is described within it.
    pub(crate) fn paths(&self, path: &[Step], found: &mut Vec<Vec<Step>>) {
        found.push(path.to_vec());
        for (name, schema) in &self.properties {
            schema.paths(&[path, &[Step::Property(name.clone())]].concat(), found);
        }
        if let Some(items) = &self.items {
            items.paths(&[path, &[Step::Items]].concat(), found);
        }
    }

    /// The schemas in this one.
    fn parts(&self) -> impl Iterator<Item = &Self> {
        let boxed = [&self.items, &self.additional_properties];
        let of_boxed = boxed.into_iter().flatten().map(AsRef::as_ref);
        self.properties.values().chain(&self.any_of).chain(of_boxed)
    }

    /// How many schemas it is.
    pub(crate) fn size(&self) -> usize {
        1 + self.parts().map(Self::size).sum::<usize>()
    }

    /// How deep they are within each other.
    pub(crate) fn depth(&self) -> usize {
        1 + self.parts().map(Self::depth).max().unwrap_or(0)
    }

    /// What fits both of two schemas of objects; anything if one is of something else.
    pub(crate) fn both(self, other: Self) -> Self {
        let object = Some(Types::One(Type::Object));
        if self.types != object || other.types != object {
            return Self::default();
        }
        let mut both = self;
        both.properties.extend(other.properties);
        let new: Vec<_> = (other.required.into_iter())
            .filter(|name| !both.required.contains(name))
            .collect();
        both.required.extend(new);
        both.additional_properties = both.additional_properties.or(other.additional_properties);
        both
    }

    /// Whether values of this type are what the schema is about. An unknown type becomes it.
    fn become_type(&mut self, one: Type) -> bool {
        if self.types.is_none() && self.values.is_empty() && self.any_of.is_empty() {
            self.types = Some(Types::One(one));
        }
        self.types
            .as_ref()
            .is_some_and(|types| types.as_slice().contains(&one))
    }
}
