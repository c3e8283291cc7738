//! The project that calls go to: its URL and its key.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::secret::Secret;
use tasker_service::{Host, base_url, invalid, refused};
use tasker_settings::{SUPABASE_BASE_PATH, SUPABASE_KEY, SUPABASE_URL};
use url::Url;

use crate::outgoing::Outgoing;

/// The operator's project.
pub(crate) struct Project {
    /// Ends with a slash.
    base: Url,
    key: Secret,
}

impl Project {
    pub(crate) async fn open(host: &impl Host) -> Result<Self, ServiceError> {
        let base = base(host)?;
        let Some(key) = host.credential(&SUPABASE_KEY, "key").await? else {
            let message = "there is no key for Supabase; set the variable `supabase_key`, or `key` in the keystore's namespace `supabase`";
            return Err(refused(ErrorCode::CredentialMissing, message));
        };
        Ok(Self { base, key })
    }

    /// Where a part of the project is, without a slash at its end.
    pub(crate) fn part(&self, part: &str) -> String {
        part_url(&self.base, part)
    }

    /// A request to `path` of one part of the project, such as `rest/v1`, with the key that the caller
    /// did not set itself.
    pub(crate) fn request(
        &self,
        part: &str,
        outgoing: Outgoing,
    ) -> Result<tasker_service::http::Request, ServiceError> {
        let mut outgoing = outgoing;
        let key = self.key.reveal();
        if outgoing.headers.get("apikey").is_none() {
            outgoing.headers.set("apikey", key)?;
        }
        if outgoing.headers.get("authorization").is_none() {
            outgoing
                .headers
                .set("authorization", &format!("Bearer {key}"))?;
        }
        outgoing.into_request(&part_url(&self.base, part))
    }
}

/// The project's URL, with a slash at its end.
fn base(host: &impl Host) -> Result<Url, ServiceError> {
    let text = base_url::read(host, &SUPABASE_URL, &SUPABASE_BASE_PATH)?;
    Url::parse(&format!("{text}/")).map_err(|_| {
        let message = "the variable `supabase_url` must be the project's URL, such as `https://project.example.com`";
        refused(ErrorCode::ServiceUnavailable, message)
    })
}

/// Where a part of the project is, without a slash at its end. No request is made for it.
pub(crate) fn url_of(host: &impl Host, part: &str) -> Result<String, ServiceError> {
    Ok(part_url(&base(host)?, part))
}

fn part_url(base: &Url, part: &str) -> String {
    format!("{base}{part}")
}

/// A name that is one segment of a path: of a table, a function of the database or a bucket.
///
/// The official client puts any text there, and so reaches other parts of the project than the method
/// says; here a policy relies on the method.
pub(crate) fn segment<'a>(text: &'a str, what: &str) -> Result<&'a str, ServiceError> {
    if text.contains(['/', '\\']) {
        return Err(invalid(format!("{what} cannot have a slash in it")));
    }
    path(text, what)
}

/// A path below such a segment.
pub(crate) fn path<'a>(text: &'a str, what: &str) -> Result<&'a str, ServiceError> {
    let climbs = text.split(['/', '\\']).any(|part| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        matches!(part.split(['?', '#']).next(), Some("." | ".."))
    });
    if climbs || text.contains(|char: char| char.is_control()) {
        return Err(invalid(format!(
            "{what} cannot have `.` or `..` as a part, or control characters"
        )));
    }
    Ok(text)
}
