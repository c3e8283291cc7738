//! Random operations, run against backends and the model at once: every answer and everything
//! that can be seen afterwards must be the same.
//!
//! An operation names runs and leases by picking among those that there are when it is executed,
//! so that a failing sequence stays meaningful while it is shrunk.

mod action;
mod operation;
mod progress;
mod schedules;
mod world;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::backend::{Backend, Everything, fresh};
use crate::model::Model;
use crate::postgres::Database as OnPostgres;
use crate::sqlite::Database as OnSqlite;
use operation::{BEGINNING, Operation, operation};
use world::World;

const SEQUENCES: u32 = 64;
/// So many times as many sequences at most, until each operation was met.
const ROUNDS: u8 = 4;
const LENGTH: usize = 160;
/// The fewest sequences that are compared between the databases, and after how many steps what PostgreSQL shows
/// is compared.
const COMPARED: u32 = 12;
const VIEWED: usize = 16;
const SEED: [u8; 32] = *b"the same sequences in every run!";

#[test]
fn random_operations_do_what_the_model_does() {
    sequences(|operations, coverage| {
        let (_file, store) = fresh::<OnSqlite>();
        let check = |world: &World, model: &Model, _| same_view(world, &store, model);
        run(&operations, &[&store], coverage, check)?;
        OnSqlite::check(&store);
        Ok(())
    });
}

/// SQLite, PostgreSQL and the model, led through the same sequences, answer the same at each step, and
/// after it the tables of the two databases hold the same.
#[test]
fn random_operations_do_the_same_on_both_databases() {
    sequences(|operations, coverage| {
        // All that can be met has been; more of it is the other test's.
        if coverage.sequences >= COMPARED && coverage.is_complete() {
            return Ok(());
        }
        let (_file, sqlite) = fresh::<OnSqlite>();
        let (_database, postgres) = fresh::<OnPostgres>();
        run(
            &operations,
            &[&sqlite, &postgres],
            coverage,
            |world, model, step| {
                same_view(world, &sqlite, model)?;
                // Reading takes a round trip for each part of the view: the tables show more by less.
                if step % VIEWED == 0 {
                    same_view(world, &postgres, model)?;
                }
                for table in TABLES {
                    same(
                        &OnPostgres::rows(&postgres, table),
                        &OnSqlite::rows(&sqlite, table),
                    )?;
                }
                Ok(())
            },
        )?;
        OnPostgres::check(&postgres);
        OnSqlite::check(&sqlite);
        Ok(())
    });
}

/// Leads through random sequences, until each operation was met.
fn sequences(lead: impl Fn(Vec<Operation>, &mut Coverage) -> Result<(), TestCaseError>) {
    let coverage = std::cell::RefCell::new(Coverage::default());
    for round in 0..ROUNDS {
        let outcome = runner(SEQUENCES, round)
            .run(&vec(operation(), LENGTH / 2..LENGTH), |operations| {
                lead(operations, &mut coverage.borrow_mut())
            });
        if let Err(error) = outcome {
            panic!("{error:.4000}");
        }
        if coverage.borrow().is_complete() {
            break;
        }
    }
    coverage.borrow().assert_complete();
}

/// All that either database holds. Numbers of events are not the same: PostgreSQL's leave gaps.
const TABLES: &[&str] = &[
    "SELECT * FROM task_functions",
    "SELECT * FROM publications",
    "SELECT * FROM task_runs",
    "SELECT * FROM stack_runs",
    "SELECT * FROM snapshots",
    "SELECT * FROM call_journal",
    "SELECT * FROM call_attempts",
    "SELECT * FROM run_logs",
    "SELECT * FROM run_progress",
    "SELECT * FROM run_tags",
    "SELECT * FROM run_waits",
    "SELECT * FROM leases",
    "SELECT id, swept_at, coalesce(CAST(looked_up_to AS TEXT), ''), trimmed_up_to, admitted_up_to
     FROM sweeps",
    "SELECT * FROM keystore",
    "SELECT (SELECT count(*) FROM events o WHERE o.seq < e.seq), id, name, run_id, sent_at,
            expires_at, is_taken, data FROM events e",
    "SELECT e.id, r.run_id FROM event_receipts r JOIN events e ON e.seq = r.event_seq",
    "SELECT stack_run_id, name, run_id FROM event_waits",
    "SELECT * FROM schedules",
    "SELECT * FROM task_settings",
    "SELECT * FROM task_grants",
    "SELECT * FROM idempotency_keys",
    "SELECT * FROM webhooks",
];

pub(crate) fn every_run_can_end_from_every_state<B: Backend>() {
    let outcome = runner(B::SEQUENCES, 0).run(&vec(operation(), 0..LENGTH), |operations| {
        let (_backend, store) = fresh::<B>();
        let model = Model::default();
        let mut world = World::default();
        for operation in BEGINNING.iter().chain(&operations) {
            let concrete = world.resolve(operation, &model);
            concrete.apply(&model);
            world.learn(&concrete.apply(&store));
        }
        progress::drive(&store, &world)?;
        B::check(&store);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error:.4000}");
    }
}

fn runner(sequences: u32, round: u8) -> TestRunner {
    let mut seed = SEED;
    seed[0] += round;
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// How often each operation had a success, and how often a refusal.
#[derive(Default)]
struct Coverage {
    sequences: u32,
    met: BTreeMap<&'static str, (u32, u32)>,
}

impl Coverage {
    fn count(&mut self, operation: &'static str, refused: bool) {
        let (successes, refusals) = self.met.entry(operation).or_default();
        *(if refused { refusals } else { successes }) += 1;
    }

    fn is_complete(&self) -> bool {
        self.met.len() == Operation::NAMES.len()
            && self
                .met
                .values()
                .all(|(successes, refusals)| *successes > 0 && *refusals > 0)
    }

    fn assert_complete(&self) {
        let names: Vec<_> = self.met.keys().copied().collect();
        assert_eq!(names, Operation::NAMES, "each operation was tried");
        for (operation, (successes, refusals)) in &self.met {
            assert!(
                *successes > 0 && *refusals > 0,
                "{operation}: {successes} successes, {refusals} refusals"
            );
        }
    }
}

/// Applies operations to the model and the stores at once.
fn run(
    operations: &[Operation],
    stores: &[&dyn Everything],
    coverage: &mut Coverage,
    check: impl Fn(&World, &Model, usize) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let model = Model::default();
    let mut world = World::default();
    for (step, operation) in BEGINNING.iter().chain(operations).enumerate() {
        let concrete = world.resolve(operation, &model);
        let at = |error: TestCaseError| {
            TestCaseError::fail(format!("step {step}: {concrete:?}\n{error}"))
        };
        let expected = concrete.apply(&model);
        for store in stores {
            same(
                &[concrete.apply(*store).text],
                std::slice::from_ref(&expected.text),
            )
            .map_err(at)?;
        }
        if !matches!(operation, Operation::Wait { .. }) {
            coverage.count(concrete.name(), expected.refused);
        }
        world.learn(&expected);
        check(&world, &model, step).map_err(at)?;
    }
    coverage.sequences += 1;
    Ok(())
}

/// Everything that can be seen of a store is as in the model.
fn same_view(world: &World, store: &dyn Everything, model: &Model) -> Result<(), TestCaseError> {
    same(&world.observe(store), &world.observe(model))
}

fn same(seen: &[String], expected: &[String]) -> Result<(), TestCaseError> {
    let longer = seen.len().max(expected.len());
    match (0..longer).find(|at| seen.get(*at) != expected.get(*at)) {
        Some(at) => Err(TestCaseError::fail(format!(
            "is        {:?}\nshould be {:?}",
            seen.get(at),
            expected.get(at)
        ))),
        None => Ok(()),
    }
}
