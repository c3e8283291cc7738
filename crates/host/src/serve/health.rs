//! How a wrapped service is.

use std::time::Duration;

use tasker_domain::diagnosis::ComponentHealth;
use tasker_hosts::Target;
use tasker_service::Service;
use tasker_service::http::Request;
use tasker_service::target;

use tasker_settings::CHAINING_DOMAIN;

use super::outbound;
use crate::health::Examination;
use crate::{config, time};

/// An upstream that takes longer to say anything at all counts as out of reach.
const PROBE: Duration = Duration::from_secs(3);

/// Looks at the settings that every service has, and whether its upstream answers.
pub(super) async fn examine<S: Service>(service: &S) -> ComponentHealth {
    let examination = Examination::of(S::COMPONENT)
        .credentials(S::CREDENTIALS)
        .looked(service.ready().map_err(|error| error.error.message));
    let upstream = S::UPSTREAM.and_then(|setting| Some((setting, config::read(setting).ok()?)));
    let Some((setting, origin)) = upstream else {
        return examination.done();
    };
    let chaining_domain = config::read(&CHAINING_DOMAIN).unwrap_or_default();
    match target(&origin, &chaining_domain) {
        Ok(target) => {
            let problem = probe(&target).await;
            examination.upstream(target, problem)
        }
        Err(error) => {
            let problem = format!("`{}`: {}", setting.name(), error.error.message);
            examination.looked::<(), _>(Err(problem))
        }
    }
    .done()
}

/// Why the target does not answer. An answer of any status is one; nothing secret is sent.
async fn probe(target: &Target) -> Option<String> {
    let mut request = Request::new("HEAD", format!("{target}/"));
    request.cut_at = Some(1);
    match time::timeout(PROBE, outbound::send(target, request, || {})).await {
        Some(Ok(_)) => None,
        Some(Err(failed)) => Some(failed.error.error.message),
        None => Some(format!("no answer within {} s", PROBE.as_secs())),
    }
}
