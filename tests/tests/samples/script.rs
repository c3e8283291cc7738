//! Samples in JavaScript as modules that can be published.
//!
//! A file stands as it is. A comment alone gets a function that gives its input back. Anything else is a piece of
//! a task's body and becomes one; where a comment behind a statement begins with a value, the task checks that the
//! statement gives it.

use oxc_allocator::Allocator;
use oxc_ast::ast::{AssignmentTarget, Comment, Expression, Program, Statement};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType, Span};

/// Compares what a statement gives with what the document says.
const CHECK: &str = include_str!("check.js");

/// What may stand between a value in a comment and the words behind it.
const ENDS: [&str; 5] = [",", ":", ";", " if ", " where "];

/// A sample as a module, and how many of its lines say what they give.
pub(crate) struct Module {
    pub(crate) code: String,
    pub(crate) checks: usize,
}

/// Makes a module of a sample whose first line is `line` of its document.
///
/// # Errors
/// What in it is not JavaScript.
pub(crate) fn module(text: &str, line: usize) -> Result<Module, String> {
    let allocator = Allocator::default();
    let options = ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, text, SourceType::mjs())
        .with_options(options)
        .parse();
    if let Some(error) = parsed.diagnostics.first() {
        return Err(error.to_string());
    }
    let program = &parsed.program;
    if program.body.iter().any(is_export) {
        return Ok(Module {
            code: text.to_owned(),
            checks: 0,
        });
    }
    if program.body.is_empty() {
        let code =
            format!("{text}\nexport default async function sample(input) {{ return input; }}\n");
        return Ok(Module { code, checks: 0 });
    }
    Ok(body(text, line, program))
}

fn is_export(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ExportDefaultDeclaration(_)
        | Statement::ExportDeclaration(_)
        | Statement::ExportNamedDeclaration(_) => true,
        Statement::ExpressionStatement(statement) => match &statement.expression {
            Expression::AssignmentExpression(assignment) => match &assignment.left {
                AssignmentTarget::StaticMemberExpression(member) => {
                    member.property.name == "exports"
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// A function around a piece of its body.
fn body(text: &str, line: usize, program: &Program<'_>) -> Module {
    let (mut imports, mut rest) = (String::new(), String::new());
    let (mut end, mut checks) = (0, 0);
    for statement in &program.body {
        let span = statement.span();
        rest.push_str(part(text, end, span.start));
        end = span.end;
        let own = part(text, span.start, span.end);
        if matches!(statement, Statement::ImportDeclaration(_)) {
            imports.push_str(own);
            imports.push('\n');
            continue;
        }
        match checked(text, line, statement, &program.comments) {
            Some(checked) => {
                checks += 1;
                rest.push_str(&checked);
            }
            None => rest.push_str(own),
        }
    }
    rest.push_str(part(text, end, u32::try_from(text.len()).unwrap_or(end)));
    // Without imports it is CommonJS, where `require` is.
    let export = if imports.is_empty() {
        "module.exports ="
    } else {
        "export default"
    };
    Module {
        code: format!(
            "{imports}{export} async function sample(input, context) {{\n{rest}\n}};\n\n{CHECK}"
        ),
        checks,
    }
}

/// The statement, checked against the value that the comment behind it begins with.
fn checked(
    text: &str,
    line: usize,
    statement: &Statement<'_>,
    comments: &[Comment],
) -> Option<String> {
    let value = match statement {
        Statement::ExpressionStatement(statement) => statement.expression.span(),
        Statement::VariableDeclaration(declaration) => match &declaration.declarations[..] {
            [declarator] => declarator.init.as_ref()?.span(),
            _ => return None,
        },
        _ => return None,
    };
    let span = statement.span();
    let comment = comments.iter().find(|comment| {
        comment.span.start >= span.end
            && part(text, span.end, comment.span.start)
                .trim_matches(' ')
                .is_empty()
    })?;
    let said = literal(content(text, comment))?;
    let line = line + text[..span.start as usize].matches('\n').count();
    Some(format!(
        "{}__gives({line}, ({}), {said}){}",
        part(text, span.start, value.start),
        part(text, value.start, value.end),
        part(text, value.end, span.end),
    ))
}

fn content<'t>(text: &'t str, comment: &Comment) -> &'t str {
    let Span { start, end, .. } = comment.content_span();
    part(text, start, end).trim()
}

fn part(text: &str, start: u32, end: u32) -> &str {
    &text[start as usize..end as usize]
}

/// The longest beginning of a comment that is a value.
fn literal(comment: &str) -> Option<&str> {
    let mut ends: Vec<usize> = ENDS
        .iter()
        .flat_map(|end| comment.match_indices(end).map(|(at, _)| at))
        .chain([comment.len()])
        .collect();
    ends.sort_unstable();
    ends.iter()
        .rev()
        .map(|end| &comment[..*end])
        .find(|beginning| is_literal(beginning))
}

fn is_literal(text: &str) -> bool {
    let allocator = Allocator::default();
    Parser::new(&allocator, text, SourceType::mjs())
        .parse_expression()
        .is_ok_and(|expression| is_value(&expression))
}

/// Whether an expression is written out, with nothing to compute.
fn is_value(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::BooleanLiteral(_)
        | Expression::NullLiteral(_)
        | Expression::NumericLiteral(_)
        | Expression::StringLiteral(_) => true,
        Expression::UnaryExpression(unary) => is_value(&unary.argument),
        Expression::ArrayExpression(array) => array
            .elements
            .iter()
            .all(|element| element.as_expression().is_some_and(is_value)),
        Expression::ObjectExpression(object) => object.properties.iter().all(|property| {
            matches!(property, oxc_ast::ast::ObjectPropertyKind::ObjectProperty(property)
                if !property.computed && is_value(&property.value))
        }),
        _ => false,
    }
}

#[test]
fn what_comments_say_is_checked() {
    let text = "const kept = await tools.keystore.get(\"a\", \"b\");   // 10, or null\n\
                await tools.keystore.list(\"a\");   // [\"b\"]: names, never values\n\
                await tools.sleep(1500);   // milliseconds\n\
                await tools.sleep(1500);   // 5 attempts\n";
    let module = module(text, 7).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(module.checks, 2);
    assert!(
        module
            .code
            .contains("const kept = __gives(7, (await tools.keystore.get(\"a\", \"b\")), 10);")
    );
    assert!(
        module
            .code
            .contains("__gives(8, (await tools.keystore.list(\"a\")), [\"b\"]);")
    );
    assert!(
        module
            .code
            .contains("\nawait tools.sleep(1500);   // milliseconds\n")
    );
    let whole = "export async function runTask(input) { return 1; }";
    let whole = super::script::module(whole, 1).unwrap_or_else(|error| panic!("{error}"));
    assert!(whole.code.starts_with("export async function runTask"));
    assert!(super::script::module("const { a } = … ;", 1).is_err());
}
