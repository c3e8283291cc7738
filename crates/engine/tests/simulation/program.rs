//! Tasks that are made up, and what must come of them.

use serde_json::{Value, json};

use crate::keystore::TALLIES;
use crate::machine::COMPUTES;

/// The name of the task, and the one of those of its runs of which only some may go on at once.
pub(crate) const TASK: &str = "program";
pub(crate) const LIMITED: &str = "limited";

/// The code of a version of the task.
pub(crate) fn code(version: u32) -> String {
    CODE.replace("{VERSION}", &version.to_string())
        .replace("{COMPUTES}", COMPUTES)
}

/// It does what its input says. Its nested tasks are not limited.
const CODE: &str = r#"
/** @task program */
export default async function program(input) { return await go(input.step); }

async function go([kind, ...rest]) {
  switch (kind) {
    case "call": return await tools[rest[0]].echo(rest[1]);
    case "fail": return await tools.websearch.fail().catch((error) => error.code);
    case "never": return await tools.with({ timeoutMs: rest[0] }).websearch.never().catch((error) => error.code);
    case "count": return await tools.keystore.increment("tally", `number ${rest[0]}`);
    case "once": return await tools.gapi.echo(rest[0]).catch((error) => error.code);
    case "all": return await Promise.all(rest.map(go));
    case "each": { const out = []; for (const step of rest) out.push(await go(step)); return out; }
    case "nested": return await tools.tasks.execute("program", { step: rest[0] });
    case "sleep": await tools.sleep(rest[0]); return "slept";
    case "timer": return await new Promise((done) => setTimeout(done, rest[0], "rang"));
    case "cleared": {
      let cleared = false;
      const timer = setTimeout(() => { if (cleared) throw new Error("it was cleared"); }, rest[0]);
      const value = await go(rest[1]);
      clearTimeout(timer);
      cleared = true;
      return value;
    }
    case "event": return (await tools.waitForEvent(rest[0])).data;
    case "patient": {
      const settledBy = (promises) => new Promise((ok, no) => { for (const one of promises) one.then(ok, no); });
      const nested = (promises) => Promise.race([Promise.race([Promise.race(promises)])]);
      const race = [(promises) => Promise.race(promises), settledBy, nested][rest[1] % 3];
      for (;;) {
        const news = tools.waitForEvent(rest[0]);
        const first = await race([news, tools.sleep(rest[1])]);
        if (first) return first.data;
      }
    }
    case "compute": console.log(`{COMPUTES}${rest[0]}`); return "computed";
    case "version": return {VERSION};
    case "broken": throw new Error("broken");
    case "tidy": {
      try { return await go(rest[0]); }
      catch (error) { await tools.keystore.echo("tidied"); throw error; }
    }
  }
  throw new Error(kind);
}
"#;

/// A step of a program.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A call of a service of which any call may be made twice.
    Call(&'static str, u32),
    /// Counts in the keystore, which says how far.
    Count(u32),
    /// A call that may be made once only.
    Once(u32),
    Fail,
    Never(u32),
    All(Vec<Step>),
    Each(Vec<Step>),
    Nested(Box<Step>),
    Sleep(u32),
    Timer(u32),
    Cleared(u32, Box<Step>),
    /// Waits for an event; its number makes its name.
    Event(u32),
    /// Waits for an event, and begins to wait anew again and again; how it races depends on how long it waits at a time.
    Patient(u32, u32),
    /// Cleans up if it is stopped.
    Tidy(Box<Step>),
    /// Computes for so long without a pause.
    Compute(u32),
    /// Tells the version of its code.
    Version,
    /// Fails after this.
    Broken(Box<Step>),
}

impl Step {
    /// A program; `left` bounds how much it does. Each value and event has a number of its own.
    pub(crate) fn made_up(random: &mut fastrand::Rng, left: &mut u32, next: &mut u32) -> Self {
        *next += 1;
        let value = *next;
        let simple = random.u32(0..14);
        if *left == 0 {
            return Self::simple(random, simple, value);
        }
        *left -= 1;
        let mut some = |random: &mut fastrand::Rng, most: usize| {
            let many = random.usize(1..=most);
            (0..many)
                .map(|_| Self::made_up(random, left, next))
                .collect::<Vec<_>>()
        };
        match random.u32(0..20) {
            0..=2 => Self::All(some(random, 5)),
            3..=5 => Self::Each(some(random, 4)),
            6..=8 => Self::Nested(Box::new(some(random, 1).remove(0))),
            9 => Self::Cleared(random.u32(0..20_000), Box::new(some(random, 1).remove(0))),
            10 => Self::Tidy(Box::new(some(random, 1).remove(0))),
            _ => Self::simple(random, simple, value),
        }
    }

    fn simple(random: &mut fastrand::Rng, kind: u32, value: u32) -> Self {
        match kind {
            0 => Self::Once(value),
            1 => Self::Fail,
            2 => Self::Never(random.u32(1..4_000)),
            3 => Self::Sleep(match random.u32(0..6) {
                // Longer than a drainer stays.
                0 => random.u32(31_000..45_000),
                _ => random.u32(0..6_000),
            }),
            4 => Self::Timer(random.u32(0..3_000)),
            5 | 6 => Self::Event(value),
            7 => Self::Patient(value, random.u32(300..4_000)),
            8 => Self::Version,
            9 => Self::Count(random.u32(0..TALLIES)),
            10 => Self::Compute(match random.u32(0..4) {
                // Longer than most drainers work.
                0 => random.u32(5_000..20_000),
                _ => random.u32(0..500),
            }),
            _ => Self::Call(
                random
                    .choice(["keystore", "openai", "websearch"])
                    .expect("one"),
                value,
            ),
        }
    }

    /// As the task's input has it.
    pub(crate) fn json(&self) -> Value {
        let list = |kind: &str, steps: &[Self]| {
            let steps = steps.iter().map(Self::json);
            Value::Array(std::iter::once(json!(kind)).chain(steps).collect())
        };
        match self {
            Self::Call(service, value) => json!(["call", service, value]),
            Self::Count(tally) => json!(["count", tally]),
            Self::Once(value) => json!(["once", value]),
            Self::Fail => json!(["fail"]),
            Self::Never(ms) => json!(["never", ms]),
            Self::All(steps) => list("all", steps),
            Self::Each(steps) => list("each", steps),
            Self::Nested(step) => json!(["nested", step.json()]),
            Self::Sleep(ms) => json!(["sleep", ms]),
            Self::Timer(ms) => json!(["timer", ms]),
            Self::Cleared(ms, step) => json!(["cleared", ms, step.json()]),
            Self::Event(number) => json!(["event", event(*number)]),
            Self::Patient(number, ms) => json!(["patient", event(*number), ms]),
            Self::Tidy(step) => json!(["tidy", step.json()]),
            Self::Compute(ms) => json!(["compute", ms]),
            Self::Version => json!(["version"]),
            Self::Broken(step) => json!(["each", step.json(), ["broken"]]),
        }
    }

    /// The numbers of the events that it waits for.
    pub(crate) fn events(&self) -> Vec<u32> {
        match self {
            Self::Event(number) | Self::Patient(number, _) => vec![*number],
            Self::All(steps) | Self::Each(steps) => steps.iter().flat_map(Self::events).collect(),
            Self::Nested(step) | Self::Cleared(_, step) | Self::Tidy(step) | Self::Broken(step) => {
                step.events()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it fails.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }

    /// Whether this may come of it.
    pub(crate) fn gives(&self, result: &Value, terms: &Terms) -> bool {
        let each = |steps: &[Self]| {
            result.as_array().is_some_and(|results| {
                results.len() == steps.len()
                    && steps
                        .iter()
                        .zip(results)
                        .all(|(step, result)| step.gives(result, terms))
            })
        };
        match self {
            Self::Call(_, value) => *result == json!(value),
            Self::Once(value) => {
                *result == json!(value) || (terms.had_faults && *result == json!("outcome_unknown"))
            }
            Self::Count(_) => result.as_u64().is_some_and(|count| count > 0),
            Self::Fail => *result == json!("upstream_failed"),
            Self::Never(_) => *result == json!("call_timeout"),
            Self::All(steps) | Self::Each(steps) => each(steps),
            Self::Nested(step) | Self::Cleared(_, step) | Self::Tidy(step) => {
                step.gives(result, terms)
            }
            Self::Sleep(_) => *result == json!("slept"),
            Self::Timer(_) => *result == json!("rang"),
            Self::Event(number) | Self::Patient(number, _) => {
                *result == json!({ "number": number })
            }
            Self::Compute(_) => *result == json!("computed"),
            Self::Version => terms
                .versions
                .iter()
                .any(|version| *result == json!(version)),
            Self::Broken(_) => false,
        }
    }
}

/// What the result of a program depends on besides its steps.
pub(crate) struct Terms {
    /// Whether anything went wrong.
    pub(crate) had_faults: bool,
    /// The version that was current when the run was submitted; those that were, if several were at that very moment.
    pub(crate) versions: Vec<u32>,
}

fn event(number: u32) -> String {
    format!("event-{number}")
}
