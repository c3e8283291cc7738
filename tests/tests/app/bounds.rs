//! What one run may take of the app: its journal, the keystore, and the memory of who looks into it.

use serde_json::{Value, json};
use tasker_domain::{ErrorCode, RunId};
use tasker_tests::{App, Client, Settings, Shared, error, result, until};

static APP: Shared = Shared::new(|| {
    Settings::default()
        .variable("run_journal_mib", 2)
        .variable("run_starts", 5)
        .variable("keystore_keys", 8)
        .variable("keystore_mib", 1)
        .variable("keystore_namespaces", 5)
});

fn publish(client: &Client, name: &str, body: &str) {
    client.publish(
        name,
        &format!("module.exports = async function execute(input) {{ {body} }};"),
    );
}

/// The app's own runtime has a larger stack for its components than Spin.
#[test]
fn a_task_may_call_itself_thousands_of_times_deep() {
    let app = APP.get();
    let client = app.client();
    let (calls, levels) = match app.is_on_spin() {
        true => (250, 70),
        false => (2_500, 700),
    };
    let code = "let list = null;
        for (let value = 0; value < CALLS; value++) list = { value: 1, next: list };
        const sum = (node) => (node === null ? 0 : node.value + sum(node.next));
        let tree = [];
        for (let level = 1; level < LEVELS; level++) tree = [tree];
        const depth = (node) => 1 + Math.max(0, ...node.map(depth));
        const count = (node) => node.reduce((all, kid) => all + count(kid), 1);
        await tools.sleep(1);
        return [sum(list), depth(tree), count(tree), JSON.stringify(JSON.parse(JSON.stringify(tree), (_, value) => value)).length];";
    let code = code.replace("CALLS", &calls.to_string());
    publish(client, "deep", &code.replace("LEVELS", &levels.to_string()));
    let run = client.run("deep", json!({}));
    assert_eq!(result(&run), json!([calls, levels, levels, 2 * levels]));
}

#[test]
fn a_run_starts_so_many_others() {
    let app = APP.get();
    let client = app.client();
    publish(client, "started", "return 1;");
    publish(
        client,
        "floods",
        "const started = [];
        for (;;) try { started.push(await tools.tasks.start('started')) } catch ({ code }) { return { started, code } }",
    );
    let told = result(&client.run("floods", json!({})));
    assert_eq!(told["code"], ErrorCode::StartsLimit.as_str());
    let started = told["started"].as_array().unwrap();
    assert_eq!(started.len(), 5);
    for id in started {
        let ended = client.wait(id.as_str().unwrap().parse().unwrap());
        assert_eq!(result(&ended), 1);
    }
}

#[test]
fn a_run_journals_so_much_and_then_ends() {
    let app = APP.get();
    let client = app.client();
    publish(client, "leaf", "return 'x'.repeat(100_000);");
    for (name, body) in [
        (
            "writes",
            "for (;;) await tools.keystore.set('fill', 'k', 'x'.repeat(100_000));",
        ),
        ("reads", "for (;;) await tools.tasks.execute('leaf', {});"),
        (
            "catches",
            "for (;;) try { await tools.keystore.get('fill', 'y'.repeat(200_000)) } catch {}",
        ),
        (
            "spreads",
            "await Promise.all(Array.from({ length: 90 }, () => tools.tasks.execute('leaf', {})));",
        ),
    ] {
        let task = format!("journal-{name}");
        publish(client, &task, body);
        let run = client.run(&task, json!({}));
        assert_eq!(
            error(&run).code.as_deref(),
            Some(ErrorCode::JournalLimit.as_str()),
            "{name}"
        );
        let journal = client.journal(run.task_run_id);
        let bytes: usize = journal
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap().len())
            .sum();
        assert!(bytes < 4 << 20, "{name}: {bytes}");
        assert!(client.stack(run.task_run_id).is_empty());
    }
    // One that comes near ends as ever, and what is small may be much.
    publish(
        client,
        "journal-near",
        "for (let i = 0; i < 18; i++) await tools.tasks.execute('leaf', {});
         for (let i = 0; i < 300; i++) await tools.keystore.get('none', 'k');
         return 'done';",
    );
    assert_eq!(
        result(&client.run("journal-near", json!({}))),
        json!("done")
    );
}

#[test]
fn a_namespace_holds_so_much() {
    let app = APP.get();
    let client = app.client();
    publish(
        client,
        "keys",
        "const codes = [];
         const t = async (f) => { try { return await f() } catch (e) { codes.push(e.code) } };
         for (let i = 0; i < 10; i++) await t(() => tools.keystore.set('held', `k${i}`, i));
         await t(() => tools.keystore.increment('held', 'k1', 5));
         await t(() => tools.keystore.set('held', 'k0', 'x'.repeat(250_000)));
         for (const k of ['k2', 'k3', 'k4', 'k5', 'k6']) await t(() => tools.keystore.set('held', k, 'x'.repeat(250_000)));
         await tools.keystore.delete('held', 'k7');
         await t(() => tools.keystore.setIfAbsent('held', 'new', 1));
         return { codes, keys: (await tools.keystore.list('held')).length, k1: await tools.keystore.get('held', 'k1') };",
    );
    let full = ErrorCode::KeystoreFull.as_str();
    let found = result(&client.run("keys", json!({})));
    // Two keys too many; of six long values four fit into a mebibyte.
    assert_eq!(
        found,
        json!({ "codes": [full, full, full, full], "keys": 8, "k1": 6 })
    );
    let answer = client.put("/keys/held/more", &json!({ "value": 1 }));
    let problem: Value = answer.expect(409);
    assert_eq!(problem["code"], full);
}

#[test]
fn an_answer_takes_no_more_memory_than_a_page() {
    let app = App::start(&Settings::default().variable("inline_window_ms", 0));
    let client = app.client();
    publish(
        client,
        "waits",
        "await tools.waitForEvent('go', { timeout: '1h' });",
    );
    publish(
        client,
        "wide",
        "await Promise.all(Array.from({ length: 20 }, (_, n) => tools.tasks.execute('waits', { n, x: 'x'.repeat(700_000) })));
         return 'y'.repeat(900_000);",
    );
    let run: RunId = client.submit("wide", json!({}));
    until("all wait", 60, || {
        (client.stack(run).len() == 41).then_some(())
    });
    let path = format!("/runs/{run}/stack?limit=200");
    let first = client.get(&path);
    assert!(first.text().len() < 10 << 20, "{}", first.text().len());
    let first: Value = first.expect(200);
    assert!(first["nextCursor"].is_string());
    assert_eq!(first["items"][0]["path"], "0");
    let mut paths: Vec<_> = client
        .stack(run)
        .into_iter()
        .map(|entry| entry.path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 41, "each once");

    for _ in 0..20 {
        client.post("/events", &json!({ "name": "go" }));
    }
    client.wait(run);
    let page = client.get(&format!("/runs/{run}/journal?limit=200"));
    assert!(page.text().len() < 10 << 20, "{}", page.text().len());
    assert_eq!(client.journal(run).len(), 40);
    let export: Value = client.get(&format!("/runs/{run}/export")).expect(200);
    assert_eq!(export["journal"].as_array().unwrap().len(), 40);
    // A list of runs has neither inputs nor results, and what is made of one has its input.
    let listed = client.get("/runs?task=wide&status=completed").text();
    assert!(listed.contains(&run.to_string()) && listed.len() < 10_000);
    publish(client, "gives", "return input;");
    let given = client.run("gives", json!({ "a": 1 })).task_run_id;
    let filter = json!({ "filter": { "task": "gives", "status": "completed" } });
    let retried: Value = client.post("/runs/retry", &filter).expect(200);
    let again: RunId = retried["taskRunIds"][0].as_str().unwrap().parse().unwrap();
    assert_ne!(again, given);
    assert_eq!(result(&client.wait(again)), json!({ "a": 1 }));
}

#[test]
fn a_secret_that_a_task_stores_is_not_in_its_journal() {
    let app = App::start(&Settings::default());
    let client = app.client();
    publish(
        client,
        "stores",
        "const options = { secret: true, hosts: ['api.example.com'] };
         await tools.keystore.set('vault', 'one', 'never-in-' + input.rest, options);
         await tools.keystore.setIfAbsent('vault', 'two', 'never-in-' + input.rest, options);
         await tools.keystore.set('vault', 'open', 'shown-' + input.rest);
         await tools.waitForEvent('go', { timeout: '1h' });
         return tools.keystore.list('vault');",
    );
    let run = client.submit("stores", json!({ "rest": "the-clear-9d2c" }));
    until("it waits", 30, || {
        (client.journal(run).len() == 3).then_some(())
    });
    let query = format!("SELECT args FROM call_journal WHERE run_id = '{run}'");
    let rows = app.database().objects(&query);
    let rows: Vec<_> = rows
        .iter()
        .map(|row| row["args"].as_str().unwrap())
        .collect();
    let clear: Vec<_> = rows
        .iter()
        .filter(|args| args.contains("never-in-the-clear"))
        .collect();
    assert!(clear.is_empty(), "{clear:?}");
    assert!(
        rows.iter().filter(|args| args.contains("[hidden]")).count() == 2,
        "{rows:?}"
    );
    client.post("/events", &json!({ "name": "go" }));
    assert_eq!(result(&client.wait(run)), json!(["one", "open", "two"]));
}
