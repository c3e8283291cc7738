//! Parameters of paths and queries: read once, checked, and typed from then on.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use tasker_api::{
    NoQuery, PageQuery, check_task_name, id_schema, page_limit, parse_cursor, parse_query,
};
use tasker_domain::RunId;
use utoipa::IntoParams;
use utoipa::openapi::{ObjectBuilder, schema::Object, schema::Type};

use crate::error::{Result, no_run};

/// The parameters of a path, `COUNT` of them.
pub(crate) trait PathParams: Sized {
    const COUNT: usize;
    /// The schema of each of them.
    fn schema() -> Object {
        ObjectBuilder::new().schema_type(Type::String).build()
    }
    /// Reads them; there are as many as the path has.
    fn read(params: Vec<String>) -> Result<Self>;
}

/// The parameters of a query. One that the call does not take is refused.
pub(crate) trait QueryParams: Sized {
    /// What stands in the query.
    type Query: DeserializeOwned + IntoParams;

    fn check(query: Self::Query) -> Result<Self>;

    fn read(query: &str) -> Result<Self> {
        Self::check(parse_query(query)?)
    }
}

impl PathParams for () {
    const COUNT: usize = 0;

    fn read(_: Vec<String>) -> Result<Self> {
        Ok(())
    }
}

impl PathParams for String {
    const COUNT: usize = 1;

    fn read(params: Vec<String>) -> Result<Self> {
        Ok(params.into_iter().next().unwrap_or_default())
    }
}

/// A text that can be no id names no run.
impl PathParams for RunId {
    const COUNT: usize = 1;

    fn schema() -> Object {
        id_schema()
    }

    fn read(params: Vec<String>) -> Result<Self> {
        let text = String::read(params)?;
        text.parse().map_err(|_| no_run(text))
    }
}

/// A name that a task may have.
pub(crate) struct TaskName(pub(crate) String);

impl PathParams for TaskName {
    const COUNT: usize = 1;

    fn read(params: Vec<String>) -> Result<Self> {
        let name = String::read(params)?;
        check_task_name(&name)?;
        Ok(Self(name))
    }
}

impl QueryParams for () {
    type Query = NoQuery;

    fn check(NoQuery {}: NoQuery) -> Result<Self> {
        Ok(())
    }
}

/// Which page of a list is asked for: at most `limit` items after the one with the key `after`.
pub(crate) struct Paging<K> {
    pub(crate) limit: u32,
    pub(crate) after: Option<K>,
}

impl<K: FromStr> QueryParams for Paging<K> {
    type Query = PageQuery;

    fn check(query: PageQuery) -> Result<Self> {
        Ok(Self {
            limit: page_limit(query.limit)?,
            after: parse_cursor(query.cursor.as_deref())?,
        })
    }
}
