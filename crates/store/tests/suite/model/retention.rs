//! How long ended runs are kept.

use std::collections::BTreeSet;

use tasker_domain::RunId;
use tasker_store::{Purge, Purged, Result, Retention, RunRemoved};

use super::Model;
use super::state::State;

impl State {
    /// Ended runs by the moment from which on they may go: those that say nothing themselves by the
    /// time of their end.
    fn ended(&self, says: bool) -> Vec<(i64, RunId)> {
        let mut ended: Vec<_> = self
            .runs
            .values()
            .filter_map(|run| Some((run.finished_at?, run.id)))
            .filter(|(_, id)| self.retention.contains_key(id) == says)
            .map(|(at, id)| (at + self.retention.get(&id).unwrap_or(&0), id))
            .collect();
        ended.sort();
        ended
    }

    pub(super) fn oldest(&self) -> (Option<i64>, Option<i64>) {
        let first = |says| self.ended(says).first().map(|(at, _)| *at);
        (first(false), first(true))
    }

    fn forget(&mut self, run: RunId) {
        self.runs.remove(&run);
        self.journal.remove(&run);
        self.logs.remove(&run);
        self.retention.remove(&run);
        self.limits.remove(&run);
        self.progress.remove(&run);
        self.starts.remove(&run);
    }

    /// Forgets keys whose time is up, but not those of runs that go on.
    fn forget_keys(&mut self, limit: usize, now: i64) -> usize {
        let mut count = 0;
        let expired = |state: &Self| -> Vec<(String, String)> {
            let keys = state.used_keys.iter();
            let mut keys: Vec<_> = keys
                .filter(|(_, (_, expires_at))| *expires_at <= now)
                .map(|(key, (_, expires_at))| (*expires_at, key.clone()))
                .collect();
            keys.sort();
            keys.into_iter().take(limit).map(|(_, key)| key).collect()
        };
        let goes_on = |state: &Self, key: &(String, String)| {
            let (run, _) = state.used_keys[key];
            state
                .runs
                .get(&run)
                .is_some_and(|run| run.finished_at.is_none())
        };
        for key in expired(self) {
            if !goes_on(self, &key) {
                self.used_keys.remove(&key);
                count += 1;
            }
        }
        for key in expired(self) {
            if goes_on(self, &key) {
                self.used_keys.get_mut(&key).unwrap().1 = now + 86_400_000;
                count += 1;
            }
        }
        count
    }

    pub(super) fn key_expires(&self) -> Option<i64> {
        self.used_keys.values().map(|(_, at)| *at).min()
    }

    fn purge(&mut self, retention: &Retention, limit: usize, now: i64) -> Purged {
        let mut more = self.forget_keys(limit, now) >= limit;
        let until = |says, until| {
            let ended = self.ended(says).into_iter();
            ended
                .take_while(move |(at, _)| *at <= until)
                .take(limit)
                .map(|(_, id)| id)
                .collect::<Vec<_>>()
        };
        let mut purged = until(false, retention.ended_until);
        purged.extend(until(true, now));
        for run in &purged {
            self.forget(*run);
        }
        let mut count = purged.len();
        more |= count > 0 && count >= limit;
        if let Some(keep) = retention.runs_per_task {
            let tasks: BTreeSet<_> = self.runs.values().map(|run| run.task.clone()).collect();
            let task = tasks.into_iter().find(|task| *task > self.trimmed_up_to);
            let name = task.unwrap_or_default();
            let of_task = |state: &Self| -> Vec<RunId> {
                let runs = state.runs.values().filter(|run| run.task == name);
                runs.map(|run| run.id).collect()
            };
            let runs = of_task(self);
            let too_many = runs.len().saturating_sub(keep as usize);
            let runs = runs[..too_many].iter();
            let ended: Vec<_> = runs
                .filter(|id| self.runs[id].finished_at.is_some())
                .take(limit)
                .copied()
                .collect();
            count += ended.len();
            let stays = !ended.is_empty() && ended.len() >= limit;
            for run in ended {
                self.forget(run);
            }
            if !stays {
                self.trimmed_up_to = name;
            }
            more |= stays;
        }
        Purged {
            runs: u32::try_from(count).unwrap(),
            more,
        }
    }
}

impl Purge for Model {
    fn remove_run(&self, run: RunId) -> Result<RunRemoved> {
        self.write(|state| {
            Ok(match state.runs.get(&run).map(|run| run.finished_at) {
                None => RunRemoved::NotFound,
                Some(None) => RunRemoved::Live,
                Some(Some(_)) => {
                    state.forget(run);
                    RunRemoved::Removed
                }
            })
        })
    }
    fn purge(&self, retention: &Retention, limit: u32, now: i64) -> Result<Purged> {
        self.write(|state| Ok(state.purge(retention, limit as usize, now)))
    }
    fn shrink(&self, _pages: u32) -> Result<u32> {
        Ok(0)
    }
}
