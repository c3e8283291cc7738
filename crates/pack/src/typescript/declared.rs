//! The types that a file declares, takes from others and gives to others.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    Declaration, ExportDefaultDeclarationKind, ImportDeclarationSpecifier, Program, Statement,
    TSInterfaceDeclaration, TSTypeAliasDeclaration, TSTypeParameterDeclaration,
};

use super::entry;
use super::shape::Shape;

/// A type with a name.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// Its parameters with their defaults.
    pub(super) params: Vec<(String, Option<Shape>)>,
    pub(super) shape: Shape,
}

/// Where a name comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// From the file itself, under this name there.
    Here(String),
    /// From another file; without a name, all of its exports.
    File(String, Option<String>),
}

/// What a file says of types.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// That of the first parameter of its task function, if it has one.
    pub(super) input: Option<Shape>,
    pub(super) declared: BTreeMap<String, Declared>,
    pub(super) imports: BTreeMap<String, Origin>,
    pub(super) exports: BTreeMap<String, Origin>,
    /// The files of which everything is exported.
    pub(super) stars: Vec<String>,
}

impl Types {
    pub(super) fn of(program: &Program<'_>) -> Self {
        let mut types = Self {
            input: entry::input(program).map(Shape::of),
            ..Self::default()
        };
        for statement in &program.body {
            types.read(statement);
        }
        types
    }

    fn read(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ImportDeclaration(import) => {
                for specifier in import.specifiers.iter().flatten() {
                    let name = match specifier {
                        ImportDeclarationSpecifier::ImportSpecifier(one) => {
                            Some(one.imported.name().to_string())
                        }
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => {
                            Some("default".to_owned())
                        }
                        ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => None,
                    };
                    let origin = Origin::File(import.source.value.to_string(), name);
                    self.imports
                        .insert(specifier.local().name.to_string(), origin);
                }
            }
            Statement::ExportDeclaration(export) => {
                if let Some(name) = self.declare(&export.declaration) {
                    self.exports.insert(name.clone(), Origin::Here(name));
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for one in &export.specifiers {
                    let origin = Origin::Here(one.local.name().to_string());
                    self.exports.insert(one.exported.name().to_string(), origin);
                }
            }
            Statement::ExportFromDeclaration(export) => {
                for one in &export.specifiers {
                    let name = Some(one.local.name().to_string());
                    let origin = Origin::File(export.source.value.to_string(), name);
                    self.exports.insert(one.exported.name().to_string(), origin);
                }
            }
            Statement::ExportAllDeclaration(export) if export.exported.is_none() => {
                self.stars.push(export.source.value.to_string());
            }
            Statement::ExportDefaultDeclaration(export) => {
                let name = match &export.declaration {
                    ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                        self.interface(interface)
                    }
                    other => match other
                        .as_expression()
                        .and_then(|one| one.get_identifier_reference())
                    {
                        Some(name) => name.name.to_string(),
                        None => return,
                    },
                };
                self.exports
                    .insert("default".to_owned(), Origin::Here(name));
            }
            other => {
                if let Some(declaration) = other.as_declaration() {
                    self.declare(declaration);
                }
            }
        }
    }

    /// The name of the type that is declared, if one is.
    fn declare(&mut self, declaration: &Declaration<'_>) -> Option<String> {
        match declaration {
            Declaration::TSTypeAliasDeclaration(alias) => Some(self.alias(alias)),
            Declaration::TSInterfaceDeclaration(interface) => Some(self.interface(interface)),
            _ => None,
        }
    }

    fn alias(&mut self, alias: &TSTypeAliasDeclaration<'_>) -> String {
        let name = alias.id.name.to_string();
        let declared = Declared {
            params: params(alias.type_parameters.as_deref()),
            shape: Shape::of(&alias.type_annotation),
        };
        self.declared.insert(name.clone(), declared);
        name
    }

    /// An interface may be declared in several parts.
    fn interface(&mut self, interface: &TSInterfaceDeclaration<'_>) -> String {
        let name = interface.id.name.to_string();
        let mut parts: Vec<_> = (interface.extends.iter())
            .map(|base| Shape::of_name(&base.type_name, base.type_arguments.as_deref()))
            .collect();
        parts.push(Shape::of_members(&interface.body.body));
        let declared = self
            .declared
            .entry(name.clone())
            .or_insert_with(|| Declared {
                params: params(interface.type_parameters.as_deref()),
                shape: Shape::Both(Vec::new()),
            });
        if let Shape::Both(all) = &mut declared.shape {
            all.extend(parts);
        }
        name
    }
}

fn params(declared: Option<&TSTypeParameterDeclaration<'_>>) -> Vec<(String, Option<Shape>)> {
    let params = declared.into_iter().flat_map(|declared| &declared.params);
    params
        .map(|param| {
            (
                param.name.name.to_string(),
                param.default.as_ref().map(Shape::of),
            )
        })
        .collect()
}
