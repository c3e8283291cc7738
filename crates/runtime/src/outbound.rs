//! HTTP requests that components make: to other components of the application, to the application itself, to the world.

mod blocked;
mod client;
mod timeout;

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::uri::{Authority, Parts, Scheme};
use http::{Request, Response, Uri, header};
use tasker_hosts::app::{SELF_HOST, chained_component};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub(crate) use blocked::Reach;
pub use blocked::{BlockedNetwork, BlockedNetworks, Private};
pub(crate) use client::{Client, tls_config};

use crate::component::{Component, Trigger};
use crate::http::{invoke, router};
use crate::runtime::Runtime;
use crate::sqlite::Seen;

/// What a chained component sees as its client.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Answers the requests of one instance.
#[derive(Clone)]
pub(crate) struct Hooks {
    runtime: Arc<Runtime>,
    component: Arc<Component>,
    trigger: Trigger,
    seen: Seen,
    /// How many more requests the instance may make.
    left: Arc<AtomicU32>,
}

/// How a request is called among the points at which something can fail.
fn point(request: &Request<WasiBody>) -> String {
    let uri = request.uri();
    format!("-> {}{}", uri.host().unwrap_or_default(), uri.path())
}

fn failed(reason: &str) -> Error {
    Error::InternalError(Some(reason.to_owned()))
}

type Boxed<T> = Box<dyn Future<Output = Result<T, Error>> + Send>;

impl Hooks {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        component: Arc<Component>,
        trigger: Trigger,
        seen: Seen,
    ) -> Self {
        let left = Arc::new(AtomicU32::new(runtime.outbound_requests));
        Self {
            runtime,
            component,
            trigger,
            seen,
            left,
        }
    }

    async fn send(
        self,
        mut request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let reach = self.address(&mut request)?;
        self.spend()?;
        let host = request.uri().host().unwrap_or_default();
        let chained = chained_component(host).map(ToOwned::to_owned);
        let faults = self.runtime.faults.clone();
        let passage = match &faults {
            Some(faults) => Some(faults.enter(&point(&request)).map_err(failed)?),
            None => None,
        };
        let response = match (chained, self.trigger) {
            (Some(id), Trigger::Http) if self.runtime.service_chaining => {
                self.chain(&id, request).await
            }
            // Such a host is known nowhere else.
            (Some(_), _) => Err(client::unknown_host()),
            (None, _) => {
                let durable = self.seen.durable().await;
                durable.map_err(|error| failed(&error.to_string()))?;
                self.runtime.client.send(request, reach, options).await
            }
        };
        if let Some(passage) = passage {
            passage.leave().await.map_err(failed)?;
        }
        response
    }

    /// Counts a request against what the instance may make.
    fn spend(&self) -> Result<(), Error> {
        let spent = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        spent.map(drop).map_err(|_| {
            tracing::warn!(
                "component `{}`: request refused; it has made as many as one request may",
                self.component.id
            );
            Error::ConnectionLimitReached
        })
    }

    /// Checks that the component may make the request and makes the URI absolute.
    fn address(&self, request: &mut Request<WasiBody>) -> Result<Reach, Error> {
        // Some SDKs send a bare port where they have no host.
        let to_self = request
            .uri()
            .host()
            .is_none_or(|host| host.is_empty() || host == SELF_HOST);
        let reach = if to_self {
            let allowed = self.component.allowed_hosts.allows_self();
            allowed.then_some(Reach::Own)
        } else {
            self.component
                .allowed_hosts
                .allows(&request.uri().to_string())
        };
        let Some(reach) = reach else {
            let (id, uri) = (&self.component.id, request.uri());
            let target = match uri.authority() {
                Some(authority) if !to_self => {
                    format!("{}://{authority}", uri.scheme_str().unwrap_or_default())
                }
                _ => "http://self".to_owned(),
            };
            tracing::warn!(
                "component `{id}`: request to {target} refused; add it to the component's `allowed_outbound_hosts`"
            );
            return Err(Error::HttpRequestDenied);
        };
        if to_self {
            *request.uri_mut() = self.self_uri(request.uri());
        }
        // The client and the callee take the host from the URI.
        request.headers_mut().remove(header::HOST);
        Ok(reach)
    }

    fn self_uri(&self, uri: &Uri) -> Uri {
        let mut parts = Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Authority::try_from(self.runtime.address.to_string()).ok();
        parts.path_and_query = uri
            .path_and_query()
            .cloned()
            .or_else(|| Some(http::uri::PathAndQuery::from_static("/")));
        Uri::from_parts(parts).expect("a socket address is an authority")
    }

    /// Hands the request to another component of the application, in this process. If that component fails, the answer is a 500.
    async fn chain(
        &self,
        id: &str,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Error> {
        let Some(callee) = self.runtime.http_component(id) else {
            return Err(Error::InternalError(Some(format!(
                "the application has no component `{id}` with an HTTP trigger"
            ))));
        };
        let route = router::Match::chained(request.uri().path());
        let seen = self.runtime.database.durability.nothing_seen();
        seen.all();
        let response = invoke::respond(
            &self.runtime,
            callee,
            request,
            &route,
            CHAINED_CLIENT,
            seen,
            None,
        )
        .await;
        self.seen.all();
        Ok(response)
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Boxed<(Response<WasiBody>, Boxed<()>)> {
        let hooks = self.clone();
        Box::new(async move {
            let response = hooks.send(request, options.unwrap_or_default()).await?;
            let done: Boxed<()> = Box::new(Pin::from(Box::new(std::future::ready(Ok(())))));
            Ok((response, done))
        })
    }
}
