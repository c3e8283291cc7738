//! Drives VMs in tests. The services: a keystore in memory, a fluent one that answers a chain's steps, and hosts to fetch from.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod races;

use std::collections::BTreeMap;

use tasker_domain::{ErrorValue, LogLine, Outcome, timer};
use tasker_vm::{Call, Limits, Program, Start, State, Turn, Vm};

pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) fn program(code: &str) -> Program {
    Program {
        name: "task".into(),
        code: code.into(),
        modules: BTreeMap::new(),
    }
}

pub(crate) fn with_modules(code: &str, modules: &[(&str, &str)]) -> Program {
    let modules = modules
        .iter()
        .map(|(path, source)| (path.to_string(), source.to_string()))
        .collect();
    Program {
        modules,
        ..program(code)
    }
}

pub(crate) fn start(input: &str) -> Start {
    Start {
        input: input.into(),
        seed: 42,
        now_ms: NOW,
        run_id: "run-1".into(),
        frame: "1".into(),
    }
}

/// Everything that came out of a frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct History {
    pub(crate) calls: Vec<Call>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) deliveries: Vec<(u32, Outcome, i64)>,
    pub(crate) outcome: Option<Outcome>,
}

impl History {
    pub(crate) fn take(&mut self, turn: Turn) -> bool {
        self.calls.extend(turn.calls);
        self.logs.extend(turn.logs);
        if let State::Finished(outcome) = turn.state {
            self.outcome = Some(outcome);
        }
        self.outcome.is_none()
    }

    pub(crate) fn ok(&self) -> &str {
        match self.outcome.as_ref().expect("finished") {
            Ok(json) => json,
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) fn err(&self) -> &ErrorValue {
        match self.outcome.as_ref().expect("finished") {
            Ok(json) => panic!("returned {json}"),
            Err(error) => error,
        }
    }
}

/// Answers calls of `tools.keystore` and `tools.supabase`, of `fetch`, and timers; an unknown service or method is an error.
#[derive(Default)]
pub(crate) struct Keystore(BTreeMap<(String, String), serde_json::Value>);

impl Keystore {
    pub(crate) fn answer(&mut self, call: &Call) -> Outcome {
        let args: Vec<serde_json::Value> =
            serde_json::from_str(&call.args).expect("arguments are a JSON array");
        let text = |index: usize| {
            args.get(index)
                .and_then(|arg| arg.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let key = (text(0), text(1));
        match (call.service.as_str(), call.method.join(".").as_str()) {
            ("keystore", "set") => {
                self.0.insert(key, args.get(2).cloned().unwrap_or_default());
                Ok("null".into())
            }
            ("keystore", "get") => Ok(self.0.get(&key).cloned().unwrap_or_default().to_string()),
            ("keystore", "delete") => Ok(self.0.remove(&key).is_some().to_string()),
            ("keystore", "list") => {
                let keys: Vec<_> = self
                    .0
                    .keys()
                    .filter(|(space, _)| *space == key.0)
                    .map(|(_, key)| key)
                    .collect();
                Ok(serde_json::to_string(&keys).expect("keys"))
            }
            (timer::SERVICE, _) => Ok("null".into()),
            ("fetch", "request") => fetched(&call.args, &args[0]),
            ("supabase", _) => Ok(format!(r#"{{"data":{},"error":null}}"#, call.args)),
            (service, method) => Err(ErrorValue {
                code: Some("unknown_method".into()),
                status: Some(404),
                body: Some(r#"{"reason":"gone"}"#.into()),
                ..ErrorValue::plain(format!("{service} has no method {method}"))
            }),
        }
    }
}

/// What a host answers to a request: by default, with the call's arguments.
fn fetched(args: &str, request: &serde_json::Value) -> Outcome {
    let url = request["url"].as_str().unwrap_or_default();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let host = |status: u16, text: &str, kind: &str, body: serde_json::Value| {
        let headers = [
            ["Content-Type", kind],
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
        ];
        let answer = serde_json::json!({
            "url": url, "status": status, "statusText": text, "redirected": false, "headers": headers, "body": body,
        });
        Ok(answer.to_string())
    };
    let octets = "application/octet-stream";
    match path.rsplit('/').next() {
        Some("bytes") => host(200, "OK", octets, serde_json::json!({ "base64": "AAH/" })),
        Some("nothing") => host(204, "No Content", octets, serde_json::Value::Null),
        Some("missing") => {
            let body = serde_json::json!({ "text": "no such thing" });
            host(404, "Not Found", "text/plain", body)
        }
        Some("down") => Err(ErrorValue {
            code: Some("upstream_failed".into()),
            status: Some(502),
            ..ErrorValue::plain("the host is down")
        }),
        Some("never") => panic!("a request that was given up before it was made"),
        _ => host(
            200,
            "OK",
            "application/json",
            serde_json::json!({ "text": args }),
        ),
    }
}

/// What happens to the VM between two deliveries.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sleep {
    Never,
    Always,
}

/// In which order calls that are out at the same time settle.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    First,
    Last,
}

pub(crate) fn run_with(
    program: &Program,
    input: &str,
    limits: &Limits,
    sleep: Sleep,
    order: Order,
) -> History {
    let mut history = History::default();
    let mut store = Keystore::default();
    let mut waiting: Vec<(u32, Outcome)> = Vec::new();
    let mut vm = Vm::boot(program.clone(), limits.clone()).expect("boots");
    vm.start(&start(input));
    let mut seen = 0;
    while history.take(vm.run()) {
        for call in &history.calls[seen..] {
            waiting.push((call.number, store.answer(call)));
        }
        seen = history.calls.len();
        let mut out: Vec<u32> = waiting.iter().map(|(number, _)| *number).collect();
        out.sort_unstable();
        assert_eq!(vm.outstanding(), out);
        if sleep == Sleep::Always {
            let snapshot = vm.snapshot().expect("a snapshot");
            drop(vm);
            vm = Vm::restore(program.clone(), limits.clone(), &snapshot.bytes).expect("restores");
            assert_eq!(vm.outstanding(), out);
        }
        let index = if order == Order::First {
            0
        } else {
            waiting.len() - 1
        };
        let (number, outcome) = waiting.remove(index);
        let at = NOW + 10 * (history.deliveries.len() as i64 + 1);
        vm.deliver(number, &outcome, at)
            .expect("a call that is out");
        history.deliveries.push((number, outcome, at));
    }
    history
}

/// Runs again with the deliveries of an earlier history.
pub(crate) fn replay(program: &Program, input: &str, limits: &Limits, of: &History) -> History {
    let mut history = History::default();
    let mut vm = Vm::boot(program.clone(), limits.clone()).expect("boots");
    vm.start(&start(input));
    let mut deliveries = of.deliveries.iter();
    while history.take(vm.run()) {
        let delivery = deliveries.next().expect("as many deliveries as before");
        vm.deliver(delivery.0, &delivery.1, delivery.2)
            .expect("a call that is out");
        history.deliveries.push(delivery.clone());
    }
    history
}

pub(crate) fn run(code: &str, input: &str) -> History {
    run_with(
        &program(code),
        input,
        &Limits::default(),
        Sleep::Never,
        Order::First,
    )
}

/// The body of an `execute(input, context)` that is run without input.
pub(crate) fn body(code: &str) -> History {
    run(
        &format!("module.exports = async function execute(input, context) {{ {code} }}"),
        "{}",
    )
}
