//! The public API, and where it is reached.

use super::table;
use crate::Component::{StackProcessor, Sweeper, Tasks};
use crate::setting::{NOT_EMPTY, TEXT};

table! {
    "The API";

    /// Bearer token that clients of the public API send
    ///
    /// `tasker up` makes one on the first start.
    API_TOKEN: String = NOT_EMPTY.secret().of(&[Tasks, StackProcessor, Sweeper]);

    /// Origins whose browsers may call the API, separated by commas; empty: none
    CORS_ORIGINS: String = TEXT.or("").of(&[Tasks]);

    /// Secret that the addresses of `tools.eventUrl` are signed with; empty: there are none
    ///
    /// `tasker up` derives one from `keystore_key`. Another value ends all addresses that were given out.
    EVENT_KEY: String = TEXT.secret().or("").of(&[Tasks, StackProcessor]);

    /// Where people reach this app, such as `https://tasker.example.com`; empty: `tools.eventUrl` gives paths
    PUBLIC_URL: String = TEXT.or("").of(&[StackProcessor]);

    /// Where the app's own public routes are reached, for the sweeper
    ///
    /// In `spin-cron.toml` only. `tasker up` fills it in.
    APP_URL: String = TEXT.or("http://127.0.0.1:3000").of(&[Sweeper]);
}
