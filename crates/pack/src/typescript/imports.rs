//! Imports and exports of types.

use oxc_ast::ast::{
    ExportFromDeclaration, ExportNamedDeclaration, ExportSpecifier, ImportDeclaration,
    ImportDeclarationSpecifier, ModuleExportName,
};
use oxc_span::{GetSpan, Span};

use super::Eraser;

impl Eraser<'_> {
    /// An import of types alone loads nothing. As in TypeScript without `verbatimModuleSyntax`, a name that no value uses is that of a
    /// type.
    pub(super) fn import(&mut self, import: &ImportDeclaration<'_>) {
        let Some(specifiers) = &import.specifiers else {
            return;
        };
        let is_type = |specifier: &&ImportDeclarationSpecifier<'_>| {
            let said = matches!(specifier, ImportDeclarationSpecifier::ImportSpecifier(one) if one.import_kind.is_type());
            said || !self.names.used.contains(specifier.local().name.as_str())
        };
        let types: Vec<Span> = specifiers
            .iter()
            .filter(is_type)
            .map(GetSpan::span)
            .collect();
        if import.import_kind.is_type() || types.len() == specifiers.len() {
            return self.text.blank_statement(import.span);
        }
        for span in types {
            match specifiers.first() {
                // Of `import value, * as types` the comma goes too.
                Some(first) if self.text.is_sign(span.start, "*") => {
                    self.text.blank(first.span().end, span.end)
                }
                _ => self.text.blank_item(span, import.source.span.start),
            }
        }
    }

    pub(super) fn export_named(&mut self, export: &ExportNamedDeclaration<'_>) {
        if export.export_kind.is_type() {
            return self.text.blank_statement(export.span);
        }
        let is_type = |specifier: &&ExportSpecifier<'_>| {
            let local = match &specifier.local {
                ModuleExportName::IdentifierReference(name) => name.name.as_str(),
                _ => return specifier.export_kind.is_type(),
            };
            specifier.export_kind.is_type() || self.names.is_type(local)
        };
        let types: Vec<Span> = export
            .specifiers
            .iter()
            .filter(is_type)
            .map(|one| one.span)
            .collect();
        self.blank_specifiers(&types, export.span.end);
    }

    pub(super) fn export_from(&mut self, export: &ExportFromDeclaration<'_>) {
        let types: Vec<Span> = (export.specifiers.iter())
            .filter(|specifier| specifier.export_kind.is_type())
            .map(|one| one.span)
            .collect();
        let none_is_left = !types.is_empty() && types.len() == export.specifiers.len();
        match export.export_kind.is_type() || none_is_left {
            true => self.text.blank_statement(export.span),
            false => self.blank_specifiers(&types, export.span.end),
        }
    }

    fn blank_specifiers(&mut self, types: &[Span], end: u32) {
        for span in types {
            self.text.blank_item(*span, end);
        }
    }
}
