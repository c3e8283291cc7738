//! Events, and the calls that wait for them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Model;
use super::state::State;
use tasker_domain::event::EventWait;
use tasker_domain::json::means_the_same;
use tasker_domain::{ErrorCode, ErrorValue, Lease, RunId, StackRunId, StackStatus};
use tasker_store::{Error, Events, FOREVER, FollowUp, LeaseTerms, NewEvent, Result, Sent};

#[derive(Clone)]
pub(super) struct Event {
    new: NewEvent,
    sent_at: i64,
    /// The runs that have it.
    taken_by: BTreeSet<RunId>,
}

impl Event {
    fn seen(&self) -> String {
        let NewEvent { id, name, data, .. } = &self.new;
        format!(
            "{{\"id\":\"{id}\",\"name\":\"{name}\",\"data\":{data},\"sentAt\":{}}}",
            self.sent_at
        )
    }

    fn fits(&self, wait: &EventWait) -> bool {
        let data = serde_json::from_str(&self.new.data).unwrap();
        self.new.name == wait.name && wait.fits(&data, self.sent_at)
    }
}

impl State {
    pub(super) fn was_sent(&self, id: &str) -> bool {
        self.events.iter().any(|event| event.new.id == id)
    }

    pub(super) fn send_event(&mut self, new: &NewEvent, now: i64) -> Sent {
        if let Some(event) = self.events.iter().find(|event| event.new.id == new.id) {
            let whose = |one: &NewEvent| (one.name.clone(), one.run);
            let same =
                whose(&event.new) == whose(new) && means_the_same(&event.new.data, &new.data);
            return match same {
                true => Sent::Existing,
                false => Sent::Conflict,
            };
        }
        match new.run.map(|run| self.runs.get(&run)) {
            Some(None) => return Sent::NoRun,
            Some(Some(run)) if run.status.is_terminal() => return Sent::RunEnded,
            _ => {}
        }
        let mut event = Event {
            new: new.clone(),
            sent_at: now,
            taken_by: BTreeSet::new(),
        };
        let mut waits: Vec<_> = self
            .rows
            .values()
            .filter(|row| self.waits.contains(&row.id) && row.status == StackStatus::Pending)
            .filter(|row| new.run.is_none_or(|run| run == row.run))
            .filter(|row| row.call.event_wait().is_some_and(|wait| event.fits(&wait)))
            .map(|row| (row.run, Reverse(row.call.number), row.id))
            .collect();
        waits.sort();
        for (run, _, id) in waits {
            if event.taken_by.insert(run)
                && let Some(row) = self.drop_row(id)
            {
                self.settle(&row, &Ok(event.seen()), None, now);
            }
        }
        let delivered = event.taken_by.len() as u32;
        self.events.push(event);
        Sent::Created {
            delivered,
            more: false,
        }
    }

    pub(super) fn wait_for_event(
        &mut self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let row = self.leased(lease)?.clone();
        if row.frame.is_some() {
            return Err(Error::LeaseLost);
        }
        let submitted_at = self.runs[&row.run].created_at;
        let event = self.events.iter_mut().find(|event| {
            let is_for_it = match event.new.run {
                Some(run) => run == row.run,
                None => event.sent_at >= submitted_at,
            };
            is_for_it
                && event.new.expires_at > now
                && !event.taken_by.contains(&row.run)
                && event.fits(wait)
        });
        let outcome = match event {
            Some(event) => {
                event.taken_by.insert(row.run);
                Ok(event.seen())
            }
            None if wait.until.is_some_and(|until| until <= now) => Err(ErrorValue {
                name: "TimeoutError".to_owned(),
                ..ErrorValue::new(
                    ErrorCode::EventTimeout,
                    format!("no event `{}` came in time", wait.name),
                )
            }),
            None => {
                let until = wait.until.unwrap_or(FOREVER);
                self.leased_mut(lease)?
                    .rest(StackStatus::Pending, until, now);
                self.waits.insert(row.id);
                return Ok(FollowUp::default());
            }
        };
        self.drop_row(row.id);
        Ok(self.settle(&row, &outcome, claim, now))
    }

    /// A run may take again what it has taken.
    pub(super) fn offer_events(&mut self, run: RunId) {
        for event in &mut self.events {
            event.taken_by.remove(&run);
        }
    }

    pub(super) fn remove_expired_events(&mut self, limit: u32, now: i64) {
        for _ in 0..limit {
            let expired = self.events.iter().enumerate();
            let expired = expired.filter(|(_, event)| event.new.expires_at <= now);
            match expired.min_by_key(|(index, event)| (event.new.expires_at, *index)) {
                Some((index, _)) => drop(self.events.remove(index)),
                None => return,
            }
        }
    }

    pub(super) fn claimed_call(&self, id: StackRunId) -> Option<tasker_domain::Call> {
        Some(self.rows.get(&id)?.call.clone())
    }
}

impl Events for Model {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        self.write(|state| Ok(state.send_event(event, now)))
    }
    fn was_sent(&self, id: &str) -> Result<bool> {
        self.read(|state| state.was_sent(id))
    }
    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        self.write(|state| state.wait_for_event(lease, wait, claim, now))
    }
}
