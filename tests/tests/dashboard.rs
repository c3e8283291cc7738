//! The dashboard in a real browser, on an app that has something to show. `TASKER_PICTURES` names a folder for pictures of it.

use std::process::{Command, Stdio};

use serde_json::json;
use tasker_domain::{RunId, RunStatus};
use tasker_tests::{App, Client, Settings, paths, until};

const ORDER: &str = r#"/**
 * @description Takes an order: charges it, has it approved, ships it.
 * @param {object} input
 * @param {string} input.customer - Who orders
 * @param {number} [input.amount] - Euros
 * @param {string[]} [input.items]
 */
export default async function order({ customer, amount = 10, items = [] }) {
  await tools.keystore.set("orders", customer, amount), tools.progress("charged");
  const parts = await Promise.all(items.map((item) => tools.tasks.execute("shop/pick", { item })));
  if (amount > 1000) console.warn("needs approval");
  const { data } = amount > 1000 ? await tools.waitForEvent("approved", { timeout: "2d" }) : { data: null };
  if (data) console.log("approved by", data.by);
  if (amount < 0) throw new RangeError(`an order of ${amount} euros cannot be charged`);
  return { customer, charged: amount, parts };
}
"#;

const PICK: &str = r#"
export default async function pick({ item }) {
  const left = await tools.keystore.increment("stock", item);
  await tools.sleep(60);
  return { item, left };
}
"#;

/// All that a task may say holds HTML.
const HOSTILE: &str = r#"
/**
 * @description <img src="x" onerror="window.hacked = 1">
 * @param {object} input
 * @param {string} [input.name] - named <img src="x" onerror="window.hacked = 1">
 */
export default async function hostile({ text }) {
  const hostile = '<img src="x" onerror="window.hacked = 1">';
  console.log(hostile);
  tools.progress(hostile);
  await tools.keystore.get("hostile", hostile);
  const error = new Error(hostile);
  error.name = hostile;
  throw error;
}
"#;

const SLEEPER: &str = r#"export default async function sleeper() { await tools.sleep("3d"); }"#;
const FRESH: &str = r#"
/** @schedule "0 3 1 1 *" Europe/Amsterdam */
export default async function fresh() { return "done"; }
"#;
const LARGE: &str = r#"export default async function large() { return "<b>".repeat(1_380_000); }"#;
const QUICK: &str = r#"export default async function quick({ n }) { return n; }"#;

#[test]
fn every_screen_shows_and_does_what_it_should() {
    let browser = paths::root().join("target/browser");
    assert!(
        browser.join("stamp").exists(),
        "the browser's driver is not installed: run scripts/browser"
    );
    let app = App::start(&Settings::default());
    let client = app.client();
    let runs = fill(client);
    let ended = Command::new("node")
        .arg(paths::root().join("tests/dashboard/main.mjs"))
        .env("TASKER_BROWSER", &browser)
        .env(
            "TASKER_APP",
            json!({ "url": client.url(), "token": client.token(), "runs": runs }).to_string(),
        )
        .stdin(Stdio::null())
        .output()
        .expect("Node starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    println!("{said}");
}

/// Publishes and runs what the screens are looked at with; tells which run is which.
fn fill(client: &Client) -> serde_json::Value {
    for (name, code) in [
        ("shop/order", ORDER),
        ("shop/pick", PICK),
        ("hostile", HOSTILE),
        ("sleeper", SLEEPER),
        ("fresh", FRESH),
        ("large", LARGE),
        ("quick", QUICK),
    ] {
        client.publish(&name.replace('/', "%2F"), code);
    }
    for n in 0..60 {
        client.submit("quick", json!({ "n": n }));
    }
    let order = |amount: i64| {
        let input = json!({ "customer": "Grace", "amount": amount, "items": ["desk"] });
        client.submit("shop/order", input)
    };
    let [asleep, asleep_too, failed] = [5000, 6000, -3].map(order);
    let hostile = client.submit(
        "hostile",
        json!({ "name": "<img src=\"x\" onerror=\"window.hacked = 1\">" }),
    );
    let large = client.submit("large", json!({}));
    let sleepers = [(); 3].map(|()| client.submit("sleeper", json!({})));
    for run in [failed, hostile, large] {
        let run = client.wait(run);
        assert!(run.status.is_terminal(), "{run:?}");
    }
    for run in [asleep, asleep_too].into_iter().chain(sleepers) {
        rests(client, run);
    }
    json!({
        "asleep": asleep, "asleepToo": asleep_too, "failed": failed, "hostile": hostile, "large": large,
        "sleeper": sleepers[0],
    })
}

/// Waits until a run sleeps and nothing of it is awake.
fn rests(client: &Client, run: RunId) {
    until("the run sleeps", 60, || {
        let sleeps = client.show(run).status == RunStatus::Suspended;
        (sleeps && client.stack(run).len() == 2).then_some(())
    });
}
