//! The component's entry: all that happens around a call is the shell's.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;

use crate::Gapi;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    tasker_host::serve::serve(request, out, &Gapi).await;
}
