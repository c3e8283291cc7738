//! Sleeping and timers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_domain::RunStatus;
use tasker_tests::{Client, error, result, until};

use crate::apps::{asleep, live};

/// Publishes a task with this body.
fn publish(client: &Client, name: &str, body: &str) {
    client.publish(
        name,
        &format!("module.exports = async function execute(input, context) {{ {body} }}"),
    );
}

#[test]
fn tasks_sleep_and_wake_at_their_moment() {
    for app in [live(), asleep()] {
        let client = app.client();
        publish(
            client,
            "naps",
            "const times = [Date.now()];
             for (const when of input.naps) { await tools.sleep(when); times.push(Date.now()); }
             await tools.sleep(new Date(Date.now() + 40)); times.push(Date.now());
             return times;",
        );
        let begun = Instant::now();
        let naps = [json!(20), json!("1.5s"), json!("300ms"), json!(0)];
        let run = client.run("naps", json!({ "naps": naps }));
        let took = begun.elapsed();
        let times: Vec<i64> = serde_json::from_value(result(&run)).unwrap();
        for (pair, ms) in times.windows(2).zip([20, 1_500, 300, 0, 40]) {
            let slept = pair[1] - pair[0];
            assert!((ms..ms + 3_000).contains(&slept), "{ms}: {times:?}");
        }
        // No sweep comes by here: the drainer stays for what is due soon.
        assert!(took >= Duration::from_millis(1_860), "{took:?}");
        assert!(took < Duration::from_millis(4_800), "{took:?}");
        let journal = client.journal(run.task_run_id);
        assert_eq!(journal.len(), 5);
        for entry in &journal {
            assert_eq!(
                (entry.service.as_str(), entry.method.join(".").as_str()),
                ("timer", "sleep")
            );
            // The moment, and for a span how long it is.
            let args: Vec<i64> = entry.args.read().unwrap();
            assert!(entry.finished_at.millis() >= args[0]);
        }
    }
}

#[test]
fn timers_work_as_everywhere() {
    for app in [live(), asleep()] {
        let client = app.client();
        publish(
            client,
            "timers",
            "const seen = [];
             const late = setTimeout(() => seen.push('never'), 2400);
             setTimeout((...words) => seen.push(...words), 1500, 'b', 'c');
             setTimeout(() => { seen.push('a'); clearTimeout(late); }, 600);
             setTimeout(() => seen.push('a year later'), 365 * 864e5);
             await new Promise((resolve) => {
                 let ticks = 0;
                 const id = setInterval(() => {
                     seen.push('tick');
                     if (++ticks === 3) { clearInterval(id); resolve(); }
                 }, 1000);
             });
             await tools.sleep(100);
             return seen.filter((word) => word !== 'tick').join('') + seen.filter((word) => word === 'tick').length;",
        );
        let run = client.run("timers", json!({}));
        assert_eq!(result(&run), json!("abc3"));
        assert!(client.stack(run.task_run_id).is_empty());
        let journal = client.journal(run.task_run_id);
        // The year and the timer that was cleared are not in it.
        assert_eq!(journal.len(), 6);

        publish(
            client,
            "throws",
            "setTimeout(() => { throw new Error('in a timer') }, 5); await tools.sleep(100);",
        );
        let failed = client.run("throws", json!({}));
        assert_eq!(error(&failed).code.as_deref(), Some("unhandled_rejection"));
        assert!(error(&failed).message.contains("in a timer"));
    }
}

#[test]
fn a_task_waits_for_whichever_is_first() {
    for app in [live(), asleep()] {
        let client = app.client();
        publish(client, "late", "await tools.sleep(input.ms); return 'late'");
        publish(
            client,
            "impatient",
            "const late = (ms) => context.tasks.execute('late', { ms });
             const patience = (ms) => tools.sleep(ms).then(() => 'timeout');
             return [await Promise.race([late(60_000), patience(150)]), await Promise.race([late(100), patience('30d')])];",
        );
        let run = client.run("impatient", json!({}));
        assert_eq!(result(&run), json!(["timeout", "late"]));
        assert!(
            client.stack(run.task_run_id).is_empty(),
            "what is out is dropped"
        );
    }
}

#[test]
fn a_run_that_sleeps_for_months_shows_until_when() {
    let app = live();
    let client = app.client();
    publish(client, "hibernates", "await tools.sleep('200d'); return 1");
    let run = client.submit("hibernates", json!({}));
    let root = until("it sleeps", 30, || {
        let stack = client.stack(run);
        (stack.len() == 2 && stack[0].snapshot.is_some()).then_some(stack)
    });
    let [until, _]: [i64; 2] = root[1].args.read().unwrap();
    assert_eq!(root[1].run_after.millis(), until);
    assert_eq!(client.show(run).status, RunStatus::Suspended);
    let report: Value = client.post("/sweep", &json!({})).expect(200);
    assert_eq!(report["woken"], 0);
    let cancelled = client.post(&format!("/runs/{run}/cancel"), &json!({}));
    assert_eq!(cancelled.status, 202);
    assert_eq!(client.wait(run).status, RunStatus::Cancelled);
    assert!(client.stack(run).is_empty());
}

#[test]
fn many_sleepers_wake_together() {
    let app = live();
    let client = app.client();
    publish(
        client,
        "short",
        "const until = Date.now() + 3000; await tools.sleep(new Date(until)); return Date.now() - until",
    );
    let runs: Vec<_> = (0..100)
        .map(|_| client.submit("short", json!({})))
        .collect();
    for run in runs {
        let late = result(&client.wait(run)).as_i64().unwrap();
        assert!((0..20_000).contains(&late), "{late} ms late");
    }
}
