//! Who may call what, and the errors in Google's form.

use serde_json::json;

use super::directory;
use super::discovery::Method;
use super::token::Tokens;
use crate::reply::Reply;
use crate::request::Request;

/// On whose behalf a call is made; empty: the service account itself.
pub(crate) type Who = String;

/// Checks the access token and its scopes.
pub(crate) fn check(tokens: &Tokens, method: &Method, request: &Request) -> Result<Who, Reply> {
    let Some(granted) = tokens.of(request) else {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
            cookie or other valid authentication credential. See \
            https://developers.google.com/identity/sign-in/web/devconsole-project.";
        return Err(error(401, message, "authError", "UNAUTHENTICATED").with(
            "www-authenticate",
            r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#,
        ));
    };
    if !granted.allows(&method.scopes) {
        return Err(error(
            403,
            "Request had insufficient authentication scopes.",
            "insufficientPermissions",
            "PERMISSION_DENIED",
        ));
    }
    let who = granted.subject.clone().unwrap_or_default();
    if method.api == "admin" && !directory::is_admin(&who) {
        return Err(error(
            403,
            "Not Authorized to access this resource/api",
            "forbidden",
            "PERMISSION_DENIED",
        ));
    }
    Ok(who)
}

/// An error in Google's form.
pub(crate) fn error(status: u16, message: &str, reason: &str, code: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "error": {
                "code": status,
                "message": message,
                "errors": [{ "message": message, "domain": "global", "reason": reason }],
                "status": code,
            }
        }),
    )
}

/// There is no such thing.
pub(crate) fn not_found(message: &str) -> Reply {
    error(404, message, "notFound", "NOT_FOUND")
}

/// The request is wrong.
pub(crate) fn invalid(message: &str) -> Reply {
    error(400, message, "badRequest", "INVALID_ARGUMENT")
}
