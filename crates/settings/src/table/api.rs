//! The public API, and where it is reached.

use std::time::Duration;

use super::runs::DAYS_MAX;
use super::table;
use crate::Component::{StackProcessor, Sweeper, Tasks};
use crate::setting::{ORIGIN, ORIGINS, TEXT, URL_OR_NONE, days, number, token};

table! {
    "The API";

    /// First key of the public API, which may do everything: at least 32 characters; `off`: there are only API keys
    ///
    /// `tasker up` makes one on the first start, `tasker auth generate` and `openssl rand -hex 32` elsewhere. Clients
    /// get [keys of their own](api.md#api-keys), which may do less; once there is one with the role `admin` it can be `off`.
    API_TOKEN: Option<String> = token("off").secret().of(&[Tasks, StackProcessor, Sweeper]);

    /// Key that reads `GET /metrics` and may do nothing else; empty: there is none
    METRICS_TOKEN: Option<String> = token("").secret().or("").of(&[Tasks]);

    /// Key that may call `POST /sweep` and do nothing else; empty: the sweeper sends `api_token`
    ///
    /// `tasker up` derives one from `keystore_key`.
    SWEEP_TOKEN: Option<String> = token("").secret().or("").of(&[Tasks, StackProcessor, Sweeper]);

    /// How many requests an API key may make within a minute; 0: any number
    ///
    /// One more is refused with `too_many_requests` until the minute is over. The tokens of the settings have no such bound.
    KEY_REQUESTS: u32 = number(0, 100_000_000).or("60000").of(&[Tasks]);

    /// How many requests without an API key may come from one address within a minute, such as those with public tokens; 0: any number
    ///
    /// Of IPv6 a /64 network counts as one address; behind a proxy all clients do. `GET /health`, the OpenAPI document and the pages of errors do not count.
    CLIENT_REQUESTS: u32 = number(0, 100_000_000).or("60000").of(&[Tasks]);

    /// How many days the audit keeps what holders of keys have done; 0: as long as there is room
    ///
    /// [The audit](api.md#the-audit) shows older deeds no more, and removes them with the next one. There is room for the newest 100,000.
    AUDIT_DAYS: Duration = days(0, DAYS_MAX).or("90").of(&[Tasks]);

    /// Origins whose browsers may call the API, separated by commas; empty: none
    CORS_ORIGINS: Vec<String> = ORIGINS.or("").of(&[Tasks]);

    /// Secret that the addresses of `tools.eventUrl` are signed with; empty: there are none
    ///
    /// `tasker up` derives one from `keystore_key`. Another value ends all addresses, public tokens and sessions that were given out.
    EVENT_KEY: String = TEXT.secret().or("").of(&[Tasks, StackProcessor]);

    /// Where people reach this app, such as `https://tasker.example.com`; empty: `tools.eventUrl` gives paths
    PUBLIC_URL: String = URL_OR_NONE.or("").of(&[StackProcessor]);

    /// Where the app's own public routes are reached, for the sweeper
    ///
    /// In `spin-cron.toml` only. `tasker up` fills it in.
    APP_URL: String = ORIGIN.or("http://127.0.0.1:3000").of(&[Sweeper]);
}
