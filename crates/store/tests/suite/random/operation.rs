//! What may be done next, before it is known to what.

use proptest::prelude::*;
use proptest::sample::Index;
use tasker_store::Suspend;

use super::schedules;
use crate::fixtures::FRAMES;

/// What every sequence begins with: without a run there is little to do.
pub(crate) const BEGINNING: [Operation; 3] = [
    Operation::Publish {
        task: 0,
        version: 0,
    },
    Operation::Submit {
        task: 0,
        version: 0,
        key: None,
        input: 0,
        delay: None,
        timeout: None,
        priority: 0,
        retention: None,
        slot: None,
        retry: (Vec::new(), false),
        starter: None,
        tags: 0,
    },
    Operation::Claim {
        frames: 1,
        calls: 0,
        lease: 90,
    },
];

/// Which lease to use.
#[derive(Debug, Clone)]
pub(crate) enum Pick {
    /// One of those that hold.
    Live(Index),
    /// Any that was ever given, so mostly a zombie's.
    Ever(Index),
}

/// An event to wait for.
#[derive(Debug, Clone)]
pub(crate) struct EventKind {
    pub(crate) name: u8,
    pub(crate) timeout: Option<i64>,
    pub(crate) data: Option<u8>,
}

/// A child to make.
#[derive(Debug, Clone)]
pub(crate) struct ChildKind {
    pub(crate) number: u32,
    pub(crate) nested: bool,
    pub(crate) in_flight: bool,
    /// For a timer: after how long it is due.
    pub(crate) delay: Option<i64>,
    /// For a call that waits for an event.
    pub(crate) event: Option<EventKind>,
    /// A task version that there is not.
    pub(crate) unknown_task: bool,
    pub(crate) timeout: Option<i64>,
    pub(crate) pause: Option<i64>,
    pub(crate) was_lost: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Publish {
        task: usize,
        version: usize,
    },
    DeleteTask {
        task: usize,
    },
    Submit {
        task: usize,
        version: usize,
        key: Option<u8>,
        input: u8,
        delay: Option<i64>,
        timeout: Option<i64>,
        priority: i32,
        retention: Option<i64>,
        /// A scope, and how many may go on at once in it.
        slot: Option<(u8, u32)>,
        retry: (Vec<i64>, bool),
        /// The run that starts it, and how many that one may start.
        starter: Option<(Index, u32)>,
        /// How many tags.
        tags: usize,
    },
    Purge {
        age: i64,
        keep: Option<u32>,
        limit: u32,
    },
    RemoveRun {
        run: Index,
    },
    Tag {
        run: Index,
        first: usize,
        tags: usize,
    },
    Cancel {
        run: Index,
        unknown: bool,
        force: bool,
        grace: i64,
    },
    SetPaused {
        run: Index,
        unknown: bool,
        paused: bool,
    },
    Expire {
        limit: u32,
    },
    Control(Pick),
    StopCalls {
        lease: Pick,
        number: u32,
    },
    Claim {
        frames: u32,
        calls: u32,
        lease: i64,
    },
    ClaimOther {
        lease: i64,
    },
    TakeLease {
        name: u8,
        places: u32,
        token: u8,
    },
    RenewLease {
        name: u8,
        token: u8,
    },
    GiveBackLease {
        name: u8,
        token: u8,
        only_if_idle: bool,
    },
    Sweep {
        max_attempts: u32,
        limit: u32,
    },
    Load(Pick),
    Append {
        lease: Pick,
        number: u32,
        taken_position: bool,
        fails: bool,
        logs: u32,
    },
    Tell {
        lease: Pick,
        logs: u32,
    },
    Absorb(Pick),
    Sleep {
        lease: Pick,
        children: Vec<ChildKind>,
        frames: u32,
        withdrawn: Vec<u32>,
        then: Suspend,
        claims: bool,
        logs: u32,
    },
    Finish {
        lease: Pick,
        fails: bool,
        claims: bool,
        logs: u32,
    },
    SendEvent {
        id: u8,
        name: u8,
        run: Option<Index>,
        data: u8,
        ttl: i64,
    },
    WaitForEvent {
        lease: Pick,
        claims: bool,
    },
    WaitForRun {
        lease: Pick,
        run: Index,
    },
    GiveBack {
        lease: Pick,
        delay: i64,
        failed: bool,
    },
    Renew {
        lease: Pick,
        for_ms: i64,
    },
    Put {
        namespace: u8,
        key: u8,
        value: u8,
    },
    Remove {
        namespace: u8,
        key: u8,
    },
    Schedule(schedules::Operation),
    /// Time passes.
    Wait {
        ms: i64,
    },
}

impl Operation {
    /// The names of those that the store carries out, in order.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "absorb",
        "append",
        "cancel",
        "claim",
        "claim_other",
        "control",
        "delete_task",
        "expire",
        "finish",
        "fire",
        "give_back",
        "give_back_if_idle",
        "give_back_lease",
        "load",
        "pause_schedule",
        "publish",
        "publish_with",
        "purge",
        "put",
        "remove",
        "remove_run",
        "remove_schedule",
        "renew",
        "renew_lease",
        "resume_schedule",
        "send_event",
        "set_paused",
        "set_schedule",
        "sleep",
        "stop_calls",
        "submit",
        "sweep",
        "tag",
        "take_lease",
        "tell",
        "wait_for_event",
        "wait_for_run",
    ];
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        6 => any::<Index>().prop_map(Pick::Live),
        1 => any::<Index>().prop_map(Pick::Ever),
    ]
}

fn event() -> impl Strategy<Value = EventKind> {
    (
        0..2u8,
        prop::option::of(-10..80i64),
        prop::option::of(0..2u8),
    )
        .prop_map(|(name, timeout, data)| EventKind {
            name,
            timeout,
            data,
        })
}

fn child() -> impl Strategy<Value = ChildKind> {
    (
        1..12u32,
        any::<bool>(),
        prop::bool::weighted(0.3),
        prop::option::weighted(0.3, -20..80i64),
        prop::option::weighted(0.4, event()),
        prop::bool::weighted(0.02),
        prop::option::weighted(0.2, 0..90i64),
        prop::option::weighted(0.2, -5..40i64),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(number, nested, in_flight, delay, event, unknown_task, timeout, pause, was_lost)| {
                ChildKind {
                    number,
                    nested,
                    in_flight,
                    delay,
                    event,
                    unknown_task,
                    timeout,
                    pause,
                    was_lost,
                }
            },
        )
}

fn then() -> impl Strategy<Value = Suspend> {
    prop_oneof![
        2 => Just(Suspend::KeepRunning),
        4 => Just(Suspend::UntilSettled),
        1 => Just(Suspend::Yield),
        1 => Just(Suspend::YieldBehind),
    ]
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let secret = || (0..2u8, 0..3u8);
    prop_oneof![
        2 => (0..2usize, 0..2usize)
            .prop_map(|(task, version)| Operation::Publish { task, version }),
        1 => (0..2usize).prop_map(|task| Operation::DeleteTask { task }),
        4 => (
            0..2usize,
            0..3usize,
            prop::option::of(0..3u8),
            0..2u8,
            prop::option::weighted(0.2, -20..80i64),
            prop::option::weighted(0.2, 0..300i64),
            prop_oneof![3 => Just(0), 1 => -100..101i32],
            prop::option::weighted(0.3, 1..200i64),
            prop::option::weighted(0.4, (0..2u8, 1..3u32)),
            (prop::collection::vec(0..60i64, 0..3), any::<bool>()),
            prop::option::weighted(0.4, (any::<Index>(), 0..3u32)),
            0..3usize,
        )
            .prop_map(|(task, version, key, input, delay, timeout, priority, retention, slot, retry, starter, tags)| {
                Operation::Submit {
                    task, version, key, input, delay, timeout, priority, retention, slot, retry, starter, tags,
                }
            }),
        1 => (0..300i64, prop::option::of(0..6u32), 0..3u32)
            .prop_map(|(age, keep, limit)| Operation::Purge { age, keep, limit }),
        1 => any::<Index>().prop_map(|run| Operation::RemoveRun { run }),
        2 => (any::<Index>(), 0..24usize, prop_oneof![3 => 1..3usize, 1 => 18..22usize])
            .prop_map(|(run, first, tags)| Operation::Tag { run, first, tags }),
        2 => (any::<Index>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2), 0..150i64)
            .prop_map(|(run, unknown, force, grace)| {
                Operation::Cancel { run, unknown, force, grace }
            }),
        3 => (any::<Index>(), prop::bool::weighted(0.1), prop::bool::weighted(0.4))
            .prop_map(|(run, unknown, paused)| Operation::SetPaused { run, unknown, paused }),
        2 => (1..4u32).prop_map(|limit| Operation::Expire { limit }),
        2 => pick().prop_map(Operation::Control),
        3 => (pick(), 1..12u32)
            .prop_map(|(lease, number)| Operation::StopCalls { lease, number }),
        14 => (1..4u32, 0..4u32, 20..150i64)
            .prop_map(|(frames, calls, lease)| Operation::Claim { frames, calls, lease }),
        3 => (20..150i64).prop_map(|lease| Operation::ClaimOther { lease }),
        6 => (0..2u8, 0..3u32, 0..3u8)
            .prop_map(|(name, places, token)| Operation::TakeLease { name, places, token }),
        1 => (0..2u8, 0..3u8).prop_map(|(name, token)| Operation::RenewLease { name, token }),
        4 => (0..2u8, 0..3u8, prop::bool::weighted(0.7)).prop_map(
            |(name, token, only_if_idle)| Operation::GiveBackLease { name, token, only_if_idle }
        ),
        3 => (1..4u32, 1..4u32)
            .prop_map(|(max_attempts, limit)| Operation::Sweep { max_attempts, limit }),
        5 => pick().prop_map(Operation::Load),
        6 => (pick(), 1..12u32, prop::bool::weighted(0.1), any::<bool>(), 0..3u32).prop_map(
            |(lease, number, taken_position, fails, logs)| {
                Operation::Append { lease, number, taken_position, fails, logs }
            }
        ),
        2 => (pick(), 0..3u32).prop_map(|(lease, logs)| Operation::Tell { lease, logs }),
        3 => pick().prop_map(Operation::Absorb),
        9 => (
            pick(),
            prop::collection::vec(child(), 0..4),
            prop_oneof![3 => Just(FRAMES), 1 => 1..5u32],
            prop::collection::vec(1..12u32, 0..2),
            then(),
            any::<bool>(),
            0..3u32,
        )
            .prop_map(|(lease, children, frames, withdrawn, then, claims, logs)| {
                Operation::Sleep { lease, children, frames, withdrawn, then, claims, logs }
            }),
        6 => (pick(), any::<bool>(), any::<bool>(), 0..3u32)
            .prop_map(|(lease, fails, claims, logs)| {
                Operation::Finish { lease, fails, claims, logs }
            }),
        4 => (0..60u8, 0..2u8, prop::option::weighted(0.4, any::<Index>()), 0..2u8, 0..120i64)
            .prop_map(|(id, name, run, data, ttl)| {
                Operation::SendEvent { id, name, run, data, ttl }
            }),
        9 => (pick(), any::<bool>())
            .prop_map(|(lease, claims)| Operation::WaitForEvent { lease, claims }),
        6 => (pick(), any::<Index>())
            .prop_map(|(lease, run)| Operation::WaitForRun { lease, run }),
        2 => (pick(), 0..20i64, any::<bool>())
            .prop_map(|(lease, delay, failed)| Operation::GiveBack { lease, delay, failed }),
        1 => (pick(), 1..200i64).prop_map(|(lease, for_ms)| Operation::Renew { lease, for_ms }),
        1 => (secret(), any::<u8>())
            .prop_map(|((namespace, key), value)| Operation::Put { namespace, key, value }),
        1 => secret().prop_map(|(namespace, key)| Operation::Remove { namespace, key }),
        10 => schedules::operation().prop_map(Operation::Schedule),
        6 => (1..60i64).prop_map(|ms| Operation::Wait { ms }),
    ]
}
