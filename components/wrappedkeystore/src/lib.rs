//! `tools.keystore`: values by namespace and key, encrypted at rest.

mod cipher;
mod methods;

use spin_sdk::http::{IncomingRequest, Method, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::{ServiceReply, ServiceRequest};
use tasker_host::http::{read_json, respond, respond_json};

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    if !matches!(request.method(), Method::Post)
        || request.path_with_query().as_deref() != Some("/call")
    {
        return respond(out, 404, &[], Vec::new()).await;
    }
    let call: ServiceRequest = match read_json(request).await {
        Ok(call) => call,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    let reply = match methods::call(&call) {
        Ok(value) => ServiceReply::Ok(value),
        Err(error) => ServiceReply::Err(error),
    };
    respond_json(out, 200, &reply).await;
}
