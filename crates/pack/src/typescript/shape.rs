//! Types of TypeScript as far as they say something of JSON.

use oxc_ast::ast::{
    Expression, PropertyKey, TSIntersectionType, TSLiteral, TSSignature, TSTupleElement, TSType,
    TSTypeName, TSTypeOperatorOperator, TSTypeParameterInstantiation, UnaryOperator,
};

/// How deep types within types are followed.
const DEPTH_MAX: usize = 16;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// It says nothing, or nothing that a schema could say.
    Any,
    /// A type of the language, in the word that JSDoc has for it too.
    Word(&'static str),
    /// One value, as JSDoc writes it.
    Literal(String),
    /// Any of these.
    Union(Vec<Shape>),
    /// All of these.
    Both(Vec<Shape>),
    Array(Box<Shape>),
    Record(Vec<Member>),
    /// An object with values of this type under any name.
    Map(Box<Shape>),
    /// A type by its name, which may be that of a namespace and one in it: `types.Order`.
    Named(String, Vec<Shape>),
}

/// A member of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) optional: bool,
    pub(super) shape: Shape,
}

impl Shape {
    /// What is written.
    pub(super) fn of(written: &TSType<'_>) -> Self {
        Reader { depth: 0 }.shape(written)
    }

    /// The members of an interface or of `{ … }`.
    pub(super) fn of_members(members: &[TSSignature<'_>]) -> Self {
        Reader { depth: 0 }.members(members)
    }

    /// A name with its arguments.
    pub(super) fn of_name(
        name: &TSTypeName<'_>,
        arguments: Option<&TSTypeParameterInstantiation<'_>>,
    ) -> Self {
        Reader { depth: 0 }.named(name, arguments)
    }
}

struct Reader {
    depth: usize,
}

impl Reader {
    fn shape(&mut self, written: &TSType<'_>) -> Shape {
        self.depth += 1;
        let shape = match self.depth > DEPTH_MAX {
            true => Shape::Any,
            false => self.read(written),
        };
        self.depth -= 1;
        shape
    }

    fn read(&mut self, written: &TSType<'_>) -> Shape {
        match written {
            TSType::TSStringKeyword(_) | TSType::TSTemplateLiteralType(_) => Shape::Word("string"),
            TSType::TSNumberKeyword(_) => Shape::Word("number"),
            TSType::TSBooleanKeyword(_) => Shape::Word("boolean"),
            TSType::TSNullKeyword(_) => Shape::Word("null"),
            TSType::TSUndefinedKeyword(_) | TSType::TSVoidKeyword(_) => Shape::Word("undefined"),
            TSType::TSObjectKeyword(_) => Shape::Word("object"),
            TSType::TSLiteralType(one) => literal(&one.literal),
            TSType::TSParenthesizedType(inner) => self.shape(&inner.type_annotation),
            TSType::TSUnionType(union) => Shape::Union(self.all(&union.types)),
            TSType::TSIntersectionType(both) => self.both(both),
            TSType::TSArrayType(array) => Shape::Array(Box::new(self.shape(&array.element_type))),
            TSType::TSTupleType(tuple) => {
                let elements = tuple.element_types.iter();
                let shapes: Vec<_> = elements.map(|element| self.element(element)).collect();
                Shape::Array(Box::new(match shapes.is_empty() {
                    true => Shape::Any,
                    false => Shape::Union(shapes),
                }))
            }
            TSType::TSNamedTupleMember(member) => self.element(&member.element_type),
            TSType::TSTypeOperatorType(one) if one.operator == TSTypeOperatorOperator::Readonly => {
                self.shape(&one.type_annotation)
            }
            TSType::TSTypeLiteral(record) => self.members(&record.members),
            TSType::TSTypeReference(reference) => {
                self.named(&reference.type_name, reference.type_arguments.as_deref())
            }
            _ => Shape::Any,
        }
    }

    fn all(&mut self, types: &[TSType<'_>]) -> Vec<Shape> {
        types.iter().map(|one| self.shape(one)).collect()
    }

    /// `string & { brand: … }` is a text: what is no object has no members.
    fn both(&mut self, both: &TSIntersectionType<'_>) -> Shape {
        let mut shapes = self.all(&both.types);
        match shapes
            .iter()
            .position(|shape| matches!(shape, Shape::Word(word) if *word != "object"))
        {
            Some(at) => shapes.swap_remove(at),
            None => Shape::Both(shapes),
        }
    }

    fn element(&mut self, element: &TSTupleElement<'_>) -> Shape {
        match element {
            TSTupleElement::TSOptionalType(one) => self.shape(&one.type_annotation),
            TSTupleElement::TSRestType(rest) => match self.shape(&rest.type_annotation) {
                Shape::Array(items) => *items,
                _ => Shape::Any,
            },
            other => other.as_ts_type().map_or(Shape::Any, |one| self.shape(one)),
        }
    }

    fn named(
        &mut self,
        name: &TSTypeName<'_>,
        arguments: Option<&TSTypeParameterInstantiation<'_>>,
    ) -> Shape {
        let name = match name {
            TSTypeName::IdentifierReference(name) => name.name.to_string(),
            TSTypeName::QualifiedName(qualified) => match &qualified.left {
                TSTypeName::IdentifierReference(left) => {
                    format!("{}.{}", left.name, qualified.right.name)
                }
                _ => return Shape::Any,
            },
            TSTypeName::ThisExpression(_) => return Shape::Any,
        };
        let arguments = arguments.map(|arguments| self.all(&arguments.params));
        Shape::Named(name, arguments.unwrap_or_default())
    }

    fn members(&mut self, members: &[TSSignature<'_>]) -> Shape {
        if let [TSSignature::TSIndexSignature(index)] = members {
            let values = self.shape(&index.type_annotation.type_annotation);
            return Shape::Map(Box::new(values));
        }
        let members = members.iter().filter_map(|member| match member {
            TSSignature::TSPropertySignature(member) => {
                let written = member.type_annotation.as_ref();
                let written = written.map(|annotation| &annotation.type_annotation);
                // A function does not cross.
                if matches!(
                    written,
                    Some(TSType::TSFunctionType(_) | TSType::TSConstructorType(_))
                ) {
                    return None;
                }
                Some(Member {
                    name: key(&member.key, member.computed)?,
                    optional: member.optional,
                    shape: written.map_or(Shape::Any, |written| self.shape(written)),
                })
            }
            _ => None,
        });
        Shape::Record(members.collect())
    }
}

fn key(key: &PropertyKey<'_>, computed: bool) -> Option<String> {
    match key {
        PropertyKey::StaticIdentifier(name) => Some(name.name.to_string()),
        PropertyKey::StringLiteral(text) if !computed => Some(text.value.to_string()),
        _ => None,
    }
}

fn literal(literal: &TSLiteral<'_>) -> Shape {
    let number = |value: f64, sign: &str| match value.is_finite() {
        true => Shape::Literal(format!("{sign}{value}")),
        false => Shape::Word("number"),
    };
    match literal {
        TSLiteral::StringLiteral(text) => {
            quoted(&text.value).map_or(Shape::Word("string"), Shape::Literal)
        }
        TSLiteral::TemplateLiteral(_) => Shape::Word("string"),
        TSLiteral::BooleanLiteral(one) => Shape::Literal(one.value.to_string()),
        TSLiteral::NumericLiteral(one) => number(one.value, ""),
        TSLiteral::UnaryExpression(one) => match &one.argument {
            Expression::NumericLiteral(value) if one.operator == UnaryOperator::UnaryNegation => {
                number(value.value, "-")
            }
            _ => Shape::Any,
        },
        TSLiteral::BigIntLiteral(_) => Shape::Any,
    }
}

/// A text in quotes, if it can stand in a comment of JSDoc as it is.
pub(super) fn quoted(text: &str) -> Option<String> {
    let quote = ['\'', '"']
        .into_iter()
        .find(|quote| !text.contains(*quote))?;
    let is_odd = |c: char| {
        c.is_control()
            || matches!(
                c,
                '{' | '}' | '@' | '*' | '\u{2028}' | '\u{2029}' | '\u{fffd}'
            )
    };
    (!text.contains(is_odd)).then(|| format!("{quote}{text}{quote}"))
}
