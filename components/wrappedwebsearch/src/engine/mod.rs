//! The search engines.

pub mod brave;
pub mod duckduckgo;
pub mod searxng;

use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, refused};
use tasker_settings::{SearchEngine, WEBSEARCH_API_KEY};
use url::Url;

use crate::settings::{BRAVE, Settings};

/// Characters of a title and of a snippet.
const TITLE_LIMIT: usize = 500;
const SNIPPET_LIMIT: usize = 2_000;
/// Results of one page that are looked at.
const RESULTS_LIMIT: usize = 100;

/// Where an engine searches, under its base URL.
pub(crate) const fn path(engine: SearchEngine) -> &'static str {
    match engine {
        SearchEngine::DuckDuckGo => "/html",
        SearchEngine::Brave => "/res/v1/web/search",
        SearchEngine::SearXng => "/search",
    }
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The words.
    pub query: String,
    /// Country and language, in lower case.
    pub region: Option<(String, String)>,
    /// `day`, `week`, `month` or `year`: no older than that.
    pub time: Option<&'static str>,
    /// `strict`, `moderate` or `off`.
    pub safe: Option<&'static str>,
    /// How many results are wanted.
    pub count: u64,
}

impl Question {
    /// The region, unless it is everywhere.
    fn place(&self) -> Option<(&str, &str)> {
        let (country, language) = self.region.as_ref()?;
        (country != "wt").then_some((country, language))
    }
}

/// Which page of the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// From 1.
    Number(u64),
    /// As an engine named the page after one that it gave.
    Token(String),
}

impl Page {
    fn number(&self) -> Result<u64, ServiceError> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Token(_) => Err(tasker_service::invalid("this engine's pages are numbers")),
        }
    }
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Without markup.
    pub title: String,
    /// Absolute, `http` or `https`.
    pub url: String,
    /// Without markup.
    pub snippet: String,
}

impl Found {
    /// A result, if its URL is one of the web.
    fn new(title: &str, url: &str, snippet: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok()?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return None;
        }
        Some(Self {
            title: tidy(title, TITLE_LIMIT),
            // As the engine wrote it, whatever it carries along.
            url: url.to_owned(),
            snippet: tidy(snippet, SNIPPET_LIMIT),
        })
    }

    /// As tasks see it.
    #[must_use]
    pub fn into_json(self) -> Value {
        json!({ "title": self.title, "url": self.url, "snippet": self.snippet })
    }
}

/// One page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// In the engine's order.
    pub results: Vec<Found>,
    /// The page after it, if there is one.
    pub next: Option<Page>,
}

impl Results {
    /// What an engine gave as JSON, each read by `found`; what cannot be read is left out.
    fn read(given: &[Value], found: fn(&Value) -> Option<Found>, next: Option<u64>) -> Self {
        let given = given.iter().take(RESULTS_LIMIT);
        Self {
            results: given.filter_map(found).collect(),
            next: next.map(Page::Number),
        }
    }
}

/// The items of a list in JSON; none if it is no list.
fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Asks an engine for one page.
pub(crate) async fn ask(
    host: &impl Host,
    settings: &Settings,
    question: &Question,
    page: &Page,
) -> Result<Results, ServiceError> {
    let base = &settings.base;
    match settings.engine {
        SearchEngine::DuckDuckGo => duckduckgo::ask(host, base, question, page).await,
        SearchEngine::Brave => {
            let key = key(host, settings).await?;
            // A server in its place may want none.
            if key.is_none() && base == BRAVE {
                return Err(refused(
                    ErrorCode::CredentialMissing,
                    "there is no key of Brave: set the variable `websearch_api_key`, or `api_key` in the keystore's namespace `websearch`",
                ));
            }
            brave::ask(host, base, key.as_ref(), question, page).await
        }
        SearchEngine::SearXng => {
            let key = key(host, settings).await?;
            searxng::ask(host, base, key.as_ref(), question, page).await
        }
    }
}

async fn key(host: &impl Host, settings: &Settings) -> Result<Option<Secret>, ServiceError> {
    if settings.is_own {
        host.credential(&WEBSEARCH_API_KEY, "api_key").await
    } else {
        Ok(None)
    }
}

/// Text with single spaces, cut to a bound.
fn tidy(text: &str, limit: usize) -> String {
    let mut tidy = String::new();
    for word in text.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    match tidy.char_indices().nth(limit) {
        Some((end, _)) => {
            tidy.truncate(end);
            tidy + "…"
        }
        None => tidy,
    }
}
