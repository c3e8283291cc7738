//! Leases with a name.

use std::collections::BTreeMap;

use tasker_store::{LeaseOutcome, NamedLeases, NewLease, Result};

use super::Model;

/// For how long an expired lease is remembered.
const REMEMBERED_MS: i64 = 60_000;

/// Who holds what until when, by name and place.
#[derive(Clone, Default)]
pub(crate) struct Leases(BTreeMap<(String, u32), (String, i64)>);

impl Leases {
    pub(crate) fn take(&mut self, lease: &NewLease<'_>, now: i64) -> LeaseOutcome {
        let held: BTreeMap<u32, i64> = self
            .0
            .iter()
            .filter(|((name, _), (_, until))| name == lease.name && *until > now)
            .map(|((_, place), (_, until))| (*place, *until))
            .collect();
        if held.len() >= lease.at_once as usize {
            return LeaseOutcome::HeldUntil(held.values().min().copied().unwrap_or(now));
        }
        let free = (0..).find(|place| !held.contains_key(place)).unwrap();
        self.0.insert(
            (lease.name.to_owned(), free),
            (lease.token.to_owned(), lease.expires_at),
        );
        self.0.retain(|_, (_, until)| *until >= now - REMEMBERED_MS);
        LeaseOutcome::Taken(free)
    }

    fn holds(&self, name: &str, token: &str) -> bool {
        self.0
            .iter()
            .any(|((of, _), (holder, _))| of == name && holder == token)
    }

    pub(crate) fn renew(&mut self, name: &str, token: &str, expires_at: i64) -> bool {
        for ((of, _), (holder, until)) in &mut self.0 {
            if of == name && holder == token {
                *until = expires_at;
            }
        }
        self.holds(name, token)
    }

    pub(crate) fn give_back(&mut self, name: &str, token: &str) -> bool {
        let held = self.holds(name, token);
        self.0
            .retain(|(of, _), (holder, _)| of != name || holder != token);
        held
    }
}

impl NamedLeases for Model {
    fn take_lease(&self, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome> {
        self.write(|state| Ok(state.leases.take(lease, now)))
    }
    fn renew_lease(&self, name: &str, token: &str, expires_at: i64) -> Result<bool> {
        self.write(|state| Ok(state.leases.renew(name, token, expires_at)))
    }
    fn give_back_lease(&self, name: &str, token: &str) -> Result<bool> {
        self.write(|state| Ok(state.leases.give_back(name, token)))
    }
    fn give_back_if_idle(&self, name: &str, token: &str, now: i64) -> Result<bool> {
        self.write(|state| {
            if state.leases.holds(name, token) && state.due(now).next().is_some() {
                return Ok(false);
            }
            state.leases.give_back(name, token);
            Ok(true)
        })
    }
}
