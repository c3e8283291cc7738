//! Users: `auth.admin.<method>`, as auth-js 2 makes requests of them.

mod answer;

use serde_json::{Map, Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::{Host, invalid};
use url::form_urlencoded::Serializer;

use crate::chain::Step;
use crate::js;
use crate::outgoing::Outgoing;
use crate::project::Project;

/// The version of the API whose errors are asked for.
const API_VERSION: &str = "2024-01-01";
const NAMES: &[&str] = &[
    "createUser",
    "listUsers",
    "getUserById",
    "updateUserById",
    "deleteUser",
    "inviteUserByEmail",
    "generateLink",
    "signOut",
    "mfa.listFactors",
    "mfa.deleteFactor",
];

/// Makes a call; `steps` follow `auth`.
pub(crate) async fn call(host: &impl Host, steps: &[Step]) -> tasker_service::Result {
    let (step, is_mfa) = match steps {
        [admin, step] if admin.name == "admin" && step.is_call() => (step, false),
        [admin, mfa, step] if admin.name == "admin" && mfa.name == "mfa" && step.is_call() => {
            (step, true)
        }
        [admin, ..] if admin.name != "admin" => {
            return Err(invalid(
                "of `tools.supabase.auth` only `admin` is here: a task has no session of a user",
            ));
        }
        [_, step, ..] => return Err(step.unknown(NAMES)),
        _ => {
            return Err(invalid(
                "`tools.supabase.auth.admin` is not a function: call one of its methods",
            ));
        }
    };
    let project = Project::open(host).await?;
    if !is_mfa && step.name == "deleteUser" {
        return delete_user(host, &project, step).await;
    }
    let (request, shape) = if is_mfa { mfa(step)? } else { admin(step)? };
    let response = send(host, &project, request).await?;
    answer::read(&response, shape, host.now_ms())
}

/// The user as it was comes from a request before: the API says nothing of whom it has deleted.
async fn delete_user(host: &impl Host, project: &Project, step: &Step) -> tasker_service::Result {
    let user = send(host, project, Outgoing::new("GET", user(step)?)).await?;
    let before = answer::read(&user, Shape::User, host.now_ms())?;
    if !user.is_ok() {
        return Ok(before);
    }
    let (request, shape) = admin(step)?;
    let deleted = send(host, project, request).await?;
    let after = answer::read(&deleted, shape, host.now_ms())?;
    Ok(if deleted.is_ok() { before } else { after })
}

async fn send(
    host: &impl Host,
    project: &Project,
    mut request: Outgoing,
) -> Result<Response, ServiceError> {
    request.headers.set("x-supabase-api-version", API_VERSION)?;
    host.send(project.request("auth/v1", request)?).await
}

/// What the data of an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    User,
    Users,
    Link,
    Nothing,
    Factors,
    Factor,
}

fn admin(step: &Step) -> Result<(Outgoing, Shape), ServiceError> {
    Ok(match step.name.as_str() {
        "createUser" => {
            let request = Outgoing::new("POST", "/admin/users".to_owned());
            (with_body(request, step.arg(0))?, Shape::User)
        }
        "listUsers" => {
            let page = |name| match step.option(0, name) {
                None | Some(Value::Null) => String::new(),
                value => js::text(value),
            };
            let query = Serializer::new(String::new())
                .append_pair("page", &page("page"))
                .append_pair("per_page", &page("perPage"))
                .finish();
            (
                Outgoing::new("GET", format!("/admin/users?{query}")),
                Shape::Users,
            )
        }
        "getUserById" => (Outgoing::new("GET", user(step)?), Shape::User),
        "updateUserById" => {
            let request = Outgoing::new("PUT", user(step)?);
            (with_body(request, step.arg(1))?, Shape::User)
        }
        "deleteUser" => {
            let soft = step.arg(1).cloned().unwrap_or(Value::Bool(false));
            let body = json!({"should_soft_delete": soft});
            let request = Outgoing::new("DELETE", user(step)?);
            (with_body(request, Some(&body))?, Shape::User)
        }
        "inviteUserByEmail" => {
            let mut body = Map::new();
            for (name, value) in [("email", step.arg(0)), ("data", step.option(1, "data"))] {
                body.extend(value.map(|value| (name.to_owned(), value.clone())));
            }
            let path = format!("/invite{}", redirect(step.option(1, "redirectTo")));
            let request = Outgoing::new("POST", path);
            (with_body(request, Some(&Value::Object(body)))?, Shape::User)
        }
        "generateLink" => {
            let Some(Value::Object(params)) = step.arg(0) else {
                return Err(invalid("`generateLink`: the parameters must be an object"));
            };
            let mut body = params.clone();
            let options = body.shift_remove("options");
            if let Some(Value::Object(options)) = &options {
                body.extend(options.clone());
            }
            if let Some(email) = params.get("newEmail") {
                body.insert("new_email".to_owned(), email.clone());
                body.shift_remove("newEmail");
            }
            let to = options
                .as_ref()
                .and_then(|options| options.get("redirectTo"));
            let request = Outgoing::new("POST", format!("/admin/generate_link{}", redirect(to)));
            (with_body(request, Some(&Value::Object(body)))?, Shape::Link)
        }
        "signOut" => {
            let scope = match step.arg(1) {
                Some(scope) => js::text(Some(scope)),
                None => "global".to_owned(),
            };
            if !matches!(scope.as_str(), "global" | "local" | "others") {
                return Err(invalid(
                    "@supabase/auth-js: Parameter scope must be one of global, local, others",
                ));
            }
            let mut request = Outgoing::new("POST", format!("/logout?scope={scope}")).repeatable();
            request
                .headers
                .set("content-type", "application/json;charset=UTF-8")?;
            let token = step.text(0, "the user's access token")?;
            request
                .headers
                .set("authorization", &format!("Bearer {token}"))?;
            (request, Shape::Nothing)
        }
        _ => return Err(step.unknown(NAMES)),
    })
}

fn mfa(step: &Step) -> Result<(Outgoing, Shape), ServiceError> {
    let user = uuid(step.option(0, "userId"))?;
    Ok(match step.name.as_str() {
        "listFactors" => (
            Outgoing::new("GET", format!("/admin/users/{user}/factors")),
            Shape::Factors,
        ),
        "deleteFactor" => {
            let path = format!(
                "/admin/users/{user}/factors/{}",
                uuid(step.option(0, "id"))?
            );
            let mut request = Outgoing::new("DELETE", path);
            request
                .headers
                .set("content-type", "application/json;charset=UTF-8")?;
            (request, Shape::Factor)
        }
        _ => return Err(step.unknown(NAMES)),
    })
}

fn with_body(request: Outgoing, body: Option<&Value>) -> Result<Outgoing, ServiceError> {
    let media = "application/json;charset=UTF-8";
    match body {
        Some(body) => request.with_json(media, js::json(body)),
        None => {
            let mut request = request;
            request.headers.set("content-type", media)?;
            Ok(request)
        }
    }
}

fn redirect(to: Option<&Value>) -> String {
    if !js::truthy(to) {
        return String::new();
    }
    let mut query = Serializer::new(String::new());
    query.append_pair("redirect_to", &js::text(to));
    format!("?{}", query.finish())
}

fn user(step: &Step) -> Result<String, ServiceError> {
    Ok(format!("/admin/users/{}", uuid(step.arg(0))?))
}

fn uuid(id: Option<&Value>) -> Result<&str, ServiceError> {
    let id = id.and_then(Value::as_str).unwrap_or_default();
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if is_uuid {
        Ok(id)
    } else {
        Err(invalid(
            "@supabase/auth-js: Expected parameter to be UUID but is not",
        ))
    }
}
