//! What befalls a request: it is lost, it stands still, its database is away, others do something meanwhile.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::world::SimWorld;

/// How long a process stands still at most.
const STANDSTILL_MS: u64 = 25_000;

/// How often somebody who stands still until his lease is another's looks.
const LOOK: Duration = Duration::from_millis(100);

/// For how long a process that is well may do nothing at most.
const SLOW_MS: u64 = 40;

/// Whoever makes more statements than this without a pause goes round in circles.
const AT_A_STRETCH: u32 = 3_000;

/// Where a request stands when it uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenTransactions,
    InTransaction,
    Committed,
}

impl SimWorld {
    /// The request is lost at this moment, perhaps with its whole node.
    pub(crate) fn lose(&self, how: &str) {
        self.say(format!("LOST {how}"));
        self.shared().history.leases_may_run_out();
        self.perish();
        if self.shared().executor.one_in(3) {
            self.shared().lose_node(self.node_number());
        }
    }

    /// What befalls a request that uses the database: an error for one that is lost, or whose database is away.
    pub(crate) fn statement(&self, place: Place, sql: &str) -> Result<(), String> {
        if self.is_spared() {
            return Ok(());
        }
        let shared = self.shared();
        self.is_bounded();
        if self.is_lost() {
            return Err("the request is lost".to_owned());
        }
        if shared.database_is_away() && place != Place::Committed {
            return Err("the database is away".to_owned());
        }
        let times = shared.times(self.follows(key(place, sql)));
        if shared.fault(often(times, 500)) {
            self.lose(&format!("{place:?}"));
            return Err("the request is lost".to_owned());
        }
        if place == Place::BetweenTransactions {
            if shared.fault(1_500) {
                let away = shared.executor.time_up_to(6_000);
                self.say(format!("THE DATABASE IS AWAY for {away:?}"));
                shared.history.leases_may_run_out();
                shared.database_goes_away(away);
                return Err("the database is away".to_owned());
            }
            self.hold_up(times);
            if self.is_lost() {
                return Err("the request is lost".to_owned());
            }
        }
        Ok(())
    }

    /// Whoever goes round in circles is ended, so that the simulation ends as well.
    fn is_bounded(&self) {
        let made = self.counts_statement();
        if made == AT_A_STRETCH {
            self.violation("goes round in circles");
            self.perish();
        }
        assert!(
            made < 2 * AT_A_STRETCH,
            "a request goes on without its database"
        );
    }

    /// Others do something meanwhile, or the process stands still for long.
    fn hold_up(&self, times: u32) {
        let shared = self.shared();
        if shared.executor.one_in(often(times, 6)) {
            self.note_held_up();
            if shared.executor.one_in(often(times, 12)) {
                shared.a_client_comes();
            }
            let slow = match shared.executor.one_in(4) {
                true => shared.executor.time_up_to(SLOW_MS),
                false => Duration::ZERO,
            };
            shared.executor.stand_still(slow);
        }
        if shared.fault(often(times, 500)) {
            let time = shared.executor.time_up_to(STANDSTILL_MS);
            self.stand_still(&format!("for {time:?}"), |executor| {
                executor.stand_still(time);
            });
        }
        if self.has_lease() && shared.fault(often(times, 100)) {
            self.stand_still("until its lease is another's", |executor| {
                let give_up = executor.elapsed() + Duration::from_millis(STANDSTILL_MS);
                while executor.elapsed() < give_up
                    && !self.another_has_its_lease()
                    && executor.stand_still(LOOK)
                {}
            });
        }
    }

    fn stand_still(&self, how: &str, still: impl FnOnce(&crate::executor::Executor)) {
        self.say(format!("STANDS STILL {how}"));
        self.note_held_up();
        self.shared().history.leases_may_run_out();
        still(&self.shared().executor);
        self.say("goes on");
    }
}

/// How often something happens, once in so many times: at first more often than later, so that a statement which is
/// seldom made is met as well.
fn often(times: u32, at_most: u32) -> u32 {
    (at_most.saturating_mul(times) / 10).clamp(2, at_most)
}

/// A number that stands for a text at a place.
fn key(place: Place, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place as u8, text.len(), text.get(..80).unwrap_or(text)).hash(&mut hasher);
    hasher.finish()
}
