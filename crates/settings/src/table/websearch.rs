//! Search engines and web pages, for `tools.websearch`.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;
use tasker_hosts::FetchRule;

use super::table;
use crate::Component::WebSearch;
use crate::Policy;
use crate::setting::{FETCH_HOSTS, LINE, PATH, POLICY, PORTS, TEXT, origin, seconds, word};

tasker_domain::words! {
    /// A search engine.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum SearchEngine {
        /// DuckDuckGo's pages without scripts.
        DuckDuckGo = "duckduckgo",
        /// Brave's API.
        Brave = "brave",
        /// The API of a SearXNG server.
        SearXng = "searxng",
    }
}

table! {
    "Search engines and web pages, for `tools.websearch`";

    /// `duckduckgo`, `brave` or `searxng`
    WEBSEARCH_ENGINE: SearchEngine = word(SearchEngine::WORDS, |text| SearchEngine::parse(text.trim()))
        .or("duckduckgo")
        .of(&[WebSearch]);

    /// Where the engine is, if not where it always is: an origin, without a path
    WEBSEARCH_BASE_URL: String = origin(WEBSEARCH_BASE_PATH.name()).or("https://html.duckduckgo.com").of(&[WebSearch]);

    /// The path of the engine under it
    WEBSEARCH_BASE_PATH: String = PATH.or("").of(&[WebSearch]);

    /// The engine's key, if it wants one; empty: `api_key` in the keystore's namespace `websearch`
    WEBSEARCH_API_KEY: String = LINE.secret().or("").of(&[WebSearch]);

    /// Hosts whose pages may be fetched, as in `allowed_outbound_hosts` but without a scheme: `*`, `*.example.com`, `*:*` for any port
    WEBSEARCH_FETCH_HOSTS: String = TEXT.or("*");

    /// Ports at which pages may be fetched
    WEBSEARCH_PORTS: Vec<u16> = PORTS.or("80,443").of(&[WebSearch]);

    /// Hosts and networks that may be fetched though they are not public, separated by commas
    WEBSEARCH_PRIVATE_HOSTS: Vec<FetchRule> = FETCH_HOSTS.or("").of(&[WebSearch]);

    /// What may be called, and how often: docs/services/README.md
    WEBSEARCH_POLICY: Policy = POLICY.or("{}").of(&[WebSearch]);

    /// How long a call may take
    WEBSEARCH_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("30").of(&[WebSearch]);
}
