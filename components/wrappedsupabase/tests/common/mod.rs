//! A task that makes chains, in a real VM, and a project that answers them.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::cell::RefCell;

use futures::executor::block_on;
use serde_json::Value;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_domain::{Call, ErrorValue, Outcome, RunId};
use tasker_service::http::{Request, Response};
use tasker_service::secret::Secret;
use tasker_service::{Host, Service};
use tasker_settings::Setting;
use tasker_vm::{Limits, Program, Start, State, Vm};
use wrappedsupabase::Supabase;

pub(crate) const KEY: &str = "service-key";

/// A host that gives the same answer to every request and keeps the requests.
pub(crate) struct Fake {
    pub(crate) url: String,
    pub(crate) path: &'static str,
    pub(crate) key: Option<String>,
    pub(crate) answer: Result<Response, ServiceError>,
    pub(crate) requests: RefCell<Vec<Request>>,
}

impl Fake {
    pub(crate) fn new(answer: Response) -> Self {
        Self {
            url: "http://project.example.com".to_owned(),
            path: "",
            key: Some(KEY.to_owned()),
            answer: Ok(answer),
            requests: RefCell::default(),
        }
    }

    pub(crate) fn answering(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::new(Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            body: body.into(),
        })
    }

    pub(crate) fn failing(error: ServiceError) -> Self {
        Self {
            answer: Err(error),
            ..Self::answering(200, &[], "")
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }
}

impl Host for Fake {
    fn now_ms(&self) -> i64 {
        1_700_000_000_000
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![7; length]
    }

    fn setting<T>(&self, setting: &Setting<T>) -> Result<T, ServiceError> {
        let text = match setting.name() {
            "supabase_url" => &self.url,
            "supabase_base_path" => self.path,
            name => panic!("there is no setting {name}"),
        };
        Ok(setting.parse(text).unwrap())
    }

    async fn credential(
        &self,
        variable: &Setting<String>,
        key: &str,
    ) -> Result<Option<Secret>, ServiceError> {
        assert_eq!((variable.name(), key), ("supabase_key", "key"));
        Ok(self.key.clone().map(Secret::new))
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        let mut answer = self.answer.clone();
        if request.method == "HEAD"
            && let Ok(answer) = &mut answer
        {
            answer.body.clear();
        }
        self.requests.borrow_mut().push(request);
        answer
    }

    async fn shared<F>(&self, _key: &str, make: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        Ok(make().await?.0)
    }

    async fn forget(&self, _key: &str) -> Result<(), ServiceError> {
        Ok(())
    }
}

/// Makes one call of the service.
pub(crate) fn call(host: &Fake, args: &str) -> tasker_service::Result {
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

fn outcome(host: &Fake, made: &Call) -> Outcome {
    block_on(Supabase.call(host, &request(made.method.clone(), &made.args)))
        .map_err(|error| error.error)
}

/// Runs a task that awaits the chain `js` over `supabase`: its value, or the error that it ends with.
pub(crate) fn run(js: &str, host: &Fake) -> Result<Value, Value> {
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
