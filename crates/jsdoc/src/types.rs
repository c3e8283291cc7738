//! JSDoc type expressions: `string`, `?number`, `Array<string|null>`, `'a'|'b'`,
//! `{name: string, tags?: string[]}`, `Object<string, number>`.

use serde_json::Value;

use crate::typedef::Names;
use crate::{Schema, Type};

/// Deepest nesting that is understood.
const DEPTH_MAX: usize = 16;
/// Deepest schema that an expression may come to, the types in it that have names included.
const SCHEMA_DEPTH_MAX: usize = 24;
/// Longest expression that is understood, in bytes.
const LENGTH_MAX: usize = 4 << 10;

/// A type expression's meaning.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Parsed {
    /// What values must fit.
    pub(crate) schema: Schema,
    /// Whether the value may be absent: `string=`, `string|undefined`.
    pub(crate) optional: bool,
}

/// Reads a type expression of a file that gives names to types. What is not understood means anything.
pub(crate) fn parse(expression: &str, names: &Names) -> Parsed {
    if expression.len() > LENGTH_MAX {
        return Parsed::default();
    }
    let expression = expression.trim();
    let (expression, marked) = match expression.strip_suffix('=') {
        Some(expression) => (expression, true),
        None => (expression, false),
    };
    let mut parser = Parser {
        rest: expression,
        depth: 0,
        names,
        unknown: None,
    };
    let parsed = parser
        .union()
        .filter(|_| parser.rest.trim().is_empty())
        .filter(|parsed| parsed.schema.depth() <= SCHEMA_DEPTH_MAX);
    // In what is not understood a word need not be a name.
    if let Some(name) = parser.unknown.filter(|_| parsed.is_some()) {
        names.note_unknown(name);
    }
    let parsed = parsed.unwrap_or_default();
    Parsed {
        optional: parsed.optional || marked,
        ..parsed
    }
}

/// Reads from the start of `rest`. `None`: this is no type that is understood.
struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    names: &'a Names,
    /// The first name that is no type.
    unknown: Option<&'a str>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn union(&mut self) -> Option<Parsed> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let mut members = Vec::new();
        let mut optional = false;
        self.take("|");
        loop {
            match self.both()? {
                None => optional = true,
                Some(schema) => members.push(schema),
            }
            if !self.take("|") {
                break;
            }
        }
        self.depth -= 1;
        Some(Parsed {
            schema: Schema::any(members),
            optional,
        })
    }

    /// `A & B`, or one type.
    fn both(&mut self) -> Option<Member> {
        let mut member = self.postfix()?;
        while self.take("&") {
            let other = self.postfix()?;
            member = member.zip(other).map(|(one, other)| one.both(other));
        }
        Some(member)
    }

    fn postfix(&mut self) -> Option<Member> {
        let nullable = self.take("?");
        if !nullable {
            self.take("!");
        }
        let mut member = self.primary()?;
        for _ in 0..DEPTH_MAX {
            if !self.take("[]") {
                break;
            }
            member = Some(Schema::array_of(member.unwrap_or_default()));
        }
        if nullable || self.take("?") {
            member = Some(Schema::any(vec![
                member.unwrap_or_default(),
                Schema::of(Type::Null),
            ]));
        }
        Some(member)
    }

    fn primary(&mut self) -> Option<Member> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        let schema = match first {
            '*' => {
                self.take("*");
                Schema::default()
            }
            '(' => {
                self.take("(");
                let inner = self.union()?;
                if !self.take(")") {
                    return None;
                }
                inner.schema
            }
            '{' => {
                self.take("{");
                self.record()?
            }
            '"' | '\'' | '`' => literal(self.quoted(first)?.into()),
            '-' | '0'..='9' => {
                let word = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
                literal(serde_json::from_str(word).ok().filter(Value::is_number)?)
            }
            _ => {
                let name = self.word(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
                if name.is_empty() {
                    return None;
                }
                let arguments = self.arguments()?;
                return Some(self.named(name.trim_end_matches('.'), arguments));
            }
        };
        Some(Some(schema))
    }

    /// `<A, B>`, or nothing.
    fn arguments(&mut self) -> Option<Vec<Schema>> {
        let mut arguments = Vec::new();
        if !self.take("<") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.union()?.schema);
            if self.take(">") {
                return Some(arguments);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    /// The members of `{name: type, other?: type}`, behind its brace.
    fn record(&mut self) -> Option<Schema> {
        let mut record = Schema::of(Type::Object);
        while !self.take("}") {
            self.rest = self.rest.trim_start();
            let name = match self.rest.chars().next()? {
                quote @ ('"' | '\'') => self.quoted(quote)?,
                _ => self.word(|c| c.is_alphanumeric() || matches!(c, '_' | '$')),
            };
            let optional = self.take("?");
            if name.is_empty() || !self.take(":") {
                return None;
            }
            let member = self.union()?;
            let step = crate::name::Step::Property(name.to_owned());
            record.insert(&[step], member.schema, optional || member.optional);
            if !self.take(",") {
                self.take(";");
            }
        }
        Some(record)
    }

    fn named(&mut self, name: &'a str, mut arguments: Vec<Schema>) -> Member {
        if let Some(schema) = self.names.find(name) {
            return Some(schema);
        }
        built_in(name, &mut arguments).unwrap_or_else(|| {
            if !says_nothing(name) {
                self.unknown.get_or_insert(name);
            }
            Some(Schema::default())
        })
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn quoted(&mut self, quote: char) -> Option<&'a str> {
        let (text, rest) = self.rest.strip_prefix(quote)?.split_once(quote)?;
        self.rest = rest;
        Some(text)
    }
}

/// A member of a union; `None` is `undefined`: no value at all.
type Member = Option<Schema>;

fn literal(value: Value) -> Schema {
    Schema {
        values: vec![value],
        ..Schema::default()
    }
}

/// Whether a name is that of a built-in type, although it says nothing about values: all others begin with a capital letter,
/// unless the file defines them.
fn says_nothing(name: &str) -> bool {
    let is_word = name.chars().all(|c| c.is_ascii_lowercase());
    !is_word || WORDS.contains(&name)
}

/// Built-in types of which any value may be, and operators on types.
const WORDS: &[&str] = &[
    "any", "asserts", "bigint", "date", "function", "import", "infer", "keyof", "mixed", "never",
    "readonly", "symbol", "this", "typeof", "unique", "unknown",
];

/// A built-in type; `None`: there is none of this name.
fn built_in(name: &str, arguments: &mut Vec<Schema>) -> Option<Member> {
    let schema = match name {
        "undefined" | "void" => return Some(None),
        "string" | "String" => Schema::of(Type::String),
        // A Date crosses as its ISO text.
        "Date" => Schema::of(Type::String),
        "number" | "Number" | "float" | "double" => Schema::of(Type::Number),
        "integer" | "Integer" | "int" => Schema::of(Type::Integer),
        "boolean" | "Boolean" | "bool" => Schema::of(Type::Boolean),
        "true" => literal(true.into()),
        "false" => literal(false.into()),
        "null" => Schema::of(Type::Null),
        "array" | "Array" | "ReadonlyArray" => {
            Schema::array_of(arguments.pop().unwrap_or_default())
        }
        "Promise" | "Readonly" | "NonNullable" => arguments.pop().unwrap_or_default(),
        "Partial" => Schema {
            required: Vec::new(),
            ..arguments.pop().unwrap_or_default()
        },
        "object" | "Object" | "Record" => {
            let values = arguments
                .pop()
                .filter(|values| *values != Schema::default());
            Schema {
                additional_properties: values.map(Box::new),
                ..Schema::of(Type::Object)
            }
        }
        _ => return None,
    };
    Some(Some(schema))
}
