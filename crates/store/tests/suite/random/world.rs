//! What a sequence of operations has met so far, and operations made concrete by it.

use std::fmt::Debug;

use proptest::sample::Index;
use tasker_domain::event::EventWait;
use tasker_domain::retry::RunRetry;
use tasker_domain::{
    Claimed, FailedAttempt, Lease, LogLine, Path, RunId, RunStatus, Stop, TaskFunction,
};
use tasker_store::{
    Cancellation, Child, Finish, LeaseTerms, NewEntry, NewEvent, NewRun, Pause, Publish, Result,
    Retention, RunFilter, RunQuery, RunRemoved, RunTerms, Sent, Sleep, Slot, Submitted,
};

use super::operation::{ChildKind, EventKind, Operation, Pick};
use super::schedules;
use crate::backend::Everything;
use crate::fixtures::*;
use crate::model::Model;

pub(crate) const TASKS: [&str; 2] = ["main", "other"];
pub(crate) const VERSIONS: [&str; 3] = ["v1", "v2", "unknown"];
const NAMES: [&str; 2] = ["paid", "sent"];
const NAMESPACES: [&str; 2] = ["a", "b"];

#[derive(Default)]
pub(crate) struct World {
    pub(crate) now: i64,
    runs: Vec<RunId>,
    leases: Vec<Lease>,
    rows: u32,
    lines: u32,
}

/// An operation with all its arguments, and the time.
#[derive(Debug)]
pub(crate) struct Concrete {
    action: Action,
    now: i64,
}

#[derive(Debug)]
enum Action {
    Publish(TaskFunction),
    DeleteTask(&'static str),
    Submit(NewRun),
    Purge(Retention, u32),
    RemoveRun(RunId),
    Cancel(RunId, Stop, bool),
    SetPaused(RunId, bool),
    Expire(u32),
    Control(Lease),
    StopCalls(Lease, u32),
    Claim(u32, u32, LeaseTerms),
    TakeSlot(u32, String, i64),
    RenewSlot(u32, String, i64),
    ReleaseSlot(u32, String, bool),
    Sweep(u32, u32),
    Load(Lease),
    Append(Lease, NewEntry, Vec<LogLine>),
    Absorb(Lease),
    Sleep(Lease, Sleep, Option<LeaseTerms>),
    Finish(Lease, Finish, Option<LeaseTerms>),
    SendEvent(NewEvent),
    WaitForEvent(Lease, EventWait, Option<LeaseTerms>),
    GiveBack(Lease, i64, bool),
    Renew(Lease, i64),
    Put(&'static str, String, u8),
    Remove(&'static str, String),
    Schedule(schedules::Action),
    Wait,
}

/// What a store answered.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) refused: bool,
    pub(crate) claimed: Vec<Claimed>,
    pub(crate) runs: Vec<RunId>,
}

impl World {
    pub(crate) fn resolve(&mut self, operation: &Operation, model: &Model) -> Concrete {
        if let Operation::Wait { ms } = operation {
            self.now += ms;
        }
        Concrete {
            action: self.action(operation, model),
            now: self.now,
        }
    }

    fn action(&mut self, operation: &Operation, model: &Model) -> Action {
        let later = self.now + 40;
        let terms_if = |claims: &bool| claims.then(|| terms(later));
        match operation {
            Operation::Publish { task, version } => {
                Action::Publish(function(TASKS[*task], VERSIONS[*version]))
            }
            Operation::DeleteTask { task } => Action::DeleteTask(TASKS[*task]),
            Operation::Submit {
                task,
                version,
                key,
                input,
                delay,
                timeout,
                priority,
                retention,
                slot,
                retry: (pauses, any),
            } => Action::Submit(NewRun {
                id: self.run_id(0),
                frame: self.row_id(),
                task: task_ref(TASKS[*task], VERSIONS[*version]),
                input: input.to_string(),
                idempotency_key: key.map(|key| key.to_string()),
                run_at: delay.map(|delay| self.now + delay),
                deadline: timeout.map(|timeout| self.now + timeout),
                retry_of: timeout.map(run_of_timeout),
                terms: RunTerms {
                    priority: *priority,
                    retention_ms: *retention,
                    slot: slot.map(|(scope, at_once)| Slot {
                        scope: scope.to_string(),
                        at_once,
                    }),
                    key_expires_at: self.now + 100,
                    retry: RunRetry {
                        pauses: pauses.clone(),
                        any: *any,
                    },
                },
                schedule: (*input == 1 && key.is_none()).then(|| "mine".to_owned()),
                webhook: delay.map(|_| "https://hooks.example.com/".to_owned()),
                trace: key.map(|_| TRACE.parse().unwrap()),
            }),
            Operation::Cancel {
                run,
                unknown,
                force,
                grace,
            } => {
                let run = match unknown {
                    true => run_id(250),
                    false => self.run(run),
                };
                Action::Cancel(run, stop(self.now, self.now + grace), *force)
            }
            Operation::SetPaused {
                run,
                unknown,
                paused,
            } => {
                let run = match unknown {
                    true => run_id(250),
                    false => self.run(run),
                };
                Action::SetPaused(run, *paused)
            }
            Operation::Expire { limit } => Action::Expire(*limit),
            Operation::Control(lease) => Action::Control(self.lease(lease, model)),
            Operation::StopCalls { lease, number } => {
                Action::StopCalls(self.lease(lease, model), *number)
            }
            Operation::Purge { age, keep, limit } => {
                let retention = Retention {
                    ended_until: self.now - age,
                    runs_per_task: *keep,
                };
                Action::Purge(retention, *limit)
            }
            Operation::RemoveRun { run } => Action::RemoveRun(self.run(run)),
            Operation::Claim {
                frames,
                calls,
                lease,
            } => Action::Claim(*frames, *calls, terms(self.now + lease)),
            Operation::TakeSlot { slots, token } => {
                Action::TakeSlot(*slots, token.to_string(), later)
            }
            Operation::RenewSlot { slot, token } => {
                Action::RenewSlot(*slot, token.to_string(), later)
            }
            Operation::ReleaseSlot {
                slot,
                token,
                hand_over,
            } => Action::ReleaseSlot(*slot, token.to_string(), *hand_over),
            Operation::Sweep {
                max_attempts,
                limit,
            } => Action::Sweep(*max_attempts, *limit),
            Operation::Load(lease) => Action::Load(self.lease(lease, model)),
            Operation::Append {
                lease,
                number,
                taken_position,
                fails,
                logs,
            } => {
                let lease = self.lease(lease, model);
                let last = model.frame(lease).map_or(0, |(_, _, last)| last);
                let position = if *taken_position { last } else { last + 1 };
                let mut entry = entry(*number, position, self.now);
                if *fails {
                    entry.outcome = Err(failure());
                }
                Action::Append(lease, entry, self.lines(*logs))
            }
            Operation::Absorb(lease) => Action::Absorb(self.lease(lease, model)),
            Operation::Sleep {
                lease,
                children,
                withdrawn,
                then,
                claims,
                logs,
            } => {
                let lease = self.lease(lease, model);
                let mut slept = sleep(
                    children.iter().map(|kind| self.child(kind)).collect(),
                    *then,
                );
                slept.withdrawn = withdrawn.clone();
                slept.snapshot.raw_bytes = self.now.unsigned_abs();
                slept.logs = self.lines(*logs);
                Action::Sleep(lease, slept, terms_if(claims))
            }
            Operation::Finish {
                lease,
                fails,
                claims,
                logs,
            } => {
                let lease = self.lease(lease, model);
                let mut finish = success("[true]");
                if *fails {
                    finish.outcome = Err(failure());
                }
                finish.logs = self.lines(*logs);
                Action::Finish(lease, finish, terms_if(claims))
            }
            Operation::SendEvent {
                id,
                name,
                run,
                data,
                ttl,
            } => Action::SendEvent(NewEvent {
                run: run.as_ref().map(|run| self.run(run)),
                expires_at: self.now + ttl,
                ..new_event(
                    &id.to_string(),
                    NAMES[usize::from(*name)],
                    &format!("{{\"kind\":[{data}]}}"),
                )
            }),
            Operation::WaitForEvent { lease, claims } => {
                let lease = self.lease(lease, model);
                let wait = model.call(lease).and_then(|call| call.event_wait());
                // Whoever waits, waits for what its call says.
                let wait = wait.unwrap_or(EventWait {
                    name: NAMES[0].to_owned(),
                    until: Some(self.now),
                    pattern: Default::default(),
                });
                Action::WaitForEvent(lease, wait, terms_if(claims))
            }
            Operation::GiveBack {
                lease,
                delay,
                failed,
            } => Action::GiveBack(self.lease(lease, model), self.now + delay, *failed),
            Operation::Renew { lease, for_ms } => {
                Action::Renew(self.lease(lease, model), self.now + for_ms)
            }
            Operation::Put {
                namespace,
                key,
                value,
            } => Action::Put(NAMESPACES[usize::from(*namespace)], key.to_string(), *value),
            Operation::Remove { namespace, key } => {
                Action::Remove(NAMESPACES[usize::from(*namespace)], key.to_string())
            }
            Operation::Schedule(operation) => Action::Schedule(operation.resolve(self, model)),
            Operation::Wait { .. } => Action::Wait,
        }
    }

    fn run(&self, index: &Index) -> RunId {
        match self.runs.len() {
            0 => run_id(250),
            runs => self.runs[index.index(runs)],
        }
    }

    fn lease(&self, pick: &Pick, model: &Model) -> Lease {
        let live: Vec<_> = self
            .leases
            .iter()
            .filter(|lease| model.holds(**lease))
            .collect();
        match pick {
            Pick::Live(index) if !live.is_empty() => *live[index.index(live.len())],
            Pick::Ever(index) if !self.leases.is_empty() => {
                self.leases[index.index(self.leases.len())]
            }
            _ => Lease {
                id: stack_id(u32::MAX),
                token: tasker_domain::LeaseToken(1),
            },
        }
    }

    /// The id of the next run, or of one after it.
    pub(crate) fn run_id(&self, ahead: u32) -> RunId {
        run_id(u8::try_from(self.runs.len() + ahead as usize).unwrap_or(u8::MAX))
    }

    pub(crate) fn row_id(&mut self) -> tasker_domain::StackRunId {
        self.rows += 1;
        stack_id(self.rows)
    }

    fn child(&mut self, kind: &ChildKind) -> Child {
        let id = self.rows + 1;
        self.row_id();
        let mut child = match (kind.nested, &kind.event, kind.delay) {
            (true, ..) => nested(id, kind.number),
            (false, Some(event), _) => self.event_wait(id, kind.number, event),
            (false, None, Some(delay)) => timer(id, kind.number, self.now + delay),
            (false, None, None) => service_call(id, kind.number),
        };
        child.in_flight = kind.in_flight;
        child.expires_at = kind.timeout.map(|timeout| self.now + timeout);
        if let (Some(pause), false) = (kind.pause, kind.nested) {
            child.run_after = Some(self.now + pause);
            child.failures = vec![FailedAttempt {
                attempt: 1,
                started_at: self.now - 1,
                finished_at: self.now,
                next_at: self.now + pause,
                error: failure(),
            }];
        }
        if let (true, Some((task, _))) = (kind.unknown_task, &mut child.task) {
            task.version = "unknown".to_owned();
        }
        child
    }

    fn event_wait(&self, id: u32, number: u32, event: &EventKind) -> Child {
        let mut options = serde_json::Map::new();
        if let Some(timeout) = event.timeout {
            options.insert("until".to_owned(), (self.now + timeout).into());
        }
        if let Some(data) = event.data {
            options.insert("match".to_owned(), serde_json::json!({ "kind.0": data }));
        }
        let options = serde_json::Value::from(options).to_string();
        event_wait(id, number, NAMES[usize::from(event.name)], &options)
    }

    /// Lines of which some may be stored already.
    fn lines(&mut self, count: u32) -> Vec<LogLine> {
        self.lines += count / 2;
        (self.lines..self.lines + count)
            .map(|index| line(index, "line"))
            .collect()
    }

    pub(crate) fn learn(&mut self, answer: &Answer) {
        self.leases
            .extend(answer.claimed.iter().map(|claimed| claimed.lease));
        self.runs.extend(&answer.runs);
    }

    /// Everything that can be seen of a store, read in small pages.
    pub(crate) fn observe(&self, store: &dyn Everything) -> Vec<String> {
        let mut seen = Vec::new();
        let mut see = |what: &str, answer: &dyn Debug| seen.push(format!("{what}: {answer:?}"));
        see("counts", &store.count_runs());
        see("depth", &store.queue_depth(self.now));
        see("next due", &store.next_due());
        see("last sweep", &store.last_sweep());
        see("schedules", &schedules::observe(store, self.now));
        see("tasks", &store.tasks(None, 1));
        see("more tasks", &store.tasks(Some(TASKS[0]), 1));
        for task in TASKS {
            see(
                "settings",
                &store.task_settings(&task_ref(task, VERSIONS[0])),
            );
            see("task", &store.task(task));
        }
        for status in [
            None,
            Some(RunStatus::Processing),
            Some(RunStatus::Suspended),
            Some(RunStatus::Queued),
            Some(RunStatus::Paused),
        ] {
            let filter = RunFilter {
                status,
                task: None,
                live: false,
            };
            let mut query = RunQuery {
                filter,
                before: None,
                limit: 3,
            };
            see("runs", &store.runs(&query));
            query.before = self.runs.get(self.runs.len() / 2).copied();
            query.filter.task = Some(TASKS[0].to_owned());
            see("runs of a task", &store.runs(&query));
            query.filter.live = true;
            see("live runs of a task", &store.runs(&query));
            query.filter.task = None;
            see("live runs", &store.runs(&query));
        }
        for run in &self.runs {
            see("run", &store.run(*run));
            see("progress", &store.progress(*run));
            see("stack", &store.stack(*run));
            for offset in [0, 2] {
                see("journal", &store.journal(*run, offset, 3));
                see("logs", &store.logs(*run, u64::from(offset), 3));
            }
            for frame in [Path::root(), Path::root().call(1), Path::of_attempt(2)] {
                see("tail", &store.tail(*run, &frame, 1, 3));
            }
        }
        for namespace in NAMESPACES {
            see("keys", &store.keys(namespace, Some("0"), 1));
            see("value", &store.get(namespace, "1"));
        }
        seen
    }
}

impl Concrete {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Publish(..) => "publish",
            Action::DeleteTask(..) => "delete_task",
            Action::Submit(..) => "submit",
            Action::Purge(..) => "purge",
            Action::RemoveRun(..) => "remove_run",
            Action::Cancel(..) => "cancel",
            Action::SetPaused(..) => "set_paused",
            Action::Expire(..) => "expire",
            Action::Control(..) => "control",
            Action::StopCalls(..) => "stop_calls",
            Action::Claim(..) => "claim",
            Action::TakeSlot(..) => "take_slot",
            Action::RenewSlot(..) => "renew_slot",
            Action::ReleaseSlot(..) => "release_slot",
            Action::Sweep(..) => "sweep",
            Action::Load(..) => "load",
            Action::Append(..) => "append",
            Action::Absorb(..) => "absorb",
            Action::Sleep(..) => "sleep",
            Action::Finish(..) => "finish",
            Action::SendEvent(..) => "send_event",
            Action::WaitForEvent(..) => "wait_for_event",
            Action::GiveBack(..) => "give_back",
            Action::Renew(..) => "renew",
            Action::Put(..) => "put",
            Action::Remove(..) => "remove",
            Action::Schedule(action) => action.name(),
            Action::Wait => "wait",
        }
    }

    pub(crate) fn apply(&self, store: &dyn Everything) -> Answer {
        let now = self.now;
        match &self.action {
            Action::Publish(task) => {
                let answer = store.publish(task);
                judge(&answer, |publish| *publish != Publish::Unchanged)
            }
            Action::DeleteTask(name) => judge(&store.delete_task(name), |had_one| *had_one),
            Action::Submit(run) => {
                let answer = store.submit(run, now);
                let created = matches!(answer, Ok(Submitted::Created));
                Answer {
                    runs: created.then_some(run.id).into_iter().collect(),
                    ..judge(&answer, |submitted| *submitted == Submitted::Created)
                }
            }
            Action::Cancel(run, stop, force) => {
                judge(&store.cancel(*run, stop, *force, now), |done| {
                    !matches!(done, None | Some(Cancellation::Finished))
                })
            }
            Action::SetPaused(run, paused) => {
                judge(&store.set_paused(*run, *paused, now), |done| {
                    *done == Some(Pause::Done)
                })
            }
            Action::Expire(limit) => judge(&store.expire(*limit, 30, now), |count| *count > 0),
            Action::Control(lease) => judge(&store.control(*lease), |_| true),
            Action::StopCalls(lease, number) => {
                let calls = [call(*number), call(number + 1)];
                judge(&store.stop_calls(*lease, &calls, now), |_| true)
            }
            Action::Purge(retention, limit) => {
                judge(&store.purge(retention, *limit, now), |purged| *purged > 0)
            }
            Action::RemoveRun(run) => judge(&store.remove_run(*run), |removed| {
                *removed == RunRemoved::Removed
            }),
            Action::Claim(frames, calls, terms) => {
                let answer = store.claim(*frames, *calls, terms, now);
                let judged = judge(&answer, |claimed| !claimed.is_empty());
                judged.with(answer.unwrap_or_default())
            }
            Action::TakeSlot(slots, token, until) => judge(
                &store.take_slot(*slots, token, *until, now),
                Option::is_some,
            ),
            Action::RenewSlot(slot, token, until) => {
                judge(&store.renew_slot(*slot, token, *until), |held| *held)
            }
            Action::ReleaseSlot(slot, token, hand_over) => judge(
                &store.release_slot(*slot, token, *hand_over, now),
                |released| *released,
            ),
            Action::Sweep(max_attempts, limit) => judge(
                &store.sweep(&sweeping(*max_attempts, *limit), now),
                |report| report.reclaimed + report.failed + report.woken > 0,
            ),
            Action::Load(lease) => judge(&store.load(*lease, now), |_| true),
            Action::Append(lease, entry, logs) => {
                judge(&store.append(*lease, entry, logs, now), |()| true)
            }
            Action::Absorb(lease) => judge(&store.absorb(*lease, now), |_| true),
            Action::Sleep(lease, sleep, claim) => {
                let answer = store.sleep(*lease, sleep, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                let settled = answer.unwrap_or_default();
                judged.with(settled.in_flight.into_iter().chain(settled.next).collect())
            }
            Action::Finish(lease, finish, claim) => {
                let answer = store.finish(*lease, finish, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                judged.with(answer.unwrap_or_default().next.into_iter().collect())
            }
            Action::SendEvent(event) => judge(&store.send_event(event, now), |sent| {
                matches!(sent, Sent::Created { .. })
            }),
            Action::WaitForEvent(lease, wait, claim) => {
                let answer = store.wait_for_event(*lease, wait, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                judged.with(answer.unwrap_or_default().next.into_iter().collect())
            }
            Action::GiveBack(lease, run_after, failed) => {
                let failure = failed.then(|| crate::fixtures::failed(now - 1));
                let done = store.give_back(*lease, *run_after, failure.as_ref(), now);
                judge(&done, |()| true)
            }
            Action::Renew(lease, until) => judge(&store.renew(*lease, *until), |()| true),
            Action::Put(namespace, key, value) => {
                judge(&store.put(namespace, key, &[*value], now), |is_new| *is_new)
            }
            Action::Remove(namespace, key) => {
                judge(&store.remove(namespace, key), |had_one| *had_one)
            }
            Action::Schedule(action) => action.apply(store, now),
            Action::Wait => judge(&Ok(()), |()| true),
        }
    }
}

impl Answer {
    fn with(self, claimed: Vec<Claimed>) -> Self {
        Self { claimed, ..self }
    }
}

/// Some run.
fn run_of_timeout(timeout: i64) -> RunId {
    run_id(u8::try_from(timeout % 200).unwrap_or(0))
}

/// The answer as text, and whether it was a success. What a constraint is called is up to the
/// backend.
pub(crate) fn judge<T: Debug>(answer: &Result<T>, succeeded: impl Fn(&T) -> bool) -> Answer {
    let text = match answer {
        Err(tasker_store::Error::Unexpected(_)) => "unexpected".to_owned(),
        answer => format!("{answer:?}"),
    };
    Answer {
        text,
        refused: !answer.as_ref().is_ok_and(succeeded),
        claimed: Vec::new(),
        runs: Vec::new(),
    }
}
