//! The calls that were out when a frame fell asleep: its slice continues with them, each under a lease of
//! its own, so that a call that takes long is made once.

use std::collections::BTreeMap;
use std::time::Instant;

use futures::stream::StreamExt;
use tasker_domain::retry::Policy;
use tasker_domain::{Claimed, Work};
use tasker_store::prelude::*;
use tasker_store::{Failure, Finish, NewLog, Result, unless_lost};
use tasker_world::{World, error};

use super::calls::Flight;
use super::outstanding::Answers;
use super::settings::Settings;
use crate::heartbeat::Heartbeat;
use crate::service::Answer;
use crate::verdict::Verdict;
use crate::{request, service};

/// What is left of a slice once its frame sleeps.
pub struct Carry<W> {
    world: W,
    answers: Answers,
    retry: Policy,
    /// When the host ends the request, if it does.
    end: Option<Instant>,
    begun: Instant,
    /// By the number of the call, for calls that somebody still waits for.
    out: BTreeMap<u32, (Heartbeat<W>, Flight)>,
}

impl<W: World> Carry<W> {
    /// How long the leases in `claimed` last, like the frame's own.
    pub(crate) fn new(
        world: &W,
        answers: Answers,
        own: &Heartbeat<W>,
        claimed: &[Claimed],
        flights: Vec<Flight>,
        settings: &Settings,
    ) -> Self {
        let mut leases: BTreeMap<u32, Heartbeat<W>> = claimed
            .iter()
            .filter_map(|claimed| match &claimed.work {
                Work::Call(call) => Some((call.number, own.of(claimed.lease))),
                Work::Frame => None,
            })
            .collect();
        let out = flights.into_iter().filter_map(|flight| {
            let number = flight.call.number;
            Some((number, (leases.remove(&number)?, flight)))
        });
        Self {
            world: world.clone(),
            out: out.collect(),
            answers,
            retry: settings.retry.clone(),
            end: settings.end,
            begun: world.now(),
        }
    }

    /// Settles the calls as they come back. The database is opened anew each time: they may take minutes. It may be
    /// away for a time as well; what cannot be settled is taken over when its lease is over.
    pub async fn run(mut self) {
        let mut look = self.world.now();
        while let Some((heartbeat, _)) = self.out.values().next() {
            if self.world.now() >= look {
                look = self.world.now() + heartbeat.pace(self.begun);
                let kept = self.keep();
                self.tell(kept);
                continue;
            }
            let until = self.end.map_or(look, |end| end.min(look));
            let limit = self.world.until(until);
            match self
                .world
                .timeout(limit, self.answers.next())
                .await
                .flatten()
            {
                Some((number, answer)) => {
                    let settled = self.settle(number, answer);
                    self.tell(settled);
                }
                None if self.answers.is_empty() || self.is_over() => return self.give_up(),
                None => {}
            }
        }
    }

    fn is_over(&self) -> bool {
        request::left(&self.world, self.end).is_some_and(|left| left.is_zero())
    }

    fn settle(&mut self, number: u32, answer: Answer) -> Result<()> {
        let Some((heartbeat, flight)) = self.out.remove(&number) else {
            return Ok(());
        };
        let (lease, now) = (heartbeat.lease(), self.world.now_ms());
        let verdict = Verdict::on(&self.world, &self.retry, &flight.call, 0, answer);
        let store = self.world.open_store()?;
        let done = match verdict {
            Verdict::Again { pause, error } => {
                let failure = Failure {
                    started_at: flight.started_at,
                    error,
                };
                store.give_back(lease, now + pause, Some(&failure), now)
            }
            Verdict::Settle(outcome) => {
                let finish = Finish {
                    outcome,
                    logs: NewLog::default(),
                };
                store.finish(lease, &finish, None, now).map(drop)
            }
        };
        unless_lost(done).map(drop)
    }

    /// The host ends the request: what has not come back by now is not waited for.
    fn give_up(&mut self) {
        let numbers: Vec<u32> = self.out.keys().copied().collect();
        let waited = self.world.since(self.begun);
        for number in numbers {
            if let Some((_, flight)) = self.out.get(&number) {
                let error = service::no_answer(&flight.call, waited);
                let settled = self.settle(number, Err(error));
                self.tell(settled);
            }
        }
    }

    /// Keeps the leases of the calls, and forgets those that nobody waits for any more.
    fn keep(&mut self) -> Result<()> {
        let store = self.world.open_store()?;
        let mut lost = Vec::new();
        for (number, (heartbeat, _)) in &self.out {
            let holds = match unless_lost(heartbeat.beat(&store))? {
                Some(true) => true,
                Some(false) => unless_lost(store.control(heartbeat.lease()))?.is_some(),
                None => false,
            };
            lost.extend((!holds).then_some(*number));
        }
        self.out.retain(|number, _| !lost.contains(number));
        Ok(())
    }

    fn tell(&self, done: Result<()>) {
        if let Err(failure) = done {
            self.world
                .log(error(format!("a call in flight: {failure}")));
        }
    }
}
