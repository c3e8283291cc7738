//! A schedule that a client sets and removes, and what it must have made.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::json;
use tasker_domain::{CatchUp, Overlap};
use tasker_engine::World;
use tasker_store::SetSchedule;
use tasker_store::prelude::*;

use crate::program::{Step, TASK};
use crate::shared::Shared;
use crate::world::SimWorld;

/// Its name.
pub(crate) const NAME: &str = "tick";

/// When it fires: at the moments that are multiples of this (ms).
const CRON: &str = "*/15 * * * * *";
const EVERY_MS: i64 = 15_000;

/// The step that its runs do.
pub(crate) const STEP: Step = Step::Call("keystore", 9_000);

/// How long it stays at most (ms).
const STAYS_MS: u64 = 90_000;

/// Between which moments there is a schedule.
#[derive(Default)]
pub(crate) struct Timetable {
    is_planned: Cell<bool>,
    set_at: Cell<i64>,
    removed_at: Cell<Option<i64>>,
}

impl Timetable {
    /// Whether no run is made any more.
    pub(crate) fn is_over(&self) -> bool {
        !self.is_planned.get() || self.removed_at.get().is_some()
    }

    /// How many of its moments had come so long before it was removed (ms).
    pub(crate) fn moments(&self, before: i64) -> i64 {
        let removed_at = self.removed_at.get().unwrap_or(0) - before;
        let up_to = |moment: i64| moment.div_euclid(EVERY_MS);
        (up_to(removed_at) - up_to(self.set_at.get())).max(0)
    }
}

/// In some simulations there is a schedule for a time.
pub(crate) fn begin(shared: &Rc<Shared>) {
    let executor = &shared.executor;
    if !executor.one_in(4) {
        return;
    }
    shared.clients.timetable.is_planned.set(true);
    let world = SimWorld::of_clients(shared);
    let set = shared.moment(executor.time_up_to(10_000));
    let removed = executor.time_up_to(STAYS_MS);
    let node = executor.random(|random| random.usize(0..shared.nodes.len()));
    executor.spawn(async move {
        let (shared, store) = (world.shared(), world.open_store().expect("it opens"));
        let timetable = &shared.clients.timetable;
        set.await;
        let now = world.now_ms();
        let schedule = SetSchedule {
            name: NAME.to_owned(),
            task: TASK.to_owned(),
            cron: CRON.to_owned(),
            time_zone: "UTC".to_owned(),
            input: json!({ "step": STEP.json() }).to_string(),
            overlap: Overlap::Allow,
            catch_up: CatchUp::All,
            paused: None,
            next_at: Some((now.div_euclid(EVERY_MS) + 1) * EVERY_MS),
        };
        world.say("sets a schedule");
        store.set_schedule(&schedule, now).expect("it is set");
        timetable.set_at.set(now);
        drop(shared.begin(node, "stack-processor", "/drain", Vec::new()));
        shared.moment(removed).await;
        world.say("removes the schedule");
        store.remove_schedule(NAME).expect("it is removed");
        timetable.removed_at.set(Some(world.now_ms()));
    });
}
