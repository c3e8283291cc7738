//! The app of `spin.toml`, which has no timer: it keeps itself awake while anything is due later.

use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_tests::{App, Settings, until};

/// Longer than a drainer stays for what is due.
const SLEEPS: &str = "module.exports = async () => { await tools.sleep('32s'); return 'woken'; };";

fn app() -> App {
    App::start(&Settings::default().variable("timer", "own"))
}

/// Whether a run has its result, by a look into the database that the app does not notice.
fn has_ended(app: &App, run: RunId) -> bool {
    let sql = format!("SELECT count(*) FROM task_runs WHERE id = '{run}' AND status = 'completed'");
    app.database().number(&sql, []) == 1
}

/// Who keeps the app awake, or was the last one who did.
fn keeper(app: &App) -> Option<String> {
    let sql = "SELECT token FROM leases WHERE name = 'keeper'";
    app.database().rows(sql, [], |row| row.get(0)).pop()
}

#[test]
fn a_sleeping_run_wakes_though_nobody_calls_the_app_and_its_keeper_was_lost() {
    let mut app = app();
    app.client().publish("sleeps", SLEEPS);
    let [first, second] = [(); 2].map(|()| app.client().submit("sleeps", json!({})));
    until("both sleep", 60, || {
        (app.database().number(
            "SELECT count(*) FROM stack_runs WHERE status = 'suspended'",
            [],
        ) == 2)
            .then_some(())
    });
    // The process is lost, and whoever kept the app awake with it, or stood in line to do so.
    app.kill();
    app.restart();
    if app.is_begun_by_requests() {
        let before = keeper(&app);
        until("a client has it kept awake", 60, || {
            assert_eq!(app.client().get("/runs?limit=1").status, 200);
            (keeper(&app) != before).then_some(())
        });
    }
    until("they wake by themselves", 180, || {
        (has_ended(&app, first) && has_ended(&app, second)).then_some(())
    });
}

#[test]
fn a_schedule_fires_though_nobody_calls_the_app() {
    let app = app();
    app.client().publish("tick", "module.exports = () => 1;");
    let every_second = json!({ "taskName": "tick", "cron": "* * * * * *" });
    let put = app.client().put("/schedules/tick", &every_second);
    put.expect::<Value>(201);
    until("it makes runs", 120, || {
        let sql = "SELECT count(*) FROM task_runs WHERE schedule = 'tick' AND status = 'completed'";
        (app.database().number(sql, []) >= 3).then_some(())
    });
    // Nothing is due any more: nobody keeps the app awake.
    let deleted = app.client().call("DELETE", "/schedules/tick", None);
    assert_eq!(deleted.status, 204);
    until("the keeper leaves", 60, || {
        let sql = "SELECT count(*) FROM leases WHERE name = 'keeper'";
        (app.database().number(sql, []) == 0).then_some(())
    });
}
