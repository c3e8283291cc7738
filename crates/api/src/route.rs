//! Which call a method and a path mean.

use percent_encoding::percent_decode_str;
use tasker_domain::ErrorCode;

use crate::Problem;

/// A call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The published tasks.
    ListTasks,
    /// Runs a task.
    SubmitRun,
    /// Publishes a task.
    PublishTask,
    /// One published task.
    ShowTask,
    /// Withdraws a task.
    DeleteTask,
    /// One run.
    ShowRun,
    /// The runs.
    ListRuns,
    /// A run's settled calls.
    ShowJournal,
    /// A run's live frames and queued calls.
    ShowStack,
    /// A run's log lines.
    ShowLogs,
    /// What happens in a run, as it happens.
    FollowRun,
    /// A run's whole history.
    ExportRun,
    /// Removes an ended run.
    DeleteRun,
    /// What is stored of a run's VMs.
    InspectRun,
    /// Cancels a run.
    CancelRun,
    /// Sends an event to runs.
    SendEvent,
    /// Asks whether a signed address is to send its event.
    ConfirmEvent,
    /// Sends the event of a signed address.
    SendSignedEvent,
    /// Runs what has ended again.
    RetryRun,
    /// Cancels the runs that fit a filter.
    CancelRuns,
    /// Pauses the runs that fit a filter.
    PauseRuns,
    /// Lets the paused runs go on that fit a filter.
    ResumeRuns,
    /// Runs again what has ended and fits a filter.
    RetryRuns,
    /// Lets nothing of a run go on.
    PauseRun,
    /// Lets a paused run go on.
    ResumeRun,
    /// The schedules.
    ListSchedules,
    /// One schedule.
    ShowSchedule,
    /// Makes or changes a schedule.
    SetSchedule,
    /// Removes a schedule.
    DeleteSchedule,
    /// Runs a schedule's task now.
    TriggerSchedule,
    /// Keeps a schedule from firing.
    PauseSchedule,
    /// Lets a schedule fire again.
    ResumeSchedule,
    /// Repairs and drains the queue.
    Sweep,
    /// The namespaces of the keystore.
    ListNamespaces,
    /// The keys of a namespace.
    ListKeys,
    /// A stored value.
    ShowKey,
    /// Stores a value.
    SetKey,
    /// Removes a value.
    DeleteKey,
    /// Seals values under the present master key.
    RotateKeys,
    /// Whether the service works.
    Health,
    /// Whether the service can do its work.
    Ready,
    /// How everything is, and what to do.
    Diagnose,
    /// The same, after repairs.
    Repair,
    /// Figures for Prometheus.
    Metrics,
    /// The OpenAPI document.
    OpenApi,
    /// The page of an error code.
    ErrorPage,
}

/// A method on a path.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// What it means.
    pub operation: Operation,
}

const fn route(method: &'static str, path: &'static str, operation: Operation) -> Route {
    Route {
        method,
        path,
        operation,
    }
}

/// Every route, those of one path together.
pub const ROUTES: &[Route] = &[
    route("GET", "/tasks", Operation::ListTasks),
    route("POST", "/tasks", Operation::SubmitRun),
    route("PUT", "/tasks/{name}", Operation::PublishTask),
    route("GET", "/tasks/{name}", Operation::ShowTask),
    route("DELETE", "/tasks/{name}", Operation::DeleteTask),
    route("GET", "/tasks/status/{taskRunId}", Operation::ShowRun),
    route("GET", "/runs", Operation::ListRuns),
    route("GET", "/runs/{id}", Operation::ShowRun),
    route("DELETE", "/runs/{id}", Operation::DeleteRun),
    route("GET", "/runs/{id}/export", Operation::ExportRun),
    route("GET", "/runs/{id}/journal", Operation::ShowJournal),
    route("GET", "/runs/{id}/stack", Operation::ShowStack),
    route("GET", "/runs/{id}/logs", Operation::ShowLogs),
    route("GET", "/runs/{id}/events", Operation::FollowRun),
    route("GET", "/runs/{id}/inspect", Operation::InspectRun),
    route("POST", "/runs/cancel", Operation::CancelRuns),
    route("POST", "/runs/pause", Operation::PauseRuns),
    route("POST", "/runs/resume", Operation::ResumeRuns),
    route("POST", "/runs/retry", Operation::RetryRuns),
    route("POST", "/runs/{id}/cancel", Operation::CancelRun),
    route("POST", "/events", Operation::SendEvent),
    route("GET", "/events/signed/{token}", Operation::ConfirmEvent),
    route("POST", "/events/signed/{token}", Operation::SendSignedEvent),
    route("POST", "/runs/{id}/retry", Operation::RetryRun),
    route("POST", "/runs/{id}/pause", Operation::PauseRun),
    route("POST", "/runs/{id}/resume", Operation::ResumeRun),
    route("GET", "/schedules", Operation::ListSchedules),
    route("GET", "/schedules/{name}", Operation::ShowSchedule),
    route("PUT", "/schedules/{name}", Operation::SetSchedule),
    route("DELETE", "/schedules/{name}", Operation::DeleteSchedule),
    route(
        "POST",
        "/schedules/{name}/trigger",
        Operation::TriggerSchedule,
    ),
    route("POST", "/schedules/{name}/pause", Operation::PauseSchedule),
    route(
        "POST",
        "/schedules/{name}/resume",
        Operation::ResumeSchedule,
    ),
    route("POST", "/sweep", Operation::Sweep),
    route("POST", "/keys/rotate", Operation::RotateKeys),
    route("GET", "/keys", Operation::ListNamespaces),
    route("GET", "/keys/{namespace}", Operation::ListKeys),
    route("GET", "/keys/{namespace}/{key}", Operation::ShowKey),
    route("PUT", "/keys/{namespace}/{key}", Operation::SetKey),
    route("DELETE", "/keys/{namespace}/{key}", Operation::DeleteKey),
    route("GET", "/health", Operation::Health),
    route("GET", "/health/ready", Operation::Ready),
    route("GET", "/doctor", Operation::Diagnose),
    route("POST", "/doctor", Operation::Repair),
    route("GET", "/metrics", Operation::Metrics),
    route("GET", "/openapi.json", Operation::OpenApi),
    route("GET", "/errors/{code}", Operation::ErrorPage),
];

impl Operation {
    /// Whether it needs no token. A signed address is its own right.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Health
                | Self::Ready
                | Self::OpenApi
                | Self::ErrorPage
                | Self::ConfirmEvent
                | Self::SendSignedEvent
        )
    }
}

/// A call that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What is called.
    pub operation: Operation,
    /// The parameters of the path in their order, decoded.
    pub params: Vec<String>,
}

/// Why a method and a path mean no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMatch {
    /// There is nothing at the path.
    Path,
    /// The path does not take the method, but these: the value of `Allow`.
    Method(String),
    /// The path is not percent-encoded UTF-8.
    Encoding,
}

impl From<NoMatch> for Problem {
    fn from(no_match: NoMatch) -> Self {
        match no_match {
            NoMatch::Path => Self::new(
                ErrorCode::RouteNotFound,
                "there is nothing at this path; GET /openapi.json lists what there is",
            ),
            NoMatch::Method(allow) => {
                let detail = format!("this path takes {allow}");
                Self {
                    allow: Some(allow),
                    ..Self::new(ErrorCode::MethodNotAllowed, detail)
                }
            }
            NoMatch::Encoding => Self::new(
                ErrorCode::BadRequest,
                "the path is not percent-encoded UTF-8",
            ),
        }
    }
}

/// Finds the call of a method and a path (without its query). `HEAD` is `GET`.
///
/// # Errors
/// If there is none.
pub fn find(method: &str, path: &str) -> Result<Match, NoMatch> {
    let method = if method == "HEAD" { "GET" } else { method };
    // A path may be another method's parameter: there may be a namespace `rotate`.
    let router = router(routes(path).filter(|route| route.method == method));
    let Ok(found) = router.at(path) else {
        return Err(no_match(path));
    };
    let route = found.value;
    let params = found
        .params
        .iter()
        .map(|(_, value)| percent_decode_str(value).decode_utf8().map(Into::into))
        .collect::<Result<_, _>>()
        .map_err(|_| NoMatch::Encoding)?;
    Ok(Match {
        operation: route.operation,
        params,
    })
}

/// The routes that the path may be one of. What stands for all runs is no run's id; but a namespace of the
/// keystore may be called `rotate`.
fn routes(path: &str) -> impl Iterator<Item = &'static Route> {
    let of_all = path.starts_with("/runs/") && ROUTES.iter().any(|route| route.path == path);
    ROUTES
        .iter()
        .filter(move |route| !of_all || !route.path.contains('{'))
}

fn router<'r>(routes: impl Iterator<Item = &'r Route>) -> matchit::Router<&'r Route> {
    let mut router = matchit::Router::new();
    for route in routes {
        router
            .insert(route.path, route)
            .expect("the paths do not conflict");
    }
    router
}

fn no_match(path: &str) -> NoMatch {
    let mut methods: Vec<_> = routes(path)
        .filter(|route| router(std::iter::once(*route)).at(path).is_ok())
        .map(|route| route.method)
        .collect();
    if methods.is_empty() {
        return NoMatch::Path;
    }
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    NoMatch::Method(methods.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_mean_calls() {
        let found = |method, path| find(method, path).map(|found| (found.operation, found.params));
        let params = |params: &[&str]| {
            params
                .iter()
                .map(|param| (*param).to_owned())
                .collect::<Vec<_>>()
        };
        for (method, path, operation, expected) in [
            ("GET", "/tasks", Operation::ListTasks, params(&[])),
            (
                "PUT",
                "/tasks/a%2Fb",
                Operation::PublishTask,
                params(&["a/b"]),
            ),
            (
                "GET",
                "/tasks/status",
                Operation::ShowTask,
                params(&["status"]),
            ),
            ("GET", "/tasks/status/1", Operation::ShowRun, params(&["1"])),
            ("HEAD", "/runs/1", Operation::ShowRun, params(&["1"])),
            ("POST", "/keys/rotate", Operation::RotateKeys, params(&[])),
            (
                "GET",
                "/keys/rotate",
                Operation::ListKeys,
                params(&["rotate"]),
            ),
            (
                "PUT",
                "/keys/n%20s/%C3%BC",
                Operation::SetKey,
                params(&["n s", "ü"]),
            ),
        ] {
            assert_eq!(
                found(method, path),
                Ok((operation, expected)),
                "{method} {path}"
            );
        }
        for path in [
            "/",
            "",
            "/task",
            "/tasks/",
            "/tasks/a/b",
            "/runs/1/journal/2",
            "//tasks",
        ] {
            assert_eq!(found("GET", path), Err(NoMatch::Path), "{path}");
        }
        assert_eq!(
            found("PATCH", "/tasks"),
            Err(NoMatch::Method("GET, POST, HEAD, OPTIONS".to_owned()))
        );
        assert_eq!(
            found("GET", "/sweep"),
            Err(NoMatch::Method("POST, OPTIONS".to_owned()))
        );
        assert_eq!(
            found("GET", "/runs/cancel"),
            Err(NoMatch::Method("POST, OPTIONS".to_owned()))
        );
        assert_eq!(found("GET", "/tasks/%ff"), Err(NoMatch::Encoding));
    }
}
