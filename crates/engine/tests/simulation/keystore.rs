//! The keystore, which is the real one: tasks count in it, and an operator changes its master key meanwhile.

use std::rc::Rc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_domain::keystore::{Rotate, Rotated};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_engine::World;
use tasker_service::Service;
use tasker_service::testing::Clock;
use wrappedkeystore::{Keystore, Room, Settings, Vault};

use crate::database::{Database, SimStore, text};
use crate::shared::Shared;
use crate::world::{Part, SimWorld};

/// The namespace in which tasks count, and its keys.
const NAMESPACE: &str = "tally";
pub(crate) const TALLIES: u32 = 3;

/// More than there is need of.
const ROOM: Room = Room {
    namespaces: 10,
    keys: 10,
    bytes: 1 << 20,
};

/// How often the operator looks whether nobody works with older keys any more, and asks again when he was not answered.
const LOOK: Duration = Duration::from_millis(500);

/// The master keys that the requests of a node have.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    present: u8,
    previous: Option<u8>,
}

impl Keys {
    /// Before they are changed.
    pub(crate) const FIRST: Self = Self {
        present: 1,
        previous: None,
    };

    /// Each node can read what the others are going to write.
    const READING: Self = Self {
        present: 1,
        previous: Some(2),
    };

    const WRITING: Self = Self {
        present: 2,
        previous: Some(1),
    };

    /// Once all values are sealed anew.
    const LAST: Self = Self {
        present: 2,
        previous: None,
    };

    fn vault(self, world: &SimWorld) -> tasker_store::Result<Vault<SimStore>> {
        let settings = Settings {
            key: [self.present; 32],
            previous_keys: self.previous.map(|key| [key; 32]).into_iter().collect(),
            default_grant: NAMESPACE.to_owned(),
            room: ROOM,
        };
        Ok(Vault::new(world.open_store()?, &settings))
    }
}

/// Makes a call with the keys of the node; `None`: the database is away.
pub(crate) async fn call(
    world: &SimWorld,
    request: &ServiceRequest,
) -> Option<Result<String, ServiceError>> {
    let vault = world.node().keys.get().vault(world).ok()?;
    Some(
        Keystore(Ok(vault))
            .call(&Clock(world.now_ms()), request)
            .await,
    )
}

/// Seals values anew with the keys of the node; `None`: it cannot at the moment.
pub(crate) fn rotate(world: &SimWorld, message: &[u8]) -> Option<Rotated> {
    let request: Rotate = serde_json::from_slice(message).expect("a request");
    let vault = world.node().keys.get().vault(world).ok()?;
    vault.rotate(&request).ok()
}

/// Stores the tallies, and in some simulations has the master key changed.
pub(crate) fn begin(shared: &Rc<Shared>) {
    let world = SimWorld::of_clients(shared);
    for key in 0..TALLIES {
        operator_calls(&world, Keys::FIRST, "set", json!([NAMESPACE, name(key), 0]));
    }
    if shared.executor.one_in(3) {
        shared.keys_are_changed.set(Some(false));
        let change = Change {
            moment: shared.executor.time_up_to(15_000),
            world,
        };
        shared.executor.spawn(async move { change.is_made().await });
    }
}

fn name(key: u32) -> String {
    format!("number {key}")
}

/// A call of an operator.
fn operator_calls(world: &SimWorld, keys: Keys, method: &str, args: Value) -> String {
    let call = ServiceRequest {
        run: RunId::new(0, [0; 10]),
        frame: None,
        method: vec![method.to_owned()],
        args: args.to_string(),
        idempotency_key: "an operator's".to_owned(),
        within_ms: None,
        was_lost: false,
        trace: None,
    };
    let service = Keystore(Ok(keys.vault(world).expect("it opens")));
    let clock = Clock(world.now_ms());
    let answer = service.call(&clock, &call).now_or_never();
    answer.expect("it waits for nothing").expect("an answer")
}

/// An operator changes the master key, as docs/operations.md says.
struct Change {
    moment: Duration,
    world: SimWorld,
}

impl Change {
    async fn is_made(&self) {
        let shared = self.world.shared();
        shared.moment(self.moment).await;
        for keys in [Keys::READING, Keys::WRITING] {
            self.nodes_have(keys).await;
        }
        let mut next = Rotate::default();
        loop {
            match self.asked_to_rotate(&next).await {
                None => shared.executor.sleep(LOOK).await,
                Some(Rotated { unreadable, .. }) if !unreadable.is_empty() => {
                    return self.world.violation("finds values that no key opens");
                }
                Some(Rotated { next: None, .. }) => break,
                Some(Rotated { next: after, .. }) => next = Rotate { after },
            }
        }
        self.world.say("has all values sealed anew");
        self.nodes_have(Keys::LAST).await;
        shared.keys_are_changed.set(Some(true));
    }

    /// Starts one node after the other with these keys. What works with older ones has its time to end.
    async fn nodes_have(&self, keys: Keys) {
        let shared = self.world.shared();
        for node in &shared.nodes {
            node.keys.set(keys);
            shared.executor.sleep(shared.executor.time_up_to(300)).await;
        }
        let later = shared.executor.next_task();
        while (shared.nodes.iter()).any(|node| node.is_at_work("wrappedkeystore", later)) {
            shared.executor.sleep(LOOK).await;
        }
        self.world
            .say(format!("keystore has the key {}", keys.present));
    }

    /// Asks a node for a step of the rotation; `None`: there was no answer.
    async fn asked_to_rotate(&self, request: &Rotate) -> Option<Rotated> {
        let shared = self.world.shared();
        let node = shared
            .executor
            .random(|random| random.usize(0..shared.nodes.len()));
        let message = serde_json::to_vec(request).expect("JSON");
        let (head, mut parts) = shared.begin(node, "wrappedkeystore", "/rotate", message);
        let is_well = head.await.ok()? == 200;
        let part: Part = parts.next().await?;
        let answer = part.filter(|_| is_well)?;
        Some(serde_json::from_slice(&answer).expect("an answer"))
    }
}

/// Each call that has counted has counted once: no update was lost to another one, or to the change of the key.
pub(crate) fn check(shared: &Rc<Shared>, wrong: &mut Vec<String>) {
    let world = SimWorld::of_clients(shared);
    let keys = match shared.keys_are_changed.get() {
        Some(true) => Keys::LAST,
        _ => Keys::FIRST,
    };
    for key in 0..TALLIES {
        let key = name(key);
        let value = operator_calls(&world, keys, "get", json!([NAMESPACE, key]));
        let counted = counted(&shared.database, &key);
        let whole: Vec<u64> = (1..).take(counted.len()).collect();
        if counted != whole || value != whole.len().to_string() {
            wrong.push(format!(
                "the tally `{key}` is {value}, and its calls were answered {counted:?}"
            ));
        }
    }
}

/// What the calls were answered that have changed a value, in order.
fn counted(database: &Database, key: &str) -> Vec<u64> {
    let rows = database.rows("SELECT key, answer FROM keystore_changes");
    let own = rows.iter().filter(|row| text(row, 0) == key);
    let answers = own.map(|row| text(row, 1).parse().expect("a number"));
    let mut answers: Vec<u64> = answers.collect();
    answers.sort_unstable();
    answers
}
