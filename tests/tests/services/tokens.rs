//! Access tokens of Google's: made once, shared, kept, renewed once.

use serde_json::json;

use crate::world::{World, delegated, value};

const PROFILE: &str = "/gmail/v1/users/me/profile";

/// That many calls at the same time, half of them in each of two runs, are all answered.
#[track_caller]
fn ask(world: &World, calls: usize) {
    let call = json!(["gapi.gmail.users.getProfile", { "userId": "me" }]);
    let half = vec![call; calls / 2];
    let runs = [(); 2].map(|()| world.client().submit("caller", json!({ "calls": half })));
    for run in runs {
        let outcomes = tasker_tests::result(&world.client().wait(run));
        for outcome in outcomes.as_array().expect("a list") {
            assert_eq!(value(outcome)["emailAddress"], "admin@example.com");
        }
    }
}

#[test]
fn any_number_of_calls_make_one_token_request() {
    let mut world = World::start(delegated);
    ask(&world, 100);
    assert_eq!((world.seen("/token"), world.seen(PROFILE)), (1, 100));

    // It is kept beyond the process.
    world.app.restart();
    ask(&world, 10);
    assert_eq!((world.seen("/token"), world.seen(PROFILE)), (1, 110));

    // One that Google does not take any more is renewed once, however many find out.
    world.sandbox.expire_tokens();
    ask(&world, 100);
    assert_eq!(world.seen("/token"), 2);

    // Another user or another scope is another token.
    let other = json!({ "subject": "ada@example.com" });
    let outcome = world.call(&json!(["gapi.gmail.users.getProfile", { "userId": "me" }, other]));
    assert_eq!(value(&outcome)["emailAddress"], "ada@example.com");
    assert_eq!(world.seen("/token"), 3);

    // A token that expires within five minutes is asked for again, but not by each call.
    world.sandbox.set_token_lifetime(3_000);
    world.sandbox.expire_tokens();
    ask(&world, 20);
    assert_eq!(world.seen("/token"), 4);
    world.app.database().assert_idle();
}
