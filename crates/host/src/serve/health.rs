//! How a wrapped service is.

use std::time::Duration;

use tasker_domain::diagnosis::ComponentHealth;
use tasker_service::Service;
use tasker_service::http::Request;
use tasker_service::policy::Policy;
use tasker_service::target::Target;

use super::outbound;
use crate::health::Examination;
use crate::{config, time};

/// An upstream that takes longer to say anything at all counts as out of reach.
const PROBE: Duration = Duration::from_secs(3);

/// Looks at the settings that every service has, and whether its upstream answers.
pub(super) async fn examine<S: Service>(service: &S) -> ComponentHealth {
    let policy = format!("{}_policy", S::NAME);
    let examination = Examination::default()
        .settings(&[&format!("{}_timeout_seconds", S::NAME)])
        .settings(S::SETTINGS)
        .credentials(S::CREDENTIALS)
        .looked(match config::text(&policy) {
            Ok(text) => Policy::read(&policy, &text)
                .map(drop)
                .map_err(|error| error.error.message),
            Err(error) => Err(error.to_string()),
        })
        .looked(service.ready().map_err(|error| error.error.message));
    let Some(setting) = S::UPSTREAM else {
        return examination.done();
    };
    let origin = match config::text(setting) {
        Ok(origin) => origin,
        Err(error) => return examination.looked(Err(error)).done(),
    };
    match Target::of(origin.trim()) {
        Ok(target) => {
            let problem = probe(&target).await;
            examination
                .looked::<String>(Ok(()))
                .upstream(target, problem)
        }
        Err(error) => examination.looked(Err(format!("`{setting}`: {}", error.error.message))),
    }
    .done()
}

/// Why the target does not answer. An answer of any status is one; nothing secret is sent.
async fn probe(target: &Target) -> Option<String> {
    let mut request = Request::new("HEAD", format!("{target}/"));
    request.cut_at = Some(1);
    match time::timeout(PROBE, outbound::send(target, request)).await {
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(error.error.message),
        None => Some(format!("no answer within {} s", PROBE.as_secs())),
    }
}
