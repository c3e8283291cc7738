//! Where in a program types are.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, Class, ClassElement, Declaration, Decorator,
    ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, ExportFromDeclaration, ExportNamedDeclaration, Expression,
    FormalParameter, Function, ImportDeclaration, MethodDefinition, PropertyDefinition,
    TSAsExpression, TSClassImplements, TSExportAssignment, TSModuleBlock,
    TSNamespaceExportDeclaration, TSNonNullExpression, TSSatisfiesExpression, TSThisParameter,
    TSType, TSTypeAnnotation, TSTypeAssertion, TSTypeParameterDeclaration,
    TSTypeParameterInstantiation, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;

use super::{Eraser, is_signature};

impl<'a> Visit<'a> for Eraser<'_> {
    fn visit_declaration(&mut self, declaration: &Declaration<'a>) {
        if !self.blank_declaration(declaration, declaration.span()) {
            walk::walk_declaration(self, declaration);
        }
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        if !self.blank_declaration(&export.declaration, export.span) {
            walk::walk_declaration(self, &export.declaration);
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let is_type = match &export.declaration {
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => true,
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => is_signature(function),
            ExportDefaultDeclarationKind::ClassDeclaration(_) => false,
            // `export default Order`, of a type.
            other => {
                matches!(other.as_expression(), Some(Expression::Identifier(name)) if self.names.is_type(&name.name))
            }
        };
        match is_type {
            true => self.text.blank_statement(export.span),
            false => walk::walk_export_default_declaration(self, export),
        }
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        self.import(import);
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        self.export_named(export);
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.export_from(export);
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        if export.export_kind.is_type() {
            self.text.blank_statement(export.span);
        }
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'a>) {
        self.refuse(
            export.span,
            "`export =` cannot be packed: write `export default …`",
        );
    }

    fn visit_ts_namespace_export_declaration(&mut self, export: &TSNamespaceExportDeclaration<'a>) {
        self.text.blank_statement(export.span);
    }

    fn visit_ts_module_block(&mut self, _: &TSModuleBlock<'a>) {}

    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_ts_type_annotation(&mut self, annotation: &TSTypeAnnotation<'a>) {
        self.text.blank(annotation.span.start, annotation.span.end);
    }

    fn visit_ts_type_parameter_declaration(&mut self, params: &TSTypeParameterDeclaration<'a>) {
        self.text.blank(params.span.start, params.span.end);
    }

    fn visit_ts_type_parameter_instantiation(
        &mut self,
        arguments: &TSTypeParameterInstantiation<'a>,
    ) {
        self.text.blank(arguments.span.start, arguments.span.end);
    }

    fn visit_ts_this_parameter(&mut self, _: &TSThisParameter<'a>) {}

    fn visit_ts_as_expression(&mut self, cast: &TSAsExpression<'a>) {
        self.blank_behind(cast.expression.span(), cast.span);
        self.visit_expression(&cast.expression);
    }

    fn visit_ts_satisfies_expression(&mut self, cast: &TSSatisfiesExpression<'a>) {
        self.blank_behind(cast.expression.span(), cast.span);
        self.visit_expression(&cast.expression);
    }

    fn visit_ts_non_null_expression(&mut self, sure: &TSNonNullExpression<'a>) {
        self.blank_mark(sure.expression.span().end, sure.span.end, "!");
        self.visit_expression(&sure.expression);
    }

    fn visit_ts_type_assertion(&mut self, assertion: &TSTypeAssertion<'a>) {
        self.refuse(
            assertion.span,
            "`<T>value` cannot be packed: write `value as T`",
        );
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(
            decorator.span,
            "a decorator cannot be packed: call the function that it names",
        );
    }

    fn visit_variable_declarator(&mut self, variable: &VariableDeclarator<'a>) {
        if variable.definite
            && let Some(annotation) = &variable.type_annotation
        {
            self.blank_mark(variable.id.span().end, annotation.span.start, "!");
        }
        walk::walk_variable_declarator(self, variable);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if parameter.accessibility.is_some() || parameter.readonly || parameter.r#override {
            let message = "a parameter that is a property too is code, which is not made of types: declare the property, and set it \
                           in the constructor";
            self.refuse(parameter.span, message);
        }
        if parameter.optional {
            self.blank_mark(parameter.pattern.span().end, parameter.span.end, "?");
        }
        walk::walk_formal_parameter(self, parameter);
    }

    /// No line may end between the parameters of an arrow function and its arrow, nor before its parameters.
    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        walk::walk_arrow_function_expression(self, arrow);
        let (open, close) = (arrow.params.span.start, arrow.params.span.end);
        if let Some(types) = &arrow.type_parameters
            && self.text.has_newline(types.span.start, open)
        {
            self.text.blank(open, open + 1);
            self.text.put(types.span.start, '(');
        }
        if let Some(result) = &arrow.return_type
            && self.text.has_newline(close, result.span.end)
        {
            self.text.blank(close - 1, close);
            self.text.put_last(result.span.end, ')');
        }
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        if let Some(this) = &function.this_param {
            self.text.blank_item(this.span, function.params.span.end);
        }
        walk::walk_function(self, function, flags);
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        self.class(class);
        walk::walk_class(self, class);
    }

    fn visit_ts_class_implements(&mut self, _: &TSClassImplements<'a>) {}

    fn visit_class_element(&mut self, element: &ClassElement<'a>) {
        if !self.blank_element(element) {
            walk::walk_class_element(self, element);
        }
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        self.modifiers(method.span, &method.decorators, method.key.span().start);
        if method.optional {
            self.blank_mark(method.key.span().end, method.value.params.span.start, "?");
        }
        walk::walk_method_definition(self, method);
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        self.property(property);
        walk::walk_property_definition(self, property);
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        self.modifiers(
            property.span,
            &property.decorators,
            property.key.span().start,
        );
        walk::walk_accessor_property(self, property);
    }
}
