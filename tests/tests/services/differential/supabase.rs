//! Chains of `@supabase/supabase-js`.

use std::fmt::Write;

use serde_json::{Value, json};
use tasker_tests::result;

use super::outcome::Outcome;
use super::{assert_same, both, calls, ours, seen};
use crate::world::World;

/// The headers that mean something to Supabase. `accept: */*` is what Node's `fetch` says where the client says nothing.
const HEADERS: &[&str] = &[
    "accept",
    "accept-profile",
    "apikey",
    "authorization",
    "cache-control",
    "content-profile",
    "content-type",
    "prefer",
    "x-custom",
    "x-metadata",
    "x-region",
    "x-supabase-api-version",
    "x-upsert",
];

#[test]
fn supabase_chains_are_those_of_the_official_client() {
    let mut chains = calls("supabase/data.json");
    chains.extend(
        calls("supabase/chains.json")
            .iter()
            .map(|chain| json!({ "js": chain["js"] })),
    );
    assert!(chains.len() >= 400, "{}", chains.len());
    for (index, chain) in chains.iter_mut().enumerate() {
        chain["index"] = json!(index);
    }

    let world = World::start(|settings, _| settings);
    world.client().publish("chains", &task(&chains));
    let (ours, [official]) = both(["supabase.mjs"], &chains, || {
        ours(&world, &chains, |chain| {
            result(&world.client().run("chains", chain))
        })
    });
    assert_same(&chains, &ours, &official, as_compared);
}

/// A task that carries out the chain of its input's index.
fn task(chains: &[Value]) -> String {
    let mut code = "const chains = [\n".to_owned();
    for chain in chains {
        let js = chain["js"].as_str().expect("a chain is JavaScript");
        // Writing to a string cannot fail.
        let _ = writeln!(code, "(supabase) => {js},");
    }
    code + "];
        module.exports = async function chain({ index }, { tools }) {
          try {
            return { value: (await chains[index](tools.supabase)) ?? null };
          } catch ({ name, message }) {
            return { error: { name, message } };
          }
        };"
}

fn as_compared(outcome: &Outcome) -> Value {
    let mut requests: Vec<Value> = outcome
        .requests
        .iter()
        .map(|request| {
            let mut seen = seen::request(request, HEADERS);
            if seen["headers"]["accept"] == "*/*" {
                seen["headers"]
                    .as_object_mut()
                    .map(|headers| headers.remove("accept"));
            }
            seen
        })
        .collect();
    // Queries that are awaited together may arrive in any order.
    requests.sort_by_key(Value::to_string);
    json!({
        "requests": requests,
        "value": outcome.value.clone().map(seen::plain),
        "error": outcome.error.as_ref().map(|error| &error["message"]),
    })
}
