//! A look at a database before the application is started.

use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::chain;
use crate::outbound;

/// Connects to a PostgreSQL address as a component would, and hangs up.
///
/// # Errors
/// Why that cannot be done, in the words that a component would have. If the address itself is what is wrong, a part of it may be in
/// them.
pub async fn look_at(address: &str, patience: Duration) -> Result<(), String> {
    let config: Config = address
        .parse()
        .map_err(|error: tokio_postgres::Error| chain(&error))?;
    let looked = async {
        if config.get_ssl_mode() == SslMode::Disable {
            connect(&config, NoTls).await
        } else {
            connect(&config, MakeRustlsConnect::new(outbound::tls_config())).await
        }
    };
    match tokio::time::timeout(patience, looked).await {
        Ok(looked) => looked,
        Err(_) => Err(format!("no connection within {patience:?}")),
    }
}

async fn connect<T: MakeTlsConnect<Socket>>(config: &Config, tls: T) -> Result<(), String> {
    match config.connect(tls).await {
        // Dropping both ends closes it.
        Ok(_) => Ok(()),
        Err(error) => Err(match error.code() {
            Some(code) => format!("{} ({})", chain(&error), code.code()),
            None => chain(&error),
        }),
    }
}
