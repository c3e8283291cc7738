//! The entry point.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    tasker_host::serve::serve(request, out, &crate::Fetch).await;
}
