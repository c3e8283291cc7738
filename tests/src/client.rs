//! A client of the public API.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tasker_api::{JournalEntry, LogEntry, Page, PublishedTask, Run, StackEntry, Submitted};
use tasker_domain::{RunId, RunStatus};
use ureq::Agent;
use ureq::http::Request;

use crate::{Answer, until};

/// No answer takes longer.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Speaks to one app. Connections are kept alive.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    token: String,
}

impl Client {
    /// A client for the app at this address.
    #[must_use]
    pub fn new(url: &str, token: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        Self {
            agent,
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    /// The app's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends a request with the headers given and no others. An error means that no answer came.
    ///
    /// # Errors
    /// The reason for people.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self
                .agent
                .run(request.body(body).map_err(|error| error.to_string())?),
            None => self
                .agent
                .run(request.body(()).map_err(|error| error.to_string())?),
        };
        let mut response = response.map_err(|error| error.to_string())?;
        let body = response
            .body_mut()
            .with_config()
            .limit(256 << 20)
            .read_to_vec();
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.map_err(|error| error.to_string())?,
        })
    }

    /// Sends a request with the headers given and no others.
    ///
    /// # Panics
    /// If no answer comes.
    #[track_caller]
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        match self.try_send(method, path, headers, body) {
            Ok(answer) => answer,
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// Sends a request with the token.
    ///
    /// # Panics
    /// If no answer comes.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        match self.try_call(method, path, body) {
            Ok(answer) => answer,
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// Sends a request with the token. An error means that no answer came.
    ///
    /// # Errors
    /// The reason for people.
    pub fn try_call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", authorization.as_str())];
        let body = body.map(|body| {
            headers.push(("content-type", "application/json"));
            body.to_string()
        });
        self.try_send(method, path, &headers, body.as_deref().map(str::as_bytes))
    }

    /// `GET` with the token.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    /// `POST` with the token.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body))
    }

    /// `PUT` with the token.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body))
    }

    /// Publishes a task without modules.
    #[track_caller]
    pub fn publish(&self, name: &str, code: &str) -> PublishedTask {
        let answer = self.put(&format!("/tasks/{name}"), &json!({ "code": code }));
        assert!(
            matches!(answer.status, 200 | 201),
            "{name}: {}",
            answer.text()
        );
        answer.expect(answer.status)
    }

    /// Submits a run.
    #[track_caller]
    pub fn submit(&self, task: &str, input: impl Serialize) -> RunId {
        let submitted: Submitted = self
            .post("/tasks", &json!({ "taskName": task, "input": input }))
            .expect(202);
        submitted.task_run_id
    }

    /// A run as it is now.
    #[track_caller]
    pub fn show(&self, run: RunId) -> Run {
        self.get(&format!("/runs/{run}")).expect(200)
    }

    /// A run when it has ended.
    ///
    /// # Panics
    /// If it has not ended within a minute and a half.
    #[track_caller]
    pub fn wait(&self, run: RunId) -> Run {
        self.wait_for(run, 90)
    }

    /// A run when it has ended.
    ///
    /// # Panics
    /// If it has not ended in that time.
    #[track_caller]
    pub fn wait_for(&self, run: RunId, seconds: u64) -> Run {
        until(&format!("run {run} ends"), seconds, || {
            let run: Run = self.get(&format!("/runs/{run}?wait=20")).expect(200);
            run.status.is_terminal().then_some(run)
        })
    }

    /// Submits a run and waits for its end.
    #[track_caller]
    pub fn run(&self, task: &str, input: impl Serialize) -> Run {
        self.wait(self.submit(task, input))
    }

    /// The result of a run that completes.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn result(&self, task: &str, input: impl Serialize) -> Value {
        result(&self.run(task, input))
    }

    /// A run's whole history.
    #[track_caller]
    pub fn journal(&self, run: RunId) -> Vec<JournalEntry> {
        self.pages(&format!("/runs/{run}/journal"))
    }

    /// A run's live frames and queued calls.
    #[track_caller]
    pub fn stack(&self, run: RunId) -> Vec<StackEntry> {
        self.pages(&format!("/runs/{run}/stack"))
    }

    /// A run's log.
    #[track_caller]
    pub fn logs(&self, run: RunId) -> Vec<LogEntry> {
        self.pages(&format!("/runs/{run}/logs"))
    }

    /// All items of a list.
    #[track_caller]
    pub fn pages<T: DeserializeOwned>(&self, path: &str) -> Vec<T> {
        let mut items = Vec::new();
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut query = format!("{path}{separator}limit=200");
        loop {
            let page: Page<T> = self.get(&query).expect(200);
            items.extend(page.items);
            match page.next_cursor {
                Some(cursor) => query = format!("{path}{separator}limit=200&cursor={cursor}"),
                None => return items,
            }
        }
    }
}

/// The result of a run that has completed.
///
/// # Panics
/// If it has not.
#[must_use]
#[track_caller]
pub fn result(run: &Run) -> Value {
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    run.result
        .as_ref()
        .and_then(|result| result.read().ok())
        .expect("a completed run has a result")
}

/// The error of a run that has failed.
///
/// # Panics
/// If it has not.
#[must_use]
#[track_caller]
pub fn error(run: &Run) -> &tasker_api::TaskError {
    assert_eq!(run.status, RunStatus::Failed, "{:?}", run.result);
    run.error.as_ref().expect("a failed run has an error")
}
