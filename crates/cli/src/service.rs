//! What the service manager that started this process is told, if it is systemd and wants to know.

use std::time::Duration;

use sd_notify::NotifyState::{self, Ready, Stopping, Watchdog};

/// How many signs of life are given in the time after which the service is taken for dead.
const SIGNS: u32 = 3;

/// Tells that the app serves, and from now on that it lives.
pub(crate) fn ready() {
    tell(&Ready);
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval((limit / SIGNS).max(Duration::from_millis(1)));
        loop {
            ticks.tick().await;
            tell(&Watchdog);
        }
    });
}

/// Tells that the app stops.
pub(crate) fn stopping() {
    tell(&Stopping);
}

fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::warn!("the service manager cannot be told: {error}");
    }
}
