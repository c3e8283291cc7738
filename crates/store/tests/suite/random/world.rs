//! What a sequence of operations has met so far, and operations made concrete by it.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::sample::Index;
use tasker_domain::event::EventWait;
use tasker_domain::retry::RunRetry;
use tasker_domain::{FailedAttempt, Lease, LogBound, Path, Progress, RunId, RunStatus};
use tasker_store::{
    Child, ConcurrencyLimit, DRAINER, NewEvent, NewLog, NewRun, Retention, RunFilter, RunQuery,
    RunTerms, Runs, Starter,
};

use super::action::{Action, Answer, Concrete};
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
                starter,
                tags,
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
                    concurrency: slot.map(|(scope, at_once)| ConcurrencyLimit {
                        scope: scope.to_string(),
                        at_once,
                    }),
                    key_expires_at: self.now + 100,
                    versions_of: timeout.map(run_of_timeout),
                    retry: RunRetry {
                        pauses: pauses.clone(),
                        any: *any,
                    },
                    starter: starter.as_ref().map(|(run, at_most)| Starter {
                        run: self.run(run),
                        at_most: *at_most,
                    }),
                },
                schedule: (*input == 1 && key.is_none()).then(|| "mine".to_owned()),
                webhook: delay.map(|_| "https://hooks.example.com/".to_owned()),
                trace: key.map(|_| TRACE.parse().unwrap()),
                tags: tags_from(0, *tags),
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
            Operation::Tag { run, first, tags } => {
                Action::Tag(self.run(run), tags_from(*first, *tags))
            }
            Operation::Claim {
                frames,
                calls,
                lease,
            } => Action::Claim(*frames, *calls, terms(self.now + lease)),
            Operation::ClaimOther { lease } => Action::ClaimOther(terms(self.now + lease)),
            Operation::TakeLease {
                name,
                places,
                token,
            } => Action::TakeLease(lease_name(*name), *places, token.to_string(), later),
            Operation::RenewLease { name, token } => {
                Action::RenewLease(lease_name(*name), token.to_string(), later)
            }
            Operation::GiveBackLease {
                name,
                token,
                only_if_idle,
            } => Action::GiveBackLease(lease_name(*name), token.to_string(), *only_if_idle),
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
            Operation::Tell { lease, logs } => {
                let lease = self.lease(lease, model);
                Action::Tell(lease, self.lines(*logs))
            }
            Operation::Absorb(lease) => Action::Absorb(self.lease(lease, model)),
            Operation::Sleep {
                lease,
                children,
                frames,
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
                slept.frames = *frames;
                if *frames < FRAMES {
                    // As in a slice, each call comes once; else it would not be said which of two is refused.
                    let mut numbers = BTreeSet::new();
                    slept
                        .children
                        .retain(|child| numbers.insert(child.call.number));
                }
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
                // A call that waits, waits for what it says.
                let wait = wait.unwrap_or(EventWait {
                    name: NAMES[0].to_owned(),
                    until: Some(self.now),
                    pattern: Default::default(),
                });
                Action::WaitForEvent(lease, wait, terms_if(claims))
            }
            Operation::WaitForRun { lease, run } => {
                let (lease, awaited) = (self.lease(lease, model), self.run(run));
                // As a run waits for those that it has started: never in a circle, nor for one that waits for its slot.
                let is_newer = model.run_of(lease).is_some_and(|own| own < awaited);
                let may_end = is_newer && model.concurrency_limit(awaited).unwrap().is_none();
                Action::WaitForRun(lease, if may_end { awaited } else { run_id(250) })
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
        child.was_lost = kind.was_lost;
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
    fn lines(&mut self, count: u32) -> NewLog {
        self.lines += count / 2;
        let lines = self.lines..self.lines + count;
        // Of two that are said at once the second one is older than what may be kept.
        let progress = (self.lines % 3 == 1).then(|| Progress {
            number: self.lines,
            at: self.now - i64::from(count) * 10,
            value: count.to_string(),
        });
        NewLog {
            progress,
            lines: lines
                .map(|index| line(index, &"line"[..index as usize % 5]))
                .collect(),
            bound: LogBound {
                lines: 7,
                bytes: 20,
            },
        }
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
            for version in &VERSIONS[..2] {
                see("settings", &store.task_settings(&task_ref(task, version)));
            }
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
                tag: None,
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
            query.filter.tag = Some("tag-1".to_owned());
            see("live runs with a tag", &store.runs(&query));
            query.filter.live = false;
            query.filter.task = Some(TASKS[0].to_owned());
            see("runs of a task with a tag", &store.runs(&query));
            query.filter.task = None;
            query.before = None;
            see("runs with a tag", &store.runs(&query));
        }
        for run in &self.runs {
            see("run", &store.run(*run));
            for task in TASKS {
                see("task of run", &store.task_of_run(task, *run));
            }
            see("mark", &store.mark(*run));
            see("progress", &store.run_progress(*run));
            see("tags", &store.tags(*run));
            see("stack", &store.stack_page(*run, "", 99));
            see("a part of it", &store.stack_page(*run, "0", 2));
            see("slot", &store.concurrency_limit(*run));
            for offset in [0, 2] {
                see("journal", &store.journal(*run, offset, 3));
                see("logs", &store.logs(*run, u64::from(offset), 3));
            }
            for frame in [Path::root(), Path::root().call(1), Path::of_attempt(2)] {
                see("tail", &store.tail(*run, &frame, 1, 3));
            }
        }
        see("namespaces", &store.namespaces(None, 1));
        see("namespaces", &store.namespaces(Some("a"), 3));
        for namespace in NAMESPACES {
            see("keys", &store.keys(namespace, Some("0"), 1));
            see("value", &store.get(namespace, "1"));
        }
        seen
    }
}

/// The name of a lease.
fn lease_name(name: u8) -> &'static str {
    [DRAINER, "line"][usize::from(name)]
}

/// So many tags, in their order.
fn tags_from(first: usize, many: usize) -> Vec<String> {
    let mut tags: Vec<_> = (first..first + many)
        .map(|tag| format!("tag-{tag}"))
        .collect();
    tags.sort();
    tags
}

/// Some run.
fn run_of_timeout(timeout: i64) -> RunId {
    run_id(u8::try_from(timeout % 200).unwrap_or(0))
}
