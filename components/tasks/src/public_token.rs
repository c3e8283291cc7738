//! Public tokens: whose they are, what they open, and how they are made.

use tasker_api::{Allowed, PublicToken, SealKey, Sealed, not_allowed, public_token_seconds};
use tasker_domain::{ErrorCode, RunId};
use tasker_host::{random_token, time};

use crate::access::{Access, Act, Needs};
use crate::error::{Error, Result, keep_store, store};
use crate::guard::seal_key;

/// Who holds a public token. Nothing is looked up: the token says all.
pub(crate) fn authorize(given: &str) -> Result<Access> {
    let key = seal_key(Sealed::PublicToken)?;
    let token = key.and_then(|key| PublicToken::open(given, &key));
    let token = token.ok_or_else(no_token)?;
    // All nodes go by one clock once the store is open, which whatever a token allows needs anyway.
    keep_store(store()?);
    match token.is_over(time::now_ms()) {
        false => Ok(Access::of_token(token)),
        true => Err(no_token()),
    }
}

/// The refusal of a token, which does not tell what is wrong with it. It is not counted as a wrong key: a front end whose token has
/// expired is nothing unusual, and nobody guesses a seal.
fn no_token() -> Error {
    Error::new(
        ErrorCode::Unauthorized,
        "the public token is not valid, or no longer: ask for another where this one came from",
    )
}

/// Refuses a call that the token is not for. All but what it allows is refused, whether there is such a thing or not.
pub(crate) fn check(token: &PublicToken, needs: Needs, params: &[String]) -> Result<()> {
    let Needs::Public(_, _, act) = needs else {
        return Err(not_allowed().into());
    };
    let allowed = match (&token.allow, act) {
        (Allowed::Read(read), Act::Read) => {
            let named = params.first().and_then(|id| id.parse::<RunId>().ok());
            named == Some(read.run_id)
        }
        (Allowed::Submit(_), Act::Submit) | (Allowed::Send(_), Act::Send) => true,
        (Allowed::Read(_) | Allowed::Submit(_) | Allowed::Send(_), _) => false,
    };
    match allowed {
        true => Ok(()),
        false => Err(not_allowed().into()),
    }
}

/// Makes tokens on behalf of a key, or those that a token for a task may ask for.
pub(crate) struct Maker {
    seal: SealKey,
    /// The key's id, and when it expires.
    key: (Option<String>, Option<i64>),
    seconds: u32,
}

impl Maker {
    /// One whose tokens are taken for so many seconds; for no longer than that of `access` was made for, if it is one.
    pub(crate) fn of(access: &Access, seconds: Option<u32>) -> Result<Self> {
        let seconds = public_token_seconds(seconds)?;
        let seal = seal_key(Sealed::PublicToken)?.ok_or_else(|| {
            Error::new(
                ErrorCode::Forbidden,
                "there are no public tokens: while `api_token` is off, they need the setting `event_key`, of 32 \
                 characters at least",
            )
        })?;
        let (key, seconds) = match &access.token {
            Some(token) => (token.key(), seconds.min(token.seconds())),
            None => {
                let expires_at = access.kept.as_ref().and_then(|key| key.expires_at);
                ((access.key_id(), expires_at), seconds)
            }
        };
        Ok(Self { seal, key, seconds })
    }

    /// A token, and as its holder has it.
    pub(crate) fn make(self, allow: Allowed) -> Result<(PublicToken, String)> {
        let now = time::now_ms();
        let token = PublicToken::new(random_token(), allow, self.key, self.seconds, now);
        let text = token.seal(&self.seal)?;
        Ok((token, text))
    }
}

#[cfg(test)]
mod tests {
    use tasker_api::NewPublicToken;

    use super::*;
    use crate::endpoints::ENDPOINTS;

    const RUN: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";
    const OTHER: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c12";

    fn access(allow: &str) -> Access {
        let new: NewPublicToken =
            serde_json::from_str(&format!("{{\"allow\":{{{allow}}}}}")).unwrap();
        let key = (Some("0011".to_owned()), None);
        Access::of_token(PublicToken::new("t".to_owned(), new.allow, key, 60, 0))
    }

    /// The endpoints that answer, if their paths name this.
    fn opened(access: &Access, named: &str) -> Vec<(String, &'static str)> {
        let open = ENDPOINTS
            .iter()
            .filter(|endpoint| access.check(endpoint.needs, &[named.to_owned()]).is_ok());
        open.map(|endpoint| (endpoint.method.to_string(), endpoint.path))
            .collect()
    }

    fn places<const N: usize>(places: [(&str, &'static str); N]) -> Vec<(String, &'static str)> {
        places
            .map(|(method, path)| (method.to_owned(), path))
            .into()
    }

    #[test]
    fn a_token_opens_what_it_is_for_and_nothing_else() {
        let read = access(&format!(r#""read":{{"runId":"{RUN}"}}"#));
        let submit = access(r#""submit":{"taskName":"a","open":["x"],"repeat":true,"read":true}"#);
        let send = access(&format!(
            r#""send":{{"runId":"{RUN}","name":"ok","repeat":true}}"#
        ));
        assert_eq!(
            opened(&read, RUN),
            places([
                ("GET", "/tasks/status/{taskRunId}"),
                ("GET", "/runs/{id}/events")
            ])
        );
        for named in [OTHER, "a", "", "*"] {
            assert_eq!(opened(&read, named), [], "{named}");
            assert_eq!(opened(&submit, named), places([("POST", "/tasks")]));
            assert_eq!(opened(&send, named), places([("POST", "/events")]));
        }
        for access in [read, submit, send] {
            // Where an endpoint asks for more than its needs say.
            assert!(access.task("a").is_err() && access.all_tasks().is_err());
            assert!(!access.sees("a") && !access.opens("n") && access.kept.is_none());
            assert_eq!(access.key_id().as_deref(), Some("0011"));
            for needs in [Needs::AnyKey, Needs::Nothing] {
                let problem = access.check(needs, &[]).unwrap_err();
                assert_eq!((problem.status, &*problem.code), (403, "forbidden"));
                assert_eq!(problem.detail, "the public token is not for this");
            }
        }
    }
}
