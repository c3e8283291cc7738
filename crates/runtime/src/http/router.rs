//! Which trigger serves a path. The most specific route wins, as routefinder orders them for Spin.

use routefinder::RouteSpec;

use crate::manifest::{HttpTrigger, Route, StaticResponse};

/// The public routes of an application.
pub(crate) struct Router(routefinder::Router<Handler>);

struct Handler {
    /// The route as the manifest has it.
    raw: String,
    /// The same with a leading and without a trailing slash.
    based: String,
    target: Target,
}

/// What serves a route.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The id of a component.
    Component(String),
    Static(StaticResponse),
}

/// How a path matched a route: what components see of it in their request's headers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) raw_route: String,
    pub(crate) based_route: String,
    /// What a trailing `/...` stood for, with its leading slash; else empty.
    pub(crate) path_info: String,
    /// What each `:name` stood for.
    pub(crate) named: Vec<(String, String)>,
}

impl Router {
    /// Takes the public routes. The last of triggers with the same route is used.
    pub(crate) fn new(triggers: &[HttpTrigger]) -> Result<Self, String> {
        let mut handlers: Vec<Handler> = Vec::new();
        for trigger in triggers {
            let Route::Public(raw) = &trigger.route else {
                continue;
            };
            let target = match (&trigger.component, &trigger.static_response) {
                (Some(id), _) => Target::Component(id.clone()),
                (None, Some(response)) => Target::Static(response.clone()),
                (None, None) => continue,
            };
            let handler = Handler {
                raw: raw.clone(),
                based: based(raw),
                target,
            };
            match handlers.iter_mut().find(|other| other.raw == *raw) {
                Some(other) => {
                    tracing::error!(
                        "route `{raw}` is defined twice; its first trigger is never used"
                    );
                    *other = handler;
                }
                None => handlers.push(handler),
            }
            if raw.starts_with(super::server::WELL_KNOWN) {
                tracing::error!("route `{raw}` is reserved and will never be reached");
            }
        }
        let mut router = routefinder::Router::new();
        for handler in handlers {
            let pattern = match handler.based.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => handler.based.clone(),
            };
            let route = RouteSpec::try_from(pattern.as_str())
                .map_err(|error| format!("route `{}`: {error}", handler.raw))?;
            router
                .add(route, handler)
                .map_err(|error| format!("{error:?}"))?;
        }
        Ok(Self(router))
    }

    /// The trigger for a path, if any has it.
    pub(crate) fn route(&self, path: &str) -> Option<(Target, Match)> {
        let found = self.0.best_match(path)?;
        let handler = found.handler();
        let captures = found.captures();
        // Routefinder leaves out slashes around what a wildcard stands for.
        let path_info = match (captures.wildcard(), path.ends_with('/')) {
            (None, _) | (Some(""), false) => String::new(),
            (Some(""), true) => "/".to_owned(),
            (Some(rest), false) => format!("/{rest}"),
            (Some(rest), true) => format!("/{rest}/"),
        };
        let named = captures
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let matched = Match {
            raw_route: handler.raw.clone(),
            based_route: handler.based.clone(),
            path_info,
            named,
        };
        Some((handler.target.clone(), matched))
    }

    /// The public routes as the manifest has them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, handler)| handler.raw.as_str())
    }
}

impl Match {
    /// A chained request reaches its component as if that had all paths to itself.
    pub(crate) fn chained(path: &str) -> Self {
        Self {
            raw_route: "/...".into(),
            based_route: "/...".into(),
            path_info: path.to_owned(),
            named: Vec::new(),
        }
    }
}

fn based(raw: &str) -> String {
    let absolute = if raw.starts_with('/') {
        raw.to_owned()
    } else {
        format!("/{raw}")
    };
    absolute
        .strip_suffix('/')
        .map(ToOwned::to_owned)
        .unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::HttpTrigger;

    fn trigger(route: &str, component: &str) -> HttpTrigger {
        let text = format!("route = {route}\ncomponent = \"{component}\"");
        toml::from_str(&text).unwrap()
    }

    fn router() -> Router {
        let triggers = [
            trigger("\"/...\"", "all"),
            trigger("\"/a\"", "first"),
            trigger("\"/a\"", "a"),
            trigger("\"/a/...\"", "under-a"),
            trigger("\"/a/:id/items/...\"", "items"),
            trigger("\"/a/b/...\"", "under-b"),
            trigger("{ private = true }", "private"),
        ];
        Router::new(&triggers).unwrap()
    }

    fn route(path: &str) -> (String, Match) {
        match router().route(path) {
            Some((Target::Component(id), matched)) => (id, matched),
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn the_most_specific_route_serves_a_path() {
        for (path, component, path_info) in [
            ("/", "all", "/"),
            ("/other/x", "all", "/other/x"),
            ("/a", "a", ""),
            ("/a/", "a", ""),
            ("/a/x", "under-a", "/x"),
            ("/a/x/", "under-a", "/x/"),
            ("/a/b/c", "under-b", "/c"),
            ("/a/7/items/x/y", "items", "/x/y"),
        ] {
            let (id, matched) = route(path);
            assert_eq!(
                (id.as_str(), matched.path_info.as_str()),
                (component, path_info),
                "{path}"
            );
        }
        let (_, matched) = route("/a/7/items");
        assert_eq!(matched.named, [("id".to_owned(), "7".to_owned())]);
        assert_eq!(matched.raw_route, "/a/:id/items/...");
    }

    #[test]
    fn without_a_catch_all_other_paths_have_no_route() {
        let router = Router::new(&[trigger("\"/a/\"", "a")]).unwrap();
        assert!(router.route("/b").is_none() && router.route("/").is_none());
        assert_eq!(router.route("/a").unwrap().1.based_route, "/a");
        assert_eq!(router.routes().collect::<Vec<_>>(), ["/a/"]);
    }
}
