//! A task that makes chains, in a real VM, and a project that answers them.

#![allow(dead_code, reason = "each test binary uses its part")]

use futures::executor::block_on;
use serde_json::Value;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{Call, ErrorValue, Outcome, RunId};
use tasker_service::http::Response;
use tasker_service::testing::FakeHost;
use tasker_service::{Host, Service};
use tasker_vm::{Limits, Program, Start, State, Vm};
use wrappedsupabase::Supabase;

pub(crate) const KEY: &str = "service-key";

/// A project that gives the same answer to every request.
pub(crate) fn project(answer: Response) -> FakeHost {
    asked(Ok(answer))
}

pub(crate) fn answering(status: u16, headers: &[(&str, &str)], body: &str) -> FakeHost {
    project(Response {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        body: body.into(),
    })
}

pub(crate) fn failing(error: ServiceError) -> FakeHost {
    asked(Err(error))
}

fn asked(answer: Result<Response, ServiceError>) -> FakeHost {
    FakeHost::new(&[("supabase_url", "http://project.example.com")], [])
        .always(answer)
        .with_credential("supabase_key", "key", KEY)
}

/// Makes one call of the service.
pub(crate) fn call(host: &FakeHost, args: &str) -> tasker_service::Result {
    let method: Vec<String> = Vec::new();
    block_on(Supabase.call(host, &request(method, args)))
}

pub(crate) fn request(method: Vec<String>, args: &str) -> ServiceRequest {
    ServiceRequest {
        run: RunId::new(0, [0; 10]),
        frame: None,
        method,
        args: args.to_owned(),
        idempotency_key: "run:1".to_owned(),
        trace: None,
        within_ms: None,
        was_lost: false,
    }
}

fn outcome(host: &FakeHost, made: &Call) -> Outcome {
    block_on(Supabase.call(host, &request(made.method.clone(), &made.args)))
        .map_err(|error| error.error)
}

/// Runs a task that awaits the chain `js` over `supabase`: its value, or the error that it ends with.
pub(crate) fn run(js: &str, host: &FakeHost) -> Result<Value, Value> {
    let program = Program {
        name: "task".into(),
        code: format!(
            "module.exports = async () => {{ const supabase = tools.supabase; return await ({js}) }}"
        ),
        modules: Default::default(),
    };
    let start = Start {
        input: "null".into(),
        seed: 1,
        now_ms: host.now_ms(),
        run_id: "run".into(),
        frame: "1".into(),
    };
    let mut vm = Vm::boot(program, Limits::default()).expect("boots");
    vm.start(&start);
    loop {
        let turn = vm.run();
        if let State::Finished(outcome) = turn.state {
            return match outcome {
                Ok(json) => Ok(serde_json::from_str(&json).expect("JSON")),
                Err(ErrorValue {
                    name,
                    message,
                    code,
                    ..
                }) => Err(serde_json::json!({"name": name, "message": message, "code": code})),
            };
        }
        for made in turn.calls {
            vm.deliver(made.number, &outcome(host, &made), start.now_ms)
                .expect("a call that is out");
        }
        // One delivery at a time is the rule for replays; here nothing is replayed.
    }
}
