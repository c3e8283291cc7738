//! The names of a TypeScript source that stand for values: an import of any other is of a type.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    Class, ExportNamedDeclaration, ExportSpecifier, Function, IdentifierReference, Program,
    TSClassImplements, TSInterfaceDeclaration, TSModuleBlock, TSType, TSTypeAliasDeclaration,
    TSTypeAnnotation, TSTypeParameterDeclaration, TSTypeParameterInstantiation,
    VariableDeclaration,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;

/// Names that a source uses, and that it gives.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// Those used as values somewhere.
    pub(super) used: BTreeSet<&'a str>,
    /// Those of types that it declares.
    pub(super) types: BTreeSet<&'a str>,
    /// Those of values that it declares.
    pub(super) values: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(program: &Program<'a>) -> Self {
        let mut names = Self::default();
        names.visit_program(program);
        names
    }

    /// Whether a name that the source declares is that of a type alone.
    pub(super) fn is_type(&self, name: &str) -> bool {
        self.types.contains(name) && !self.values.contains(name)
    }
}

impl<'a> Visit<'a> for Names<'a> {
    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.used.insert(name.name.as_str());
    }

    fn visit_ts_type_alias_declaration(&mut self, alias: &TSTypeAliasDeclaration<'a>) {
        self.types.insert(alias.id.name.as_str());
    }

    fn visit_ts_interface_declaration(&mut self, interface: &TSInterfaceDeclaration<'a>) {
        self.types.insert(interface.id.name.as_str());
    }

    fn visit_variable_declaration(&mut self, variables: &VariableDeclaration<'a>) {
        for name in variables
            .declarations
            .iter()
            .flat_map(|one| one.id.get_binding_identifiers())
        {
            self.values.insert(name.name.as_str());
        }
        walk::walk_variable_declaration(self, variables);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.values
            .extend(function.id.iter().map(|name| name.name.as_str()));
        walk::walk_function(self, function, flags);
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        self.values
            .extend(class.id.iter().map(|name| name.name.as_str()));
        if !class.declare {
            walk::walk_class(self, class);
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        if !export.export_kind.is_type() {
            walk::walk_export_named_declaration(self, export);
        }
    }

    fn visit_export_specifier(&mut self, specifier: &ExportSpecifier<'a>) {
        if !specifier.export_kind.is_type() {
            walk::walk_export_specifier(self, specifier);
        }
    }

    // What is declared of namespaces and modules is there for types; one with code is refused.
    fn visit_ts_module_block(&mut self, _: &TSModuleBlock<'a>) {}

    // What stands within types is no value.
    fn visit_ts_type(&mut self, _: &TSType<'a>) {}
    fn visit_ts_type_annotation(&mut self, _: &TSTypeAnnotation<'a>) {}
    fn visit_ts_type_parameter_declaration(&mut self, _: &TSTypeParameterDeclaration<'a>) {}
    fn visit_ts_type_parameter_instantiation(&mut self, _: &TSTypeParameterInstantiation<'a>) {}
    fn visit_ts_class_implements(&mut self, _: &TSClassImplements<'a>) {}
}
