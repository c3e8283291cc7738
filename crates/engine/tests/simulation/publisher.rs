//! Who publishes the versions of the task.

use std::rc::Rc;

use tasker_domain::TaskFunction;
use tasker_engine::World;
use tasker_store::prelude::*;
use tasker_store::{Concurrency, Publication, TaskSettings};

use crate::client::now;
use crate::database::SimStore;
use crate::program::{self, LIMITED, TASK};
use crate::shared::Shared;
use crate::world::SimWorld;

/// Publishes the first version, and now and then another.
pub(crate) fn begin(shared: &Rc<Shared>) {
    let world = SimWorld::of_clients(shared);
    let publisher = Rc::new(Publisher {
        store: world.open_store().expect("it opens"),
        shared: Rc::clone(shared),
        at_once: shared.executor.random(|random| random.u32(1..=2)),
    });
    publisher.publish();
    for _ in 0..shared.executor.random(|random| random.u8(0..4)) {
        let moment = shared.moment(shared.executor.time_up_to(15_000));
        let publisher = Rc::clone(&publisher);
        shared.executor.spawn(async move {
            moment.await;
            publisher.publish();
        });
    }
}

struct Publisher {
    shared: Rc<Shared>,
    store: SimStore,
    /// How many of the limited runs may go on at once.
    at_once: u32,
}

impl Publisher {
    /// Publishes the next version, under both names.
    fn publish(&self) {
        let now = now(&self.shared);
        let mut published = self.shared.clients.published.borrow_mut();
        published.push(now);
        let version = u32::try_from(published.len()).expect("few versions");
        self.shared
            .executor
            .say(format!("client publishes version {version}"));
        let limit = Concurrency {
            at_once: self.at_once,
            per: None,
        };
        for (name, concurrency) in [(TASK, None), (LIMITED, Some(limit))] {
            let task = TaskFunction {
                name: name.to_owned(),
                version: version.to_string(),
                code: program::code(version),
                modules: "{}".to_owned(),
                description: None,
                input_schema: None,
                timeout_ms: None,
                created_at: now,
            };
            let publication = Publication {
                task: &task,
                grants: None,
                settings: &TaskSettings {
                    concurrency,
                    ..TaskSettings::default()
                },
                schedules: &[],
            };
            let is_made = self.store.publish_with(&publication, now);
            is_made.expect("the task is published");
        }
    }
}
