//! Auth: what an administrator may do with users, and signing in.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::Request;

/// Nothing in the sandbox has another time.
const TIME: &str = "2026-01-05T09:00:00.000000Z";
/// Users on a page if the call does not say.
const PAGE: usize = 50;

/// The users.
pub(super) struct Users {
    users: IndexMap<String, Value>,
    made: usize,
}

impl Users {
    pub(super) fn seed() -> Self {
        let mut users = Self {
            users: IndexMap::new(),
            made: 0,
        };
        for name in ["ada", "alan", "grace"] {
            users.add(&json!({ "email": format!("{name}@example.com"), "user_metadata": { "name": name }, "email_confirm": true }));
        }
        users
    }

    fn add(&mut self, body: &Value) -> Value {
        self.made += 1;
        let id = format!("10000000-0000-4000-8000-{:012}", self.made);
        let mut user = json!({
            "id": id, "aud": "authenticated", "role": "authenticated", "email": body["email"].as_str().unwrap_or_default(),
            "phone": body["phone"].as_str().unwrap_or_default(),
            "app_metadata": { "provider": "email", "providers": ["email"] }, "user_metadata": {}, "identities": [],
            "created_at": TIME, "updated_at": TIME, "is_anonymous": false,
        });
        change(&mut user, body);
        self.users.insert(id, user.clone());
        user
    }

    pub(super) fn answer(&mut self, request: &Request, path: &str) -> Reply {
        let body = request.json().unwrap_or_else(|| json!({}));
        let segments: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["admin", "users"]) => self.list(request),
            ("POST", ["admin", "users"]) => self.create(&body),
            ("GET", ["admin", "users", id]) => self.users.get(*id).map_or_else(no_user, Reply::ok),
            ("PUT", ["admin", "users", id]) => match self.users.get_mut(*id) {
                Some(user) => {
                    change(user, &body);
                    Reply::ok(user)
                }
                None => no_user(),
            },
            ("DELETE", ["admin", "users", id]) => match self.users.shift_remove(*id) {
                Some(_) => Reply::ok(&json!({})),
                None => no_user(),
            },
            ("POST", ["invite"]) => {
                let user = json!({ "email": body["email"], "user_metadata": body["data"] });
                match self.named(&body) {
                    Some(_) => exists(),
                    None => Reply::ok(&self.add(&user)),
                }
            }
            ("POST", ["admin", "generate_link"]) => {
                let found = self.named(&body).cloned();
                let mut link =
                    found.unwrap_or_else(|| self.add(&json!({ "email": body["email"] })));
                link["action_link"] = json!(format!(
                    "{}/auth/v1/verify?token=sandbox&type={}",
                    request.base,
                    body["type"].as_str().unwrap_or_default()
                ));
                link["email_otp"] = json!("123456");
                link["hashed_token"] = json!("sandbox");
                link["redirect_to"] = json!("https://www.example.com/");
                link["verification_type"] = body["type"].clone();
                Reply::ok(&link)
            }
            ("POST", ["token"]) => match self.named(&body) {
                Some(user) => Reply::ok(&json!({
                    "access_token": "sandbox.access.token", "token_type": "bearer", "expires_in": 3600,
                    "expires_at": 4_102_444_800_i64, "refresh_token": "sandbox-refresh", "user": user,
                })),
                None => failure(400, "invalid_credentials", "Invalid login credentials"),
            },
            ("GET", ["health" | "settings"]) => {
                Reply::ok(&json!({ "name": "GoTrue", "description": "sandbox" }))
            }
            _ => failure(404, "not_found", "Not found"),
        }
    }

    fn create(&mut self, body: &Value) -> Reply {
        if body["email"].as_str().is_none_or(str::is_empty)
            && body["phone"].as_str().is_none_or(str::is_empty)
        {
            return failure(
                400,
                "validation_failed",
                "Cannot create a user without either an email or phone",
            );
        }
        match self.named(body) {
            Some(_) => exists(),
            None => Reply::ok(&self.add(body)),
        }
    }

    /// The user with the address that a body names.
    fn named(&self, body: &Value) -> Option<&Value> {
        let mut users = self.users.values();
        users.find(|user| body["email"].is_string() && user["email"] == body["email"])
    }

    fn list(&self, request: &Request) -> Reply {
        let number = |name: &str, usual: usize| {
            request
                .number(name)
                .filter(|number| *number > 0)
                .unwrap_or(usual)
        };
        let (page, size) = (number("page", 1), number("per_page", PAGE));
        let users: Vec<&Value> = self
            .users
            .values()
            .skip((page - 1) * size)
            .take(size)
            .collect();
        let last = self.users.len().div_ceil(size).max(1);
        let url = format!("{}/auth/v1/admin/users", request.base);
        let mut links = Vec::new();
        if page < last {
            links.push(format!(
                "<{url}?page={}&per_page={size}>; rel=\"next\"",
                page + 1
            ));
        }
        links.push(format!("<{url}?page={last}&per_page={size}>; rel=\"last\""));
        Reply::ok(&json!({ "users": users, "aud": "authenticated" }))
            .with("x-total-count", self.users.len().to_string())
            .with("link", links.join(", "))
    }
}

/// Does what the body of a change says.
fn change(user: &mut Value, body: &Value) {
    for name in ["email", "phone", "role"] {
        if body[name].is_string() {
            user[name] = body[name].clone();
        }
    }
    for name in ["user_metadata", "app_metadata"] {
        if let (Some(own), Some(new)) = (user[name].as_object_mut(), body[name].as_object()) {
            own.extend(
                new.iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        }
    }
    if body["email_confirm"] == true {
        user["email_confirmed_at"] = json!(TIME);
    }
    if let Some(duration) = body["ban_duration"].as_str() {
        user["banned_until"] = match duration {
            "none" => Value::Null,
            _ => json!("2126-01-05T09:00:00Z"),
        };
    }
}

fn failure(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "code": status, "error_code": code, "msg": message }),
    )
    .with("x-sb-error-code", code)
}

fn no_user() -> Reply {
    failure(404, "user_not_found", "User not found")
}

fn exists() -> Reply {
    failure(
        422,
        "email_exists",
        "A user with this email address has already been registered",
    )
}
