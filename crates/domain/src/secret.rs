//! Values of the keystore are secrets: where a call is shown, the key is named, never its
//! value.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Call, Json};

/// What stands in place of a secret.
const HIDDEN: &str = "\"[hidden]\"";

impl Call {
    /// The arguments as they may be shown: JSON text of an array.
    #[must_use]
    pub fn shown_args(&self) -> Json {
        if self.service != "keystore" {
            return self.args.clone();
        }
        let items: Vec<&serde_json::value::RawValue> =
            serde_json::from_str(&self.args).unwrap_or_default();
        // Namespace and key come first; what follows is the value.
        let shown: Vec<&str> = items
            .iter()
            .enumerate()
            .map(|(index, item)| if index < 2 { item.get() } else { HIDDEN })
            .collect();
        format!("[{}]", shown.join(","))
    }

    /// The arguments as the journal keeps them: a secret that the call stores is not among them. JSON text of an array.
    #[must_use]
    pub fn kept_args(&self) -> Cow<'_, str> {
        let stores = self.service == "keystore"
            && matches!(&self.method[..], [method] if method == "set" || method == "setIfAbsent");
        if !stores {
            return Cow::Borrowed(&self.args);
        }
        let items: Vec<&RawValue> = serde_json::from_str(&self.args).unwrap_or_default();
        match items[..] {
            [namespace, key, _, options, ..] if is_secret(options) => {
                Cow::Owned(format!("[{namespace},{key},{HIDDEN},{options}]"))
            }
            _ => Cow::Borrowed(&self.args),
        }
    }

    /// A result of this call as it may be shown. That a key has no value is no secret.
    #[must_use]
    pub fn shown_result(&self, value: Json) -> Json {
        let is_secret = self.service == "keystore" && self.method == ["get"] && value != "null";
        if is_secret { HIDDEN.to_owned() } else { value }
    }
}

/// Whether the options of a call say that it stores a secret.
fn is_secret(options: &RawValue) -> bool {
    serde_json::from_str::<Value>(options.get()).is_ok_and(|options| options["secret"] == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, method: &str, args: &str) -> Call {
        Call {
            number: 1,
            service: service.into(),
            method: vec![method.into()],
            args: args.into(),
            options: None,
        }
    }

    #[test]
    fn keys_are_shown_and_values_are_not() {
        let set = call("keystore", "set", r#"["n","k",{"token":"s3cret"}]"#);
        assert_eq!(set.shown_args(), r#"["n","k","[hidden]"]"#);
        assert_eq!(
            set.shown_result(r#"{"created":true}"#.into()),
            r#"{"created":true}"#
        );
        let get = call("keystore", "get", r#"["n","k"]"#);
        assert_eq!(get.shown_args(), r#"["n","k"]"#);
        assert_eq!(get.shown_result(r#""s3cret""#.into()), r#""[hidden]""#);
        assert_eq!(get.shown_result("null".into()), "null");
        let secret = r#"["n","k","s3cret-1",{"secret":true,"hosts":["a.b"]}]"#;
        let kept = r#"["n","k","[hidden]",{"secret":true,"hosts":["a.b"]}]"#;
        for method in ["set", "setIfAbsent"] {
            let made = call("keystore", method, secret);
            let journaled = call("keystore", method, kept);
            assert_eq!(made.kept_args(), kept);
            assert!(journaled.is_same(&made) && made.is_same(&journaled));
            let other = secret.replace("\"k\"", "\"l\"");
            assert!(!journaled.is_same(&call("keystore", method, &other)));
        }
        for (method, args) in [
            ("set", r#"["n","k","[hidden]"]"#),
            ("set", r#"["n","k",1,{"secret":false}]"#),
            ("compareAndSet", r#"["n","k",1,{"secret":true}]"#),
        ] {
            assert_eq!(call("keystore", method, args).kept_args(), args);
        }
        assert_eq!(
            call("tasks", "get", r#"["n","k",1]"#).shown_args(),
            r#"["n","k",1]"#
        );
    }
}
