//! What an app has to be told so that it takes a sandbox for the outside world.

use std::collections::BTreeMap;

use crate::Sandbox;

impl Sandbox {
    /// The app's variables by name: every service's base URL leads here, with credentials that the
    /// sandbox takes, and pages can be fetched from here alone. So no request leaves the machine.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        let url = self.url();
        let authority = url.trim_start_matches("http://");
        let port = authority.rsplit(':').next().unwrap_or_default();
        BTreeMap::from([
            ("google_base_url", url.to_owned()),
            ("google_base_path", String::new()),
            ("google_token_url", format!("{url}/token")),
            ("google_token_host", url.to_owned()),
            ("google_service_account", self.service_account().to_json()),
            ("google_subject", "admin@example.com".to_owned()),
            ("google_scopes", String::new()),
            ("openai_base_url", url.to_owned()),
            ("openai_base_path", "/v1".to_owned()),
            ("openai_api_key", "sk-sandbox-of-tasker".to_owned()),
            ("openai_organization", String::new()),
            ("openai_project", String::new()),
            ("supabase_url", url.to_owned()),
            ("supabase_base_path", String::new()),
            ("supabase_key", "sandbox-service-key".to_owned()),
            ("websearch_engine", "duckduckgo".to_owned()),
            ("websearch_base_url", url.to_owned()),
            ("websearch_base_path", String::new()),
            ("websearch_api_key", "sandbox-search-key".to_owned()),
            ("websearch_fetch_hosts", authority.to_owned()),
            ("websearch_ports", port.to_owned()),
            ("websearch_private_hosts", authority.to_owned()),
        ])
    }
}
