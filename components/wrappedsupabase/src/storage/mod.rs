//! Files: `storage.…` and `storage.from(bucket).…`, as storage-js 2 makes requests of them.

mod answer;
mod buckets;
mod bytes;
mod files;
mod urls;

use tasker_domain::wire::ServiceError;
use tasker_service::{Host, invalid};

use crate::chain::Step;
use crate::js;
use crate::outgoing::{Headers, Outgoing};
use crate::project::{Project, segment, url_of};

pub(crate) use bytes::{base64, file};

const PART: &str = "storage/v1";

/// The client that the steps before the last one make.
#[derive(Debug, Clone, Default)]
struct Client {
    /// `None` before `from(…)`.
    bucket: Option<String>,
    headers: Headers,
    throws: bool,
}

/// Makes a call; `steps` follow `storage`.
pub(crate) async fn call(host: &impl Host, steps: &[Step]) -> tasker_service::Result {
    let Some((last, settings)) = steps.split_last().filter(|(last, _)| last.is_call()) else {
        return Err(invalid(
            "`tools.supabase.storage` is not a function: call one of its methods",
        ));
    };
    let client = client(settings)?;
    if last.name == "getPublicUrl"
        && let Some(bucket) = &client.bucket
    {
        return urls::public(&url_of(host, PART)?, bucket, last);
    }
    let call = match &client.bucket {
        Some(bucket) => files::read(last, bucket)?,
        None => buckets::read(last)?,
    };
    let mut request = call.request;
    for (name, value) in client.headers.iter() {
        if request.headers.get(name).is_none() {
            request.headers.set(name, value)?;
        }
    }
    let project = Project::open(host).await?;
    let response = host.send(project.request(PART, request)?).await?;
    answer::read(
        &project.part(PART),
        &response,
        call.answer,
        client.throws,
        host.now_ms(),
    )
}

/// A request and what becomes of its answer.
struct Call {
    request: Outgoing,
    answer: Shape,
}

impl Call {
    fn plain(request: Outgoing) -> Self {
        Self {
            request,
            answer: Shape::Plain,
        }
    }
}

/// What the data of an answer is made of.
enum Shape {
    /// The body itself.
    Plain,
    /// Where an uploaded file is.
    Upload {
        path: String,
        with_id: bool,
    },
    /// Where a copied file is.
    Copy,
    /// A URL, with this query added.
    Signed {
        query: String,
    },
    SignedList {
        query: String,
    },
    UploadUrl {
        path: String,
    },
    /// The file.
    File,
    /// What is known of a file, with the names of its members in another style.
    Info,
    /// Whether there is such a file.
    Exists,
}

fn client(steps: &[Step]) -> Result<Client, ServiceError> {
    let mut client = Client::default();
    for step in steps {
        match step.name.as_str() {
            "from" if client.bucket.is_none() && step.is_call() => {
                let bucket = segment(step.text(0, "the bucket")?, "the name of a bucket")?;
                client.bucket = Some(bucket.to_owned());
            }
            "throwOnError" => client.throws = true,
            "setHeader" => client
                .headers
                .set(&js::text(step.arg(0)), &js::text(step.arg(1)))?,
            _ if client.bucket.is_some() => return Err(step.unknown(files::NAMES)),
            _ => return Err(step.unknown(buckets::NAMES)),
        }
    }
    Ok(client)
}
