//! Requests of the tasks' own, for `fetch` and `tools.fetch`.

use std::time::Duration;

use tasker_domain::wire::LONGEST_CALL;
use tasker_hosts::RequestRule;

use super::table;
use crate::Component::Fetch;
use crate::Policy;
use crate::setting::{POLICY, REQUEST_HOSTS, seconds};

table! {
    "Requests of the tasks' own, for `fetch`";

    /// Hosts that tasks may send requests to by `fetch`, separated by commas: `api.example.com`, `*.example.com`, `*` for all public ones
    ///
    /// By default there are none. [What may stand there](services/fetch.md#which-hosts).
    FETCH_HOSTS: Vec<RequestRule> = REQUEST_HOSTS.or("").of(&[Fetch]);

    /// What may be called, and how often: docs/services/README.md
    FETCH_POLICY: Policy = POLICY.or("{}").of(&[Fetch]);

    /// How long a call may take
    FETCH_TIMEOUT_SECONDS: Duration = seconds(1, LONGEST_CALL.as_secs()).or("300").of(&[Fetch]);
}
