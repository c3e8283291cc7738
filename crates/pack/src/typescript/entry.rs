//! The function that a file exports as its task.

use oxc_ast::ast::{
    AssignmentTarget, Declaration, ExportDefaultDeclarationKind, Expression, FormalParameters,
    Program, Statement, TSType,
};

use crate::scan::ENTRIES;

/// The type of its first parameter.
pub(super) fn input<'p, 'a>(program: &'p Program<'a>) -> Option<&'p TSType<'a>> {
    let params = ENTRIES.iter().find_map(|name| entry(program, name))?;
    let annotation = params.items.first()?.type_annotation.as_ref()?;
    Some(&annotation.type_annotation)
}

/// The parameters of the function that a file exports under this name.
fn entry<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p FormalParameters<'a>> {
    program.body.iter().find_map(|statement| match statement {
        Statement::ExportDefaultDeclaration(export) if name == "default" => {
            match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    function.body.as_ref().map(|_| &*function.params)
                }
                other => of_value(program, other.as_expression()?),
            }
        }
        Statement::ExportDeclaration(export) => of_declaration(program, &export.declaration, name),
        Statement::ExportNamedDeclaration(export) => {
            let exported = |one: &&oxc_ast::ast::ExportSpecifier<'_>| one.exported.name() == name;
            let local = export.specifiers.iter().find(exported)?.local.name();
            declared(program, &local)
        }
        Statement::ExpressionStatement(statement) => {
            let Expression::AssignmentExpression(assignment) = &statement.expression else {
                return None;
            };
            let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else {
                return None;
            };
            let property = target.property.name.as_str();
            let is_whole = property == "exports"
                && target.object.is_specific_id("module")
                && name == "default";
            (is_whole || property == name)
                .then(|| of_value(program, &assignment.right))
                .flatten()
        }
        _ => None,
    })
}

/// The parameters of a function that is declared at the top of the file.
fn declared<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p FormalParameters<'a>> {
    let mut declarations = (program.body.iter()).filter_map(Statement::as_declaration);
    declarations.find_map(|declaration| of_declaration(program, declaration, name))
}

fn of_declaration<'p, 'a>(
    program: &'p Program<'a>,
    declaration: &'p Declaration<'a>,
    name: &str,
) -> Option<&'p FormalParameters<'a>> {
    match declaration {
        Declaration::FunctionDeclaration(function) => {
            let is_it = function.id.as_ref().is_some_and(|id| id.name == name);
            (is_it && function.body.is_some()).then_some(&*function.params)
        }
        Declaration::VariableDeclaration(variables) => {
            let mut ours = (variables.declarations.iter())
                .filter(|one| one.id.get_identifier_name().is_some_and(|id| id == name));
            match ours.next()?.init.as_ref()? {
                // A name for a name is not followed, as it could lead back.
                Expression::Identifier(_) => None,
                value => of_value(program, value),
            }
        }
        _ => None,
    }
}

fn of_value<'p, 'a>(
    program: &'p Program<'a>,
    value: &'p Expression<'a>,
) -> Option<&'p FormalParameters<'a>> {
    match value.get_inner_expression() {
        Expression::ArrowFunctionExpression(function) => Some(&function.params),
        Expression::FunctionExpression(function) => Some(&function.params),
        Expression::Identifier(name) => declared(program, &name.name),
        _ => None,
    }
}
