//! Reads one JavaScript source: what it requires, and whether it exports a task.

use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, BindingPattern,
    CallExpression, ExportDefaultDeclarationKind, Expression, FormalParameters, Function,
    ImportExpression, ObjectPropertyKind, Program, Statement, TryStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType, Span};
use oxc_syntax::module_record::{ExportExportName, ModuleRecord};
use oxc_syntax::scope::ScopeFlags;

use crate::deep;
use crate::place::{Place, SyntaxError};

/// The names under which a module may export its task function.
pub(crate) const ENTRIES: [&str; 3] = ["execute", "runTask", "default"];

/// What a source refers to and offers.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Every module that it names by a literal, in the order of the text.
    pub(crate) references: Vec<Reference>,
    /// The bytes where it requires a module whose name is only known at run time.
    pub(crate) computed: Vec<usize>,
    /// Whether it exports something that can be run as a task.
    pub(crate) exports_task: bool,
}

/// How a module is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By `import` or `export`.
    Import,
    /// By `require`.
    Require,
}

/// A module that a source names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name as written.
    pub(crate) specifier: String,
    /// The bytes of the literal.
    pub(crate) span: Range<usize>,
    /// How it is loaded.
    pub(crate) kind: Kind,
    /// Whether a `try` catches the failure to load it: then the module is optional.
    pub(crate) optional: bool,
}

/// Reads a source. `is_module` says whether its name makes it an ES module (`.mjs`); otherwise its
/// own syntax tells.
pub(crate) fn scan(source: &str, is_module: bool) -> Result<Scan, SyntaxError> {
    deep::with_room(source, || scan_here(source, is_module))?
}

fn scan_here(source: &str, is_module: bool) -> Result<Scan, SyntaxError> {
    let allocator = Allocator::default();
    let source_type = if is_module {
        SourceType::mjs()
    } else {
        SourceType::unambiguous()
    };
    // A CommonJS module is the body of a function: it may return.
    let options = ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, source, source_type)
        .with_options(options)
        .parse();
    if let Some(error) = parsed.diagnostics.first() {
        let offset = error.labels.first().map_or(0, |label| label.offset());
        return Err(SyntaxError {
            place: Place::of(source, offset),
            message: match tasker_jsdoc::schedule_hint(source) {
                Some(hint) => format!("{}: {hint}", error.message),
                None => error.message.to_string(),
            },
        });
    }

    let mut visitor = Visitor {
        scan: Scan::default(),
        shadowed: 0,
        caught: 0,
    };
    visitor.visit_program(&parsed.program);
    let mut scan = visitor.scan;
    for (specifier, requests) in &parsed.module_record.requested_modules {
        scan.references
            .extend(requests.iter().map(|request| Reference {
                specifier: specifier.to_string(),
                span: bytes(request.span),
                kind: Kind::Import,
                optional: false,
            }));
    }
    scan.references
        .sort_by_key(|reference| reference.span.start);
    scan.computed.sort_unstable();
    scan.exports_task |= exports_entry(&parsed.program, &parsed.module_record);
    Ok(scan)
}

/// Whether an ES module exports something under a name that makes it a task.
fn exports_entry(program: &Program<'_>, record: &ModuleRecord<'_>) -> bool {
    let named = record
        .local_export_entries
        .iter()
        .chain(&record.indirect_export_entries)
        .filter_map(|export| match &export.export_name {
            ExportExportName::Name(name) => Some(name.name.as_str()),
            _ => None,
        });
    let default = program.body.iter().filter_map(|statement| match statement {
        Statement::ExportDefaultDeclaration(export) => Some(&export.declaration),
        _ => None,
    });
    named.into_iter().any(|name| ENTRIES.contains(&name))
        || default.into_iter().any(|declaration| match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(_) => true,
            other => other.as_expression().is_some_and(is_entry),
        })
}

struct Visitor {
    scan: Scan,
    /// Functions around this node that have a parameter `require` of their own, as bundlers write.
    shadowed: usize,
    /// `try` blocks around this node whose failure is caught.
    caught: usize,
}

impl Visitor {
    fn refer(&mut self, name: Option<String>, span: Span, kind: Kind) {
        match name {
            Some(specifier) => {
                let optional = self.caught > 0;
                self.scan.references.push(Reference {
                    specifier,
                    span: bytes(span),
                    kind,
                    optional,
                });
            }
            None => self.scan.computed.push(span.start as usize),
        }
    }
}

impl<'a> Visit<'a> for Visitor {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(argument) = call.arguments.first()
            && is_require(&call.callee, self.shadowed > 0)
        {
            let name = argument.as_expression().and_then(literal);
            self.refer(name, argument.span(), Kind::Require);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.refer(literal(&import.source), import.source.span(), Kind::Import);
        walk::walk_import_expression(self, import);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        self.scan.exports_task |= assigns_entry(assignment);
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_try_statement(&mut self, statement: &TryStatement<'a>) {
        let caught = usize::from(statement.handler.is_some());
        self.caught += caught;
        self.visit_block_statement(&statement.block);
        self.caught -= caught;
        if let Some(handler) = &statement.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &statement.finalizer {
            self.visit_block_statement(finalizer);
        }
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let shadows = usize::from(binds_require(&function.params));
        self.shadowed += shadows;
        walk::walk_function(self, function, flags);
        self.shadowed -= shadows;
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        let shadows = usize::from(binds_require(&function.params));
        self.shadowed += shadows;
        walk::walk_arrow_function_expression(self, function);
        self.shadowed -= shadows;
    }
}

fn bytes(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// `require`, `tasks.require` or `….tasks.require`.
fn is_require(callee: &Expression<'_>, shadowed: bool) -> bool {
    if callee.is_specific_id("require") {
        return !shadowed;
    }
    let Some(member) = callee.get_member_expr() else {
        return false;
    };
    if member.static_property_name() != Some("require") {
        return false;
    }
    let object = member.object().without_parentheses();
    object.is_specific_id("tasks")
        || object
            .get_member_expr()
            .is_some_and(|inner| inner.static_property_name() == Some("tasks"))
}

/// Whether a parameter is called `require`. A destructured one is not meant: that is
/// `{ tasks: { require } }`, the real thing.
fn binds_require(params: &FormalParameters<'_>) -> bool {
    params.items.iter().any(|param| {
        matches!(&param.pattern, BindingPattern::BindingIdentifier(name) if name.name == "require")
    })
}

fn literal(expression: &Expression<'_>) -> Option<String> {
    match expression.without_parentheses() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(text) if text.expressions.is_empty() => text
            .quasis
            .first()?
            .value
            .cooked
            .map(|cooked| cooked.to_string()),
        _ => None,
    }
}

/// `module.exports = …`, `exports.<entry> = …` or `module.exports.<entry> = …`.
fn assigns_entry(assignment: &AssignmentExpression<'_>) -> bool {
    let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else {
        return false;
    };
    let property = target.property.name.as_str();
    if property == "exports" && target.object.is_specific_id("module") {
        return is_entry(&assignment.right);
    }
    let on_exports = target.object.is_specific_id("exports")
        || target
            .object
            .as_member_expression()
            .is_some_and(|inner| inner.is_specific_member_access("module", "exports"));
    on_exports && ENTRIES.contains(&property)
}

/// Whether an exported value can be a task: a function, something that may be one, or an object
/// with an entry.
fn is_entry(value: &Expression<'_>) -> bool {
    match value.without_parentheses() {
        Expression::ObjectExpression(object) => object.properties.iter().any(|property| {
            matches!(property, ObjectPropertyKind::ObjectProperty(property)
                if property.key.static_name().is_some_and(|name| ENTRIES.contains(&name.as_ref())))
        }),
        Expression::FunctionExpression(_)
        | Expression::ArrowFunctionExpression(_)
        | Expression::Identifier(_)
        | Expression::CallExpression(_) => true,
        Expression::AssignmentExpression(chained) => is_entry(&chained.right),
        _ => false,
    }
}
