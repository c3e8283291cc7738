//! Lists the namespaces of the keystore. Names are no secret: the store tells them without the service.

use tasker_api::{Cursor, KeyNamespace};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/keys";
    const NEEDS: Needs = Needs::To(Right::KeepValues, Of::Asked);
    const ID: &'static str = "listNamespaces";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Lists the namespaces of the keystore that have keys";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of namespaces, by name")];

    type Path = ();
    type Query = Paging<String>;
    type Body = Nothing;
    type Answer = List<KeyNamespace>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (access, Paging { limit, after }) = (call.access()?, call.query);
        let page = store()?.namespaces(after.as_deref(), limit)?;
        let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
        let items = page.items.into_iter().filter(|of| access.opens(&of.name));
        let items = items.map(|of| KeyNamespace {
            namespace: of.name,
            keys: of.keys,
        });
        Answer::page(items, next_cursor)
    }
}
