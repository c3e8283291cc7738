//! What the types of a task's function say of its input, as comments of JSDoc that stand at the end of its code.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::declared::{Declared, Types};
use super::lookup::{Lookup, Sources};
use super::shape::{Shape, quoted};

/// Most types that have names in the comments.
const TYPES_MAX: usize = 100;
/// How deep types within types are followed.
const DEPTH_MAX: usize = 24;
/// Most types that are looked at, each time that they are.
const STEPS_MAX: usize = 20_000;
/// Longest expression: a longer one would not be read.
const EXPRESSION_MAX: usize = 4 << 10;
/// Anything.
const ANY: &str = "*";

/// The comments for a task file; `None`: its types say nothing.
pub(crate) fn comments(file: &str, types: Types, sources: &dyn Sources) -> Option<String> {
    let input = types.input.clone()?;
    let mut writer = Writer {
        lookup: Lookup::new(file, types, sources),
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
        waiting: VecDeque::new(),
        depth: 0,
        steps: 0,
    };
    let input = writer.write(&input, &Scope::default());
    if input == ANY {
        return None;
    }
    let mut comments = String::new();
    while let Some((name, shape, scope)) = writer.waiting.pop_front() {
        let expression = writer.write(&shape, &scope);
        comments.push_str(&format!("/** @typedef {{{expression}}} {name} */\n"));
    }
    comments.push_str(&format!("/** @input {{{input}}} */\n"));
    Some(comments)
}

/// Where a type is written.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// The number of its file.
    file: usize,
    /// What the parameters of the type around it stand for.
    params: BTreeMap<String, String>,
}

/// A name with its arguments, in the file that declares it.
type Use = (usize, String, Vec<String>);
/// A member's name, whether it is optional, and its type.
type Written = (String, bool, String);

struct Writer<'s> {
    lookup: Lookup<'s>,
    /// What types are called in the comments.
    names: BTreeMap<Use, String>,
    taken: BTreeSet<String>,
    /// Those that are called so and are not explained yet.
    waiting: VecDeque<(String, Shape, Scope)>,
    depth: usize,
    steps: usize,
}

impl Writer<'_> {
    /// Goes a step deeper, if that is not too much.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        self.steps += 1;
        self.depth <= DEPTH_MAX && self.steps <= STEPS_MAX
    }

    /// A type as JSDoc writes it. What it has no words for is anything.
    fn write(&mut self, shape: &Shape, scope: &Scope) -> String {
        let expression = match self.enter() {
            true => self.expression(shape, scope),
            false => ANY.to_owned(),
        };
        self.depth -= 1;
        match expression.len() > EXPRESSION_MAX {
            true => ANY.to_owned(),
            false => expression,
        }
    }

    fn expression(&mut self, shape: &Shape, scope: &Scope) -> String {
        match shape {
            Shape::Any => ANY.to_owned(),
            Shape::Word(word) => (*word).to_owned(),
            Shape::Literal(literal) => literal.clone(),
            Shape::Union(shapes) => {
                let all = self.all(shapes, scope);
                match all.iter().any(|one| one == ANY) {
                    true => ANY.to_owned(),
                    false => joined(&all, " | "),
                }
            }
            Shape::Both(shapes) => {
                let mut all = self.all(shapes, scope);
                all.retain(|one| one != ANY);
                joined(&all, " & ")
            }
            Shape::Array(items) => format!("Array<{}>", self.write(items, scope)),
            Shape::Map(values) => format!("Record<string, {}>", self.write(values, scope)),
            Shape::Record(_) => {
                let members = self.members(shape, scope).unwrap_or_default();
                record(&members)
            }
            Shape::Named(name, arguments) => self.named(name, arguments, scope),
        }
    }

    fn all(&mut self, shapes: &[Shape], scope: &Scope) -> Vec<String> {
        shapes.iter().map(|one| self.write(one, scope)).collect()
    }

    fn named(&mut self, name: &str, arguments: &[Shape], scope: &Scope) -> String {
        if let Some(stands_for) = scope.params.get(name) {
            return stands_for.clone();
        }
        let Some((file, declared)) = self.lookup.find(scope.file, name) else {
            return self.of_the_language(name, arguments, scope);
        };
        let arguments = self.arguments(&declared, arguments, scope, file);
        let last = name.rsplit('.').next().unwrap_or(name);
        let used = (file, last.to_owned(), arguments);
        if let Some(known) = self.names.get(&used) {
            return known.clone();
        }
        if self.names.len() >= TYPES_MAX {
            return ANY.to_owned();
        }
        let name = self.free_name(last);
        let params = declared.params.iter().map(|(name, _)| name.clone());
        let scope = Scope {
            file,
            params: params.zip(used.2.iter().cloned()).collect(),
        };
        self.names.insert(used, name.clone());
        self.waiting
            .push_back((name.clone(), declared.shape, scope));
        name
    }

    /// What is written for the parameters of a type.
    fn arguments(
        &mut self,
        declared: &Declared,
        given: &[Shape],
        scope: &Scope,
        file: usize,
    ) -> Vec<String> {
        let mut given = given.iter();
        let mut its_own = Scope {
            file,
            params: BTreeMap::new(),
        };
        for (name, default) in &declared.params {
            let argument = match (given.next(), default) {
                (Some(given), _) => self.write(given, scope),
                (None, Some(default)) => self.write(default, &its_own.clone()),
                (None, None) => ANY.to_owned(),
            };
            its_own.params.insert(name.clone(), argument);
        }
        let names = declared.params.iter().map(|(name, _)| name);
        names
            .filter_map(|name| its_own.params.get(name).cloned())
            .collect()
    }

    /// A name for the comments that nothing else has there.
    fn free_name(&mut self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
            .collect();
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let free = names.find(|name| !name.is_empty() && self.taken.insert(name.clone()));
        free.unwrap_or_default()
    }

    /// Types that every file knows.
    fn of_the_language(&mut self, name: &str, arguments: &[Shape], scope: &Scope) -> String {
        let first = arguments.first();
        match (name, arguments) {
            ("Array" | "ReadonlyArray", [items]) => format!("Array<{}>", self.write(items, scope)),
            ("Array" | "ReadonlyArray", []) => "Array".to_owned(),
            ("Record", [_, values]) => format!("Record<string, {}>", self.write(values, scope)),
            ("Readonly" | "NonNullable" | "Awaited" | "Promise", [one]) => self.write(one, scope),
            ("Date" | "String", []) => "string".to_owned(),
            ("Number", []) => "number".to_owned(),
            ("Boolean", []) => "boolean".to_owned(),
            ("Object", []) => "object".to_owned(),
            ("Partial" | "Required" | "Pick" | "Omit", _) => {
                let members = first.and_then(|first| self.members(first, scope));
                let Some(mut members) = members else {
                    return ANY.to_owned();
                };
                let Some(keys) = arguments.get(1).map(keys).unwrap_or(Some(Vec::new())) else {
                    return ANY.to_owned();
                };
                for member in &mut members {
                    member.1 = match name {
                        "Partial" => true,
                        "Required" => false,
                        _ => member.1,
                    };
                }
                match name {
                    "Pick" => members.retain(|member| keys.contains(&member.0)),
                    "Omit" => members.retain(|member| !keys.contains(&member.0)),
                    _ => {}
                }
                record(&members)
            }
            _ => ANY.to_owned(),
        }
    }

    /// The members of a type, if it is one with members.
    fn members(&mut self, shape: &Shape, scope: &Scope) -> Option<Vec<Written>> {
        let members = match self.enter() {
            true => self.members_of(shape, scope),
            false => None,
        };
        self.depth -= 1;
        members
    }

    fn members_of(&mut self, shape: &Shape, scope: &Scope) -> Option<Vec<Written>> {
        match shape {
            Shape::Record(members) => Some(
                (members.iter())
                    .map(|member| {
                        let written = self.write(&member.shape, scope);
                        (member.name.clone(), member.optional, written)
                    })
                    .collect(),
            ),
            Shape::Both(shapes) => {
                let mut all: Vec<Written> = Vec::new();
                for shape in shapes {
                    for member in self.members(shape, scope)? {
                        // What is declared again is declared more closely.
                        all.retain(|known| known.0 != member.0);
                        all.push(member);
                    }
                }
                Some(all)
            }
            Shape::Named(name, arguments) => {
                let (file, declared) = self.lookup.find(scope.file, name)?;
                let written = self.arguments(&declared, arguments, scope, file);
                let params = declared.params.iter().map(|(name, _)| name.clone());
                let params = params.zip(written).collect();
                self.members(&declared.shape, &Scope { file, params })
            }
            _ => None,
        }
    }
}

fn joined(all: &[String], between: &str) -> String {
    match all {
        [] => ANY.to_owned(),
        [one] => one.clone(),
        all => format!("({})", all.join(between)),
    }
}

/// A record in JSDoc's words. A member whose name cannot be written says nothing.
fn record(members: &[Written]) -> String {
    let members: Vec<_> = (members.iter())
        .filter_map(|(name, optional, written)| {
            let is_word = !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
            let name = match is_word {
                true => name.clone(),
                false => quoted(name).filter(|quoted| quoted.len() > 2)?,
            };
            let mark = if *optional { "?" } else { "" };
            Some(format!("{name}{mark}: {written}"))
        })
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// The texts of a union of literals.
fn keys(shape: &Shape) -> Option<Vec<String>> {
    let all = match shape {
        Shape::Union(shapes) => shapes.as_slice(),
        one => std::slice::from_ref(one),
    };
    all.iter()
        .map(|one| match one {
            Shape::Literal(text) => {
                let text = text.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
                Some(text.to_owned())
            }
            _ => None,
        })
        .collect()
}
