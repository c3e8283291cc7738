//! What of a class is types: modifiers, abstract members, signatures, `implements`.

use oxc_ast::ast::{
    AccessorPropertyType, Class, ClassElement, Decorator, MethodDefinitionType, PropertyDefinition,
    PropertyDefinitionType,
};
use oxc_span::{GetSpan, Span};

use super::{Eraser, is_signature};

/// Words before a member that say nothing at run time.
const MODIFIERS: &[&str] = &["public", "private", "protected", "readonly", "override"];

impl Eraser<'_> {
    pub(super) fn class(&mut self, class: &Class<'_>) {
        let name = class
            .id
            .as_ref()
            .map_or(class.body.span.start, |name| name.span.start);
        if class.r#abstract {
            self.text.blank_words(class.span.start, name, &["abstract"]);
        }
        let Some(last) = class.implements.last() else {
            return;
        };
        let before = [
            class.id.as_ref().map(|name| name.span.end),
            class.type_parameters.as_ref().map(|types| types.span.end),
            class
                .heritage
                .as_ref()
                .map(|heritage| heritage.expression.span().end),
            class
                .heritage
                .as_ref()
                .and_then(|heritage| Some(heritage.type_arguments.as_ref()?.span.end)),
        ];
        let from = before
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(class.span.start);
        if let Some(at) = self.text.find(from, class.body.span.start, "implements") {
            self.text.blank(at, last.span.end);
        }
    }

    /// Blanks a member that is not there at run time.
    pub(super) fn blank_element(&mut self, element: &ClassElement<'_>) -> bool {
        let is_type = match element {
            ClassElement::TSIndexSignature(_) => true,
            ClassElement::StaticBlock(_) => false,
            ClassElement::MethodDefinition(method) => {
                method.r#type == MethodDefinitionType::TSAbstractMethodDefinition
                    || is_signature(&method.value)
            }
            ClassElement::PropertyDefinition(property) => {
                property.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
                    || property.declare
            }
            ClassElement::AccessorProperty(property) => {
                property.r#type == AccessorPropertyType::TSAbstractAccessorProperty
            }
        };
        if is_type {
            self.text.blank_statement(element.span());
        }
        is_type
    }

    pub(super) fn property(&mut self, property: &PropertyDefinition<'_>) {
        self.modifiers(
            property.span,
            &property.decorators,
            property.key.span().start,
        );
        let Some(annotation) = &property.type_annotation else {
            if property.optional {
                self.blank_mark(property.key.span().end, property.span.end, "?");
            }
            return;
        };
        let mark = if property.definite { "!" } else { "?" };
        if property.definite || property.optional {
            self.blank_mark(property.key.span().end, annotation.span.start, mark);
        }
        // A name such as `get` must not become a modifier of the next member.
        if property.value.is_none() {
            self.text.put(annotation.span.start, ';');
        }
    }

    /// Blanks the words before the name of a member, which may have been what ended the member before.
    pub(super) fn modifiers(&mut self, member: Span, decorators: &[Decorator<'_>], key: u32) {
        let start = decorators
            .last()
            .map_or(member.start, |decorator| decorator.span.end);
        let first = self.text.blank_words(start, key, MODIFIERS);
        if first == Some(member.start) {
            self.text.put(member.start, ';');
        }
    }
}
