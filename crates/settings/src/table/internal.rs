//! How components reach each other, and what the host lets a request do.

use std::time::Duration;

use tasker_domain::internal::KEY_MIN_CHARS;

use super::table;
use crate::Component::{QuickJs, StackProcessor, Webhooks};
use crate::component::{CALLERS, OUTWARD, WITH_DATABASE};
use crate::setting::{DOMAIN, ORIGIN, long, number, seconds, word};

tasker_domain::words! {
    /// How components reach each other.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum InternalCalls {
        /// By service chaining.
        Chaining = "chaining",
        /// Signed, over the app's own public routes.
        Signed = "signed",
    }
}

table! {
    "Between components, and what the host allows";

    /// How components reach each other: `chaining`, or `signed` where the host has no service chaining
    ///
    /// [Deployment](deployment.md#fermyon-cloud) has an example of such a host.
    INTERNAL_CALLS: InternalCalls = word(InternalCalls::WORDS, |text| InternalCalls::parse(text.trim()))
        .or("chaining")
        .of(WITH_DATABASE);

    /// The domain of service chaining. A host without chaining refuses an app that names it outright
    ///
    /// Hosts under it are a part of the app: no task and no webhook reaches them.
    CHAINING_DOMAIN: String = DOMAIN.or(tasker_hosts::app::CHAINING_DOMAIN).of(OUTWARD);

    /// Signs the requests between components with `internal_calls = signed`: 32 characters or more
    ///
    /// It is changed by starting all processes anew.
    INTERNAL_KEY: String = long(KEY_MIN_CHARS).secret().or("").of(WITH_DATABASE);

    /// Where components reach the app's own public routes; `http://self.alt` is the host's name for it
    INTERNAL_URL: String = ORIGIN.or("http://self.alt").of(CALLERS);

    /// How many requests one request may make on this host; 0: any number
    OUTBOUND_REQUESTS: u32 = number(0, 1_000_000).or("0").of(&[StackProcessor, QuickJs, Webhooks]);

    /// After how many seconds this host ends a request; 0: never
    ///
    /// 30 on Akamai Functions and Fermyon Cloud. Slices, drains and attempts of calls
    /// [end before](deployment.md#what-a-host-must-allow).
    REQUEST_SECONDS: Duration = seconds(0, 86_400).or("0").of(&[StackProcessor, QuickJs]);
}
