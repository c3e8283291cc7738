//! Where the search engine is.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::{Host, base_url, refused};

use crate::engine::Kind;

/// DuckDuckGo's result pages; the default of `websearch_base_url`.
pub(crate) const DUCKDUCKGO: &str = "https://html.duckduckgo.com";
const INSTANT: &str = "https://api.duckduckgo.com";
/// Brave's own place.
pub(crate) const BRAVE: &str = "https://api.search.brave.com";

/// The engine that a call uses.
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    /// Without a slash at its end.
    pub(crate) base: String,
    /// Whether this is the operator's engine, and so may see the operator's key.
    pub(crate) is_own: bool,
}

impl Settings {
    /// The engine that was asked for, or the operator's.
    pub(crate) fn of(host: &impl Host, asked: Option<Kind>) -> Result<Self, ServiceError> {
        let own = own(host)?;
        let kind = asked.unwrap_or(own.kind);
        if kind == own.kind {
            return Ok(own);
        }
        let base = match kind {
            Kind::DuckDuckGo => DUCKDUCKGO,
            Kind::Brave | Kind::SearXng => {
                return Err(refused(
                    ErrorCode::ServiceUnavailable,
                    format!(
                        "`tools.websearch` is set up for `{}`, not for `{}`: see the variable `websearch_engine`",
                        own.kind.name(),
                        kind.name()
                    ),
                ));
            }
        };
        Ok(Self {
            kind,
            base: base.to_owned(),
            is_own: false,
        })
    }

    /// Where the instant answers are: with DuckDuckGo's pages if those were moved.
    pub(crate) fn instant(host: &impl Host) -> Result<String, ServiceError> {
        let own = own(host)?;
        let moved = own.kind == Kind::DuckDuckGo && own.base != DUCKDUCKGO;
        Ok(if moved { own.base } else { INSTANT.to_owned() })
    }
}

fn own(host: &impl Host) -> Result<Settings, ServiceError> {
    let name = host.setting("websearch_engine")?;
    let kind = Kind::of(name.trim()).ok_or_else(|| {
        misconfigured(format!(
            "the variable `websearch_engine` must be one of: {}",
            Kind::NAMES.join(", ")
        ))
    })?;
    let base = base_url::read(host, "websearch_base_url", "websearch_base_path")?;
    // An engine of which only the name was set is where it always is.
    let base = match kind {
        Kind::Brave if base == DUCKDUCKGO => BRAVE,
        Kind::SearXng if base == DUCKDUCKGO => {
            return Err(misconfigured(
                "the variable `websearch_base_url` must say where the SearXNG server is".to_owned(),
            ));
        }
        // The address of the search itself is as good as that of its server.
        _ => base.strip_suffix(kind.path()).unwrap_or(&base),
    };
    Ok(Settings {
        kind,
        base: base.to_owned(),
        is_own: true,
    })
}

fn misconfigured(message: String) -> ServiceError {
    refused(ErrorCode::ServiceUnavailable, message)
}
