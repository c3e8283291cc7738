//! What an app has to be told so that it takes a sandbox for the outside world.

use std::collections::BTreeMap;

use crate::Sandbox;

/// An access token that the sandbox's Google takes without having given it out.
pub const ACCESS_TOKEN: &str = "sandbox-access-token";
/// The key that an app has for the sandbox's OpenAI, which takes any. The official clients in tests/differential have it too.
pub const OPENAI_KEY: &str = "sk-sandbox";
/// The same for its Supabase.
pub const SUPABASE_KEY: &str = "sandbox-key";

/// The app's variables that lead every service to one address, with keys that a sandbox takes.
#[must_use]
pub fn upstreams(url: &str) -> [(&'static str, String); 8] {
    [
        ("google_base_url", url.to_owned()),
        ("google_token_url", format!("{url}/token")),
        ("google_token_host", url.to_owned()),
        ("openai_base_url", url.to_owned()),
        ("openai_api_key", OPENAI_KEY.to_owned()),
        ("supabase_url", url.to_owned()),
        ("supabase_key", SUPABASE_KEY.to_owned()),
        ("websearch_base_url", url.to_owned()),
    ]
}

impl Sandbox {
    /// The app's variables by name: every service's base URL leads here, with credentials that the
    /// sandbox takes, and pages can be fetched from here alone, also by tasks themselves. So no request leaves the machine.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        let authority = self.url().trim_start_matches("http://");
        let port = authority.rsplit(':').next().unwrap_or_default();
        let mut variables = BTreeMap::from(upstreams(self.url()));
        variables.insert("google_service_account", self.service_account().to_string());
        variables.extend(
            [
                ("google_base_path", ""),
                ("google_subject", "admin@example.com"),
                ("google_scopes", ""),
                ("openai_base_path", "/v1"),
                ("openai_organization", ""),
                ("openai_project", ""),
                ("supabase_base_path", ""),
                ("websearch_engine", "duckduckgo"),
                ("websearch_base_path", ""),
                ("websearch_api_key", "sandbox-search-key"),
                ("websearch_fetch_hosts", authority),
                ("websearch_ports", port),
                ("websearch_private_hosts", authority),
                ("fetch_hosts", authority),
            ]
            .map(|(name, value)| (name, value.to_owned())),
        );
        variables
    }
}
