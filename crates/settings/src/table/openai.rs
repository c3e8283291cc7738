//! OpenAI and compatible servers, for `tools.openai`.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;

use super::table;
use crate::Component::OpenAi;
use crate::Policy;
use crate::setting::{LINE, PATH, POLICY, origin, seconds};

table! {
    "OpenAI and compatible servers, for `tools.openai`";

    /// Where the API is: an origin, without a path
    OPENAI_BASE_URL: String = origin(OPENAI_BASE_PATH.name()).or("https://api.openai.com").of(&[OpenAi]);

    /// The path of the API under it; empty: none
    OPENAI_BASE_PATH: String = PATH.or("/v1").of(&[OpenAi]);

    /// The API key; empty: `api_key` in the keystore's namespace `openai`
    OPENAI_API_KEY: String = LINE.secret().or("").of(&[OpenAi]);

    /// Organisation that is billed; empty: the key's
    OPENAI_ORGANIZATION: String = LINE.or("").of(&[OpenAi]);

    /// Project that is billed; empty: the key's
    OPENAI_PROJECT: String = LINE.or("").of(&[OpenAi]);

    /// What may be called, and how often: docs/services/README.md
    OPENAI_POLICY: Policy = POLICY.or("{}").of(&[OpenAi]);

    /// How long a call may take; of an answer that is streamed, each part
    OPENAI_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("600").of(&[OpenAi]);
}
