//! Values of the keystore are secrets: where a call is shown, the key is named, never its
//! value.

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

    /// A result of this call as it may be shown. That a key has no value is no secret.
    #[must_use]
    pub fn shown_result(&self, value: Json) -> Json {
        let is_secret = self.service == "keystore" && self.method == ["get"] && value != "null";
        if is_secret { HIDDEN.to_owned() } else { value }
    }
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
        assert_eq!(
            call("tasks", "get", r#"["n","k",1]"#).shown_args(),
            r#"["n","k",1]"#
        );
    }
}
