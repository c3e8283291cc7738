//! What a service's call may ask for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tasker_domain::keystore::{KeyName, Resolve, SharedAnswer, SharedRequest, SharedStep};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{ErrorCode, Path, RunId};
use tasker_hosts::Target;
use tasker_service::http::{Request, Response};
use tasker_service::reference::References;
use tasker_service::scrub::Scrubber;
use tasker_service::secret::Secret;
use tasker_service::{Host, Service, refused, target, unknown};
use tasker_settings::{CHAINING_DOMAIN, Setting};

use super::outbound::{self, Failed};
use super::{Patience, keystore, misconfigured};
use crate::{config, random_token, time};

/// Pauses between two looks at a value that another is making.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// The right to make a shared value outlives its call by this much.
const MARGIN_MS: i64 = 1_000;

/// The host of one call.
pub(super) struct Context {
    service: &'static str,
    namespace: &'static str,
    run: RunId,
    frame: Option<Path>,
    patience: Patience,
    /// When time is up. A sign of life puts it off.
    deadline: Cell<Instant>,
    /// Requests that may be made only once and may have been made.
    done: Cell<u32>,
    /// Such a request may have been made by an attempt that was lost.
    was_lost: bool,
    references: References,
    /// Secrets that were sent to an upstream, by target.
    revealed: RefCell<HashMap<(KeyName, String), String>>,
    /// What an upstream may repeat: it is taken out of its answers before a service cuts or reads them.
    answers: RefCell<Scrubber>,
    /// All that the outcome must not have.
    outcome: RefCell<Scrubber>,
    /// The revisions of the shared values that this call was given.
    revisions: RefCell<HashMap<String, i64>>,
}

impl Context {
    pub(super) fn new<S: Service>(
        call: &ServiceRequest,
        references: References,
        patience: Patience,
    ) -> Self {
        let mut outcome = Scrubber::default();
        references
            .placeholders()
            .for_each(|text| outcome.hide(text));
        Self {
            service: S::NAME,
            namespace: S::NAMESPACE,
            run: call.run,
            frame: call.frame.clone(),
            deadline: Cell::new(patience.after(Instant::now(), patience.limit)),
            patience,
            done: Cell::new(0),
            was_lost: call.was_lost,
            references,
            revealed: RefCell::default(),
            answers: RefCell::default(),
            outcome: RefCell::new(outcome),
            revisions: RefCell::default(),
        }
    }

    /// When time is up, as it seems now.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// The outcome of the call. What may have been done, and may be done only once, gets no other attempt.
    pub(super) fn judge(&self, outcome: tasker_service::Result) -> tasker_service::Result {
        outcome.map_err(|error| {
            let might_be_made_again = error.retryable || error.outcome_unknown;
            match might_be_made_again && self.done.get() > 0 {
                true => unknown(error),
                false => error,
            }
        })
    }

    /// The outcome of the call without any secret.
    pub(super) fn clean(&self, outcome: tasker_service::Result) -> tasker_service::Result {
        let scrubber = self.outcome.borrow();
        match outcome {
            Ok(value) => Ok(scrubber.json(value)),
            Err(error) => Err(scrubber.error(error)),
        }
    }

    fn left(&self) -> Duration {
        self.deadline
            .get()
            .saturating_duration_since(Instant::now())
    }

    /// Makes sure that the secrets are known and may be sent to this target.
    async fn reveal(&self, names: Vec<KeyName>, origin: &str) -> Result<(), ServiceError> {
        let names: Vec<_> = {
            let known = self.revealed.borrow();
            names
                .into_iter()
                .filter(|name| !known.contains_key(&(name.clone(), origin.to_owned())))
                .collect()
        };
        if names.is_empty() {
            return Ok(());
        }
        let question = Resolve {
            run: self.run,
            frame: self.frame.clone(),
            origin: origin.to_owned(),
            names,
        };
        let texts: Vec<String> = keystore::ask("/resolve", &question).await?;
        for (name, text) in question.names.into_iter().zip(texts) {
            self.hide(&text);
            self.revealed
                .borrow_mut()
                .insert((name, origin.to_owned()), text);
        }
        Ok(())
    }

    /// Sends a request that may be made only once.
    async fn make_once(&self, target: &Target, request: Request) -> Result<Response, ServiceError> {
        if self.was_lost {
            let lost = "an attempt of this call was lost with the process that made it";
            return Err(unknown(refused(ErrorCode::OutcomeUnknown, lost)));
        }
        // Counted in advance: the caller may stop waiting at any moment.
        self.done.update(|done| done + 1);
        let answer = self.make(target, request).await;
        let was_not = match &answer {
            Ok(response) => response.is_refusal(),
            Err(failed) => !failed.may_have_arrived,
        };
        if was_not {
            self.done.update(|done| done - 1);
        }
        answer.map_err(|failed| failed.error)
    }

    /// Sends a request, with patience.
    async fn make(&self, target: &Target, request: Request) -> Result<Response, Failed> {
        let (wanted, streams) = (request.timeout, request.streams);
        let limit = wanted.map_or(self.patience.limit, |wanted| {
            wanted.min(self.patience.limit)
        });
        let own = Cell::new(self.patience.after(Instant::now(), limit));
        let sign_of_life = || {
            if streams {
                let now = Instant::now();
                own.set(self.patience.after(now, limit));
                self.deadline
                    .set(self.patience.after(now, self.patience.limit));
            }
        };
        let sent = outbound::send(target, request, sign_of_life);
        let answer = time::until(|| own.get().min(self.deadline.get()), sent).await;
        answer.unwrap_or_else(|| {
            Err(Failed {
                error: self.patience.is_over(self.service, limit),
                may_have_arrived: true,
            })
        })
    }

    async fn shared_step(
        &self,
        key: &str,
        token: &str,
        step: SharedStep,
    ) -> Result<SharedAnswer, ServiceError> {
        let question = SharedRequest {
            service: self.service.to_owned(),
            key: key.to_owned(),
            token: token.to_owned(),
            step,
        };
        keystore::ask("/shared", &question).await
    }

    fn remember(&self, key: &str, revision: i64) {
        self.revisions.borrow_mut().insert(key.to_owned(), revision);
    }
}

impl Host for Context {
    fn now_ms(&self) -> i64 {
        time::now_ms()
    }

    fn random(&self, length: usize) -> Vec<u8> {
        crate::random_bytes(length)
    }

    fn setting<T>(&self, setting: &Setting<T>) -> Result<T, ServiceError> {
        config::read(setting).map_err(|error| misconfigured(self.service, error))
    }

    async fn credential(
        &self,
        variable: &Setting<String>,
        key: &str,
    ) -> Result<Option<Secret>, ServiceError> {
        let mut text = Some(self.setting(variable)?).filter(|text| !text.is_empty());
        if text.is_none() {
            let question = KeyName {
                namespace: self.namespace.to_owned(),
                key: key.to_owned(),
            };
            text = keystore::ask("/credential", &question).await?;
        }
        if let Some(text) = &text {
            self.hide(text);
        }
        Ok(text.map(Secret::new))
    }

    fn hide(&self, text: &str) {
        self.answers.borrow_mut().hide(text);
        self.outcome.borrow_mut().hide(text);
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        let target = target(&request.url, &self.setting(&CHAINING_DOMAIN)?)?;
        let mut request = if self.references.is_empty() {
            request
        } else {
            let origin = target.to_string();
            let names = self.references.in_request(&request)?;
            self.reveal(names, &origin).await?;
            let revealed = self.revealed.borrow();
            self.references.fill(request, |name| {
                revealed.get(&(name.clone(), origin.clone())).cloned()
            })?
        };
        let (cut_at, gives_credential) = (request.cut_at, request.gives_credential);
        request.cut_at = cut_at.map(|most| most + self.answers.borrow().longest());
        let response = if request.is_repeatable() {
            self.make(&target, request)
                .await
                .map_err(|failed| failed.error)?
        } else {
            self.make_once(&target, request).await?
        };
        if gives_credential && response.is_ok() {
            return Ok(response);
        }
        let scrubber = self.answers.borrow();
        Ok(Response {
            status: response.status,
            headers: response
                .headers
                .into_iter()
                .map(|(name, value)| (name, scrubber.text(&value).into_owned()))
                .collect(),
            body: scrubber.start(response.body, cut_at.unwrap_or(usize::MAX)),
        })
    }

    async fn shared<F>(&self, key: &str, make: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        let token = random_token();
        let mut pause = FIRST_PAUSE;
        loop {
            let lease_ms = time::in_ms(self.left()) + MARGIN_MS;
            let step = SharedStep::Take { lease_ms };
            match self.shared_step(key, &token, step).await? {
                SharedAnswer::Fresh { value, revision } => {
                    self.remember(key, revision);
                    return Ok(value);
                }
                SharedAnswer::Wait { ms } => {
                    let most = Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1));
                    time::sleep(pause.min(most)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                SharedAnswer::Make | SharedAnswer::Done { .. } => break,
            }
        }
        match make().await {
            Ok((value, fresh_until)) => {
                let step = SharedStep::Put {
                    value: value.clone(),
                    fresh_ms: fresh_until.saturating_sub(time::now_ms()),
                };
                // For this call, a value that could not be stored is as good.
                if let Ok(SharedAnswer::Done {
                    revision: Some(revision),
                }) = self.shared_step(key, &token, step).await
                {
                    self.remember(key, revision);
                }
                Ok(value)
            }
            Err(error) => {
                // If this fails too, the right expires by itself.
                let _ = self.shared_step(key, &token, SharedStep::GiveUp).await;
                Err(error)
            }
        }
    }

    async fn forget(&self, key: &str) -> Result<(), ServiceError> {
        let Some(revision) = self.revisions.borrow_mut().remove(key) else {
            return Ok(());
        };
        let step = SharedStep::Forget { revision };
        self.shared_step(key, "", step).await.map(drop)
    }
}
