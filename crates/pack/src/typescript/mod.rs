//! Makes JavaScript of TypeScript by blanking out its types, so that every line and column stays. What of TypeScript is code
//! rather than a type, such as an enum, is refused with its place.

mod class;
mod declared;
#[cfg(test)]
mod differential;
mod entry;
mod imports;
mod lookup;
mod schema;
#[cfg(test)]
mod schema_tests;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod used;
mod visit;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Declaration, Function, FunctionType, Program, Statement, TSNamespaceDeclarationBody,
};
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{SourceType, Span};

use crate::deep;
use crate::place::{Place, SyntaxError};
pub(crate) use declared::Types;
pub(crate) use lookup::Sources;
pub(crate) use schema::comments;
use text::Text;
use used::Names;

/// Whether a file's ending says that it is TypeScript.
pub(crate) fn is_typescript(extension: &str) -> bool {
    matches!(extension, "ts" | "mts" | "cts")
}

/// What is made of a TypeScript source.
#[derive(Debug)]
pub(crate) struct Erased {
    /// The source without its types.
    pub(crate) code: String,
    /// What it says of types.
    pub(crate) types: Types,
}

/// The JavaScript in a TypeScript source.
///
/// # Errors
/// If it is no TypeScript, or has what is not only a type.
pub(crate) fn erase(source: &str) -> Result<Erased, SyntaxError> {
    deep::with_room(source, || erase_here(source))?
}

fn erase_here(source: &str) -> Result<Erased, SyntaxError> {
    let allocator = Allocator::default();
    let program = parse(&allocator, source)?;
    let mut eraser = Eraser {
        text: Text::new(source),
        names: Names::of(&program),
        refused: None,
    };
    eraser.visit_program(&program);
    match eraser.refused {
        Some((at, message)) => Err(SyntaxError {
            place: Place::of(source, at),
            message: message.to_owned(),
        }),
        None => Ok(Erased {
            code: eraser.text.finish(),
            types: Types::of(&program),
        }),
    }
}

/// What a TypeScript source says of types.
///
/// # Errors
/// If it is no TypeScript.
pub(crate) fn types(source: &str) -> Result<Types, SyntaxError> {
    deep::with_room(source, || {
        let allocator = Allocator::default();
        parse(&allocator, source).map(|program| Types::of(&program))
    })?
}

fn parse<'a>(allocator: &'a Allocator, source: &'a str) -> Result<Program<'a>, SyntaxError> {
    let source_type = SourceType::unambiguous().with_typescript(true);
    // A CommonJS module is the body of a function: it may return.
    let options = ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parser = Parser::new(allocator, source, source_type).with_options(options);
    let parsed = parser.parse();
    match parsed.diagnostics.first() {
        None => Ok(parsed.program),
        Some(error) => {
            let offset = error.labels.first().map_or(0, |label| label.offset());
            Err(SyntaxError {
                place: Place::of(source, offset),
                message: error.message.to_string(),
            })
        }
    }
}

struct Eraser<'a> {
    text: Text<'a>,
    names: Names<'a>,
    /// The first thing that cannot be erased.
    refused: Option<(u32, &'static str)>,
}

impl Eraser<'_> {
    fn refuse(&mut self, span: Span, message: &'static str) {
        self.refused.get_or_insert((span.start, message));
    }

    /// Blanks a mark such as the `?` in `name?: string`, which stands between a name and its type.
    fn blank_mark(&mut self, from: u32, to: u32, mark: &str) {
        if let Some(at) = self.text.find(from, to, mark) {
            self.text.blank(at, at + 1);
        }
    }

    /// Whether a declaration was blanked, `outer` being the whole of its statement.
    fn blank_declaration(&mut self, declaration: &Declaration<'_>, outer: Span) -> bool {
        let is_type = match declaration {
            Declaration::TSTypeAliasDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSGlobalDeclaration(_) => true,
            Declaration::VariableDeclaration(variables) => variables.declare,
            Declaration::FunctionDeclaration(function) => is_signature(function),
            Declaration::ClassDeclaration(class) => class.declare,
            Declaration::TSExternalModuleDeclaration(_) => true,
            Declaration::TSEnumDeclaration(declared) => {
                if !declared.declare {
                    self.refuse(declared.span, "an `enum` is code, which is not made of types: write `const Name = { A: 0, … } as const`");
                }
                true
            }
            Declaration::TSNamespaceDeclaration(namespace) => {
                if !namespace.declare && has_code(&namespace.body) {
                    self.refuse(namespace.span, "a `namespace` with code in it cannot be packed: write a module of its own and import it");
                }
                true
            }
            Declaration::TSImportEqualsDeclaration(import) => {
                if import.import_kind.is_value() {
                    self.refuse(
                        import.span,
                        "`import … = …` cannot be packed: write `import … from \"…\"`",
                    );
                }
                true
            }
        };
        if is_type {
            self.text.blank_statement(outer);
        }
        is_type
    }

    /// Blanks what follows an expression: ` as T`, ` satisfies T`.
    fn blank_behind(&mut self, expression: Span, whole: Span) {
        self.text.blank(expression.end, whole.end);
        if self.text.runs_on(whole.end) {
            self.text.put(expression.end, ';');
        }
    }
}

/// Whether it is a function without a body: an overload, or a declared one.
fn is_signature(function: &Function<'_>) -> bool {
    function.declare
        || matches!(
            function.r#type,
            FunctionType::TSDeclareFunction | FunctionType::TSEmptyBodyFunctionExpression
        )
}

/// Whether a namespace has more than types.
fn has_code(body: &TSNamespaceDeclarationBody<'_>) -> bool {
    let is_code = |statement: &Statement<'_>| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            other => match other.as_declaration() {
                Some(declaration) => declaration,
                None => return true,
            },
        };
        match declaration {
            Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_) => {
                false
            }
            Declaration::TSNamespaceDeclaration(inner) => has_code(&inner.body),
            _ => true,
        }
    };
    match body {
        TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => has_code(&inner.body),
        TSNamespaceDeclarationBody::TSModuleBlock(block) => block.body.iter().any(is_code),
    }
}
