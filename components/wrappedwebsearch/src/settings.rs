//! Where the search engine is.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::{Host, refused};
use url::Url;

use crate::engine::Kind;

/// DuckDuckGo's result pages; the default of `websearch_base_url`.
pub(crate) const DUCKDUCKGO: &str = "https://html.duckduckgo.com";
const INSTANT: &str = "https://api.duckduckgo.com";
const BRAVE: &str = "https://api.search.brave.com";

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
    let origin = origin(&host.setting("websearch_base_url")?)?;
    // An engine of which only the name was set is where it always is.
    let origin = match kind {
        Kind::Brave if origin == DUCKDUCKGO => BRAVE.to_owned(),
        Kind::SearXng if origin == DUCKDUCKGO => {
            return Err(misconfigured(
                "the variable `websearch_base_url` must say where the SearXNG server is".to_owned(),
            ));
        }
        _ => origin,
    };
    let path = host.setting("websearch_base_path")?;
    let path = path.trim().trim_matches('/');
    let mut base = origin;
    if !path.is_empty() {
        base.push('/');
        base.push_str(path);
    }
    if Url::parse(&base).map_or(true, |url| {
        url.query().is_some() || url.fragment().is_some()
    }) {
        return Err(misconfigured(
            "the variable `websearch_base_path` must be a path".to_owned(),
        ));
    }
    Ok(Settings {
        kind,
        base,
        is_own: true,
    })
}

/// Hosts allow requests by origin: a path in the base URL would have every request refused.
fn origin(text: &str) -> Result<String, ServiceError> {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| {
        misconfigured(
            "the variable `websearch_base_url` must be scheme and host, such as `https://search.example.com`; a path goes into `websearch_base_path`"
                .to_owned(),
        )
    })
}

fn misconfigured(message: String) -> ServiceError {
    refused(ErrorCode::ServiceUnavailable, message)
}
