//! Values of the keystore are secrets: the views of a run's history and stack name the key that a
//! call was about, never its value.

use tasker_domain::Call;

use crate::RawJson;

/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";

/// A call's arguments as they may be shown.
///
/// # Errors
/// If the stored text is not JSON.
pub(crate) fn shown_args(call: &Call) -> serde_json::Result<RawJson> {
    let args = RawJson::parse(call.args.as_str())?;
    if call.service != "keystore" {
        return Ok(args);
    }
    let mut items: Vec<serde_json::Value> = args.read()?;
    // Namespace and key come first; what follows is the value.
    for value in items.iter_mut().skip(2) {
        *value = HIDDEN.into();
    }
    RawJson::of(&items)
}

/// A call's result as it may be shown. That a key has no value is no secret.
///
/// # Errors
/// If the stored text is not JSON.
pub(crate) fn shown_result(call: &Call, value: String) -> serde_json::Result<RawJson> {
    let is_secret = call.service == "keystore" && call.method == ["get"] && value != "null";
    if is_secret {
        RawJson::of(HIDDEN)
    } else {
        RawJson::parse(value)
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
        }
    }

    #[test]
    fn keys_are_shown_and_values_are_not() {
        let set = call("keystore", "set", r#"["n","k",{"token":"s3cret"}]"#);
        assert_eq!(
            shown_args(&set).unwrap().as_str(),
            r#"["n","k","[hidden]"]"#
        );
        assert_eq!(
            shown_result(&set, r#"{"created":true}"#.into())
                .unwrap()
                .as_str(),
            r#"{"created":true}"#
        );
        let get = call("keystore", "get", r#"["n","k"]"#);
        assert_eq!(shown_args(&get).unwrap().as_str(), r#"["n","k"]"#);
        assert_eq!(
            shown_result(&get, r#""s3cret""#.into()).unwrap().as_str(),
            r#""[hidden]""#
        );
        assert_eq!(shown_result(&get, "null".into()).unwrap().as_str(), "null");
        let nested = call("tasks", "get", r#"["n","k",1]"#);
        assert_eq!(shown_args(&nested).unwrap().as_str(), r#"["n","k",1]"#);
    }
}
