//! Where the search engine is.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::{Host, base_url, refused};
use tasker_settings::{SearchEngine, WEBSEARCH_BASE_PATH, WEBSEARCH_BASE_URL, WEBSEARCH_ENGINE};

use crate::engine;

/// DuckDuckGo's result pages.
const DUCKDUCKGO: &str = WEBSEARCH_BASE_URL.default();
const INSTANT: &str = "https://api.duckduckgo.com";
/// Brave's own place.
pub(crate) const BRAVE: &str = "https://api.search.brave.com";

/// The engine that a call uses.
pub(crate) struct Settings {
    pub(crate) engine: SearchEngine,
    /// Without a slash at its end.
    pub(crate) base: String,
    /// Whether this is the operator's engine, and so may see the operator's key.
    pub(crate) is_own: bool,
}

impl Settings {
    /// The engine that was asked for, or the operator's.
    pub(crate) fn of(host: &impl Host, asked: Option<SearchEngine>) -> Result<Self, ServiceError> {
        let own = own(host)?;
        let engine = asked.unwrap_or(own.engine);
        if engine == own.engine {
            return Ok(own);
        }
        let base = match engine {
            SearchEngine::DuckDuckGo => DUCKDUCKGO,
            SearchEngine::Brave | SearchEngine::SearXng => {
                return Err(refused(
                    ErrorCode::ServiceUnavailable,
                    format!(
                        "`tools.websearch` is set up for `{}`, not for `{}`: see the variable `websearch_engine`",
                        own.engine, engine
                    ),
                ));
            }
        };
        Ok(Self {
            engine,
            base: base.to_owned(),
            is_own: false,
        })
    }

    /// Where the instant answers are: with DuckDuckGo's pages if those were moved.
    pub(crate) fn instant(host: &impl Host) -> Result<String, ServiceError> {
        let own = own(host)?;
        let moved = own.engine == SearchEngine::DuckDuckGo && own.base != DUCKDUCKGO;
        Ok(if moved { own.base } else { INSTANT.to_owned() })
    }
}

fn own(host: &impl Host) -> Result<Settings, ServiceError> {
    let engine = host.setting(&WEBSEARCH_ENGINE)?;
    let base = base_url::read(host, &WEBSEARCH_BASE_URL, &WEBSEARCH_BASE_PATH)?;
    // An engine of which only the name was set is where it always is.
    let base = match engine {
        SearchEngine::Brave if base == DUCKDUCKGO => BRAVE,
        SearchEngine::SearXng if base == DUCKDUCKGO => {
            return Err(refused(
                ErrorCode::ServiceUnavailable,
                "the variable `websearch_base_url` must say where the SearXNG server is",
            ));
        }
        // The address of the search itself is as good as that of its server.
        _ => base.strip_suffix(engine::path(engine)).unwrap_or(&base),
    };
    Ok(Settings {
        engine,
        base: base.to_owned(),
        is_own: true,
    })
}
