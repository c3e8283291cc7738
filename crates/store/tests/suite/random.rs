//! Random operations, run against a backend and the model at once: every answer and everything
//! that can be seen afterwards must be the same.
//!
//! An operation names runs and leases by picking among those that there are when it is executed,
//! so that a failing sequence stays meaningful while it is shrunk.

mod operation;
mod schedules;
mod world;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::backend::{Backend, fresh};
use crate::model::Model;
use operation::{BEGINNING, Operation, operation};
use world::World;

const SEQUENCES: u32 = 64;
const LENGTH: usize = 160;
const SEED: [u8; 32] = *b"the same sequences in every run!";

pub(crate) fn random_operations_do_what_the_model_does<B: Backend>() {
    let config = Config {
        cases: SEQUENCES,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let coverage = std::cell::RefCell::new(Coverage::default());
    let outcome = runner.run(&vec(operation(), LENGTH / 2..LENGTH), |operations| {
        run::<B>(&operations, &mut coverage.borrow_mut())
    });
    if let Err(error) = outcome {
        panic!("{error:.4000}");
    }
    coverage.borrow().assert_complete();
}

/// How often each operation had a success, and how often a refusal.
#[derive(Default)]
struct Coverage(BTreeMap<&'static str, (u32, u32)>);

impl Coverage {
    fn count(&mut self, operation: &'static str, refused: bool) {
        let (successes, refusals) = self.0.entry(operation).or_default();
        *(if refused { refusals } else { successes }) += 1;
    }

    fn assert_complete(&self) {
        let names: Vec<_> = self.0.keys().copied().collect();
        assert_eq!(names, Operation::NAMES, "each operation was tried");
        for (operation, (successes, refusals)) in &self.0 {
            assert!(
                *successes > 0 && *refusals > 0,
                "{operation}: {successes} successes, {refusals} refusals"
            );
        }
    }
}

fn run<B: Backend>(operations: &[Operation], coverage: &mut Coverage) -> Result<(), TestCaseError> {
    let (_backend, store) = fresh::<B>();
    let model = Model::default();
    let mut world = World::default();
    for (step, operation) in BEGINNING.iter().chain(operations).enumerate() {
        let concrete = world.resolve(operation, &model);
        let expected = concrete.apply(&model);
        let answer = concrete.apply(&store);
        let context = || format!("step {step}: {concrete:?}");
        if answer.text != expected.text {
            let message = format!(
                "{}\nanswer {}\nmodel  {}",
                context(),
                answer.text,
                expected.text
            );
            return Err(TestCaseError::fail(message));
        }
        if !matches!(operation, Operation::Wait { .. }) {
            coverage.count(concrete.name(), expected.refused);
        }
        world.learn(&expected);
        let (seen, modelled) = (world.observe(&store), world.observe(&model));
        if let Some((seen, modelled)) = seen.iter().zip(&modelled).find(|(a, b)| a != b) {
            let message = format!("{}\nstate {seen}\nmodel {modelled}", context());
            return Err(TestCaseError::fail(message));
        }
    }
    B::check(&store);
    Ok(())
}
