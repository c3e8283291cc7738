//! Makes an API key.

use serde_json::json;
use tasker_api::{CreatedApiKey, NewApiKey, Timestamp, auth};
use tasker_domain::access::ApiKey;
use tasker_host::random;

use crate::audit;
use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api-keys";
    const NEEDS: Needs = Needs::To(Right::Administer, Of::Nothing);
    const ID: &'static str = "createApiKey";
    const TAG: &'static str = "api-keys";
    const SUMMARY: &'static str = "Makes an API key, and shows it this once";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::CREATED, "The key; only its hash is kept")];
    const PROBLEMS: Problems = &[ApiKeyExists];

    type Path = ();
    type Query = ();
    type Body = Json<NewApiKey>;
    type Answer = Json<CreatedApiKey>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let now = time::now_ms();
        let (permissions, expires_at) = call.body.check(now)?;
        audit::target(&call.body.name);
        audit::detail(&json!({
            "roles": permissions.roles,
            "tasks": permissions.tasks,
            "namespaces": permissions.namespaces,
            "expiresAt": expires_at.map(Timestamp::from_millis),
        }));
        let key = auth::key(random());
        let kept = ApiKey {
            name: call.body.name,
            hash: auth::hash(&key),
            permissions,
            created_at: now,
            expires_at,
            used_at: None,
        };
        if !store.add_api_key(&kept)? {
            let detail = format!(
                "there is an API key `{}`; revoke it first, or take another name",
                kept.name
            );
            return Err(Error::new(ApiKeyExists, detail));
        }
        let about = kept.into();
        Answer::json(StatusCode::CREATED, &CreatedApiKey { key, about })
    }
}
