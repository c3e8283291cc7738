//! Supabase, for `tools.supabase`.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;

use super::table;
use crate::Component::Supabase;
use crate::Policy;
use crate::setting::{LINE, PATH, POLICY, origin, seconds};

table! {
    "Supabase, for `tools.supabase`";

    /// The project's URL: an origin, without a path; by default that of a local project
    SUPABASE_URL: String = origin(SUPABASE_BASE_PATH.name()).or("http://127.0.0.1:54321").of(&[Supabase]);

    /// The path of the project under it
    SUPABASE_BASE_PATH: String = PATH.or("").of(&[Supabase]);

    /// The project's secret (service role) key; empty: `key` in the keystore's namespace `supabase`
    SUPABASE_KEY: String = LINE.secret().or("").of(&[Supabase]);

    /// What may be called, and how often: docs/services/README.md
    SUPABASE_POLICY: Policy = POLICY.or("{}").of(&[Supabase]);

    /// How long a call may take
    SUPABASE_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("300").of(&[Supabase]);
}
