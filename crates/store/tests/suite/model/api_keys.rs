//! API keys, and who has sent wrong ones.

use tasker_domain::access::ApiKey;
use tasker_store::{
    ApiKeys, Page, REQUESTS_MS, Requested, Requests, Result, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS,
    WrongKeys,
};

use super::{Model, state};

impl ApiKeys for Model {
    fn add_api_key(&self, key: &ApiKey) -> Result<bool> {
        self.write(|state| {
            let mut all = state.api_keys.values();
            let is_new = all.all(|other| other.name != key.name && other.hash != key.hash);
            if is_new {
                state.api_keys.insert(key.name.clone(), key.clone());
            }
            Ok(is_new)
        })
    }
    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        self.read(|state| {
            let mut all = state.api_keys.values();
            all.find(|key| key.hash == *hash).cloned()
        })
    }
    fn api_keys(&self, after: Option<&str>, limit: u32) -> Result<Page<ApiKey>> {
        self.read(|state| {
            let all = state.api_keys.values().cloned();
            state::page(
                all.filter(|key| after.is_none_or(|after| key.name.as_str() > after)),
                limit,
            )
        })
    }
    fn remove_api_key(&self, name: &str) -> Result<bool> {
        self.write(|state| Ok(state.api_keys.remove(name).is_some()))
    }
    fn use_api_key(&self, name: &str, now: i64) -> Result<()> {
        self.write(|state| {
            if let Some(key) = state.api_keys.get_mut(name) {
                key.used_at = Some(now);
            }
            Ok(())
        })
    }
}

impl WrongKeys for Model {
    fn count_wrong_key(&self, client: &str, now: i64) -> Result<()> {
        self.write(|state| {
            state
                .wrong_keys
                .retain(|_, (started_at, _)| is_counted(*started_at, now));
            let has_room = state.wrong_keys.len() < WRONG_KEYS_CLIENTS as usize;
            if has_room || state.wrong_keys.contains_key(client) {
                let count = state.wrong_keys.entry(client.to_owned());
                count.or_insert((now, 0)).1 += 1;
            }
            Ok(())
        })
    }
    fn wrong_keys(&self, client: &str, now: i64) -> Result<u32> {
        self.read(|state| {
            let count = state.wrong_keys.get(client);
            count.map_or(0, |(started_at, times)| {
                match is_counted(*started_at, now) {
                    true => *times,
                    false => 0,
                }
            })
        })
    }
}

impl Requests for Model {
    fn requests(&self, asker: &str, now: i64) -> Result<Option<Requested>> {
        self.read(|state| {
            let (started_at, times) = *state.requests.get(asker)?;
            is_counted(started_at, now).then_some(Requested {
                times,
                until: started_at + REQUESTS_MS,
            })
        })
    }
    fn count_requests(&self, asker: &str, times: u32, now: i64) -> Result<bool> {
        self.write(|state| {
            let count = state.requests.entry(asker.to_owned()).or_insert((now, 0));
            if !is_counted(count.0, now) {
                *count = (now, 0);
            }
            count.1 += times;
            Ok(count.1 == times)
        })
    }
    fn forget_requests(&self, limit: u32, now: i64) -> Result<u32> {
        self.write(|state| {
            let is_over = |at: i64| at <= now - REQUESTS_MS;
            let over = state.requests.iter().filter(|(_, (at, _))| is_over(*at));
            let mut over: Vec<_> = over.map(|(asker, (at, _))| (*at, asker.clone())).collect();
            over.sort();
            over.truncate(limit as usize);
            for (_, asker) in &over {
                state.requests.remove(asker);
            }
            Ok(over.len() as u32)
        })
    }
}

fn is_counted(started_at: i64, now: i64) -> bool {
    (now - WRONG_KEYS_MS + 1..=now).contains(&started_at)
}
