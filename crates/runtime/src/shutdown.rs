//! The signals that end a process in good order.

use tokio::signal::unix::{SignalKind, signal};

/// Ready when the process gets SIGINT or SIGTERM: what to give to [`App::serve`](crate::App::serve).
pub async fn shutdown_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        tracing::error!("cannot listen for signals; stop the process with SIGKILL");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
