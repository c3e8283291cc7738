//! Events, and the calls that wait for them. Whether an event fits is seen here, so that values compare as
//! they do everywhere: the first statement reads what may fit, and the second acts on it if nothing has
//! changed. Where nobody waits and nothing came early, one statement does it all.

use serde::Serialize;
use serde_json::Value as Data;
use tasker_domain::event::EventWait;
use tasker_domain::{Call as MadeCall, Lease, RunId};

use crate::events::Events;
use crate::limits::{EARLY_PAGE, EVENT_DELIVERIES, WAITS_LOOKED_AT};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::finish::read_follow_up;
use crate::records::events::{seen, too_late};
use crate::records::journal::{read_call, write_outcome};
use crate::row::{Row, from_json};
use crate::{Error, FOREVER, FollowUp, LeaseTerms, NewEvent, Result, Sent};

impl<C: Connection> Events for Postgres<C> {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        let db = &self.connection;
        let rows = ask_to_send(db, event, &Waits::default(), now)?;
        let mut answer = match Answer::read(rows)? {
            Answer::Sent(sent) => return Ok(sent),
            Answer::Waits(waits) => waits,
        };
        let data: Data = from_json(&event.data)?;
        let mut waits = Waits {
            noted: Some(0),
            looked_at_all: u32::try_from(answer.len()).is_ok_and(|waits| waits < WAITS_LOOKED_AT),
            fits: Vec::new(),
        };
        for row in &mut answer {
            waits.noted = Some(row.get("noted").int()?);
            let id = row.get("id").text()?;
            let call: MadeCall = read_call(row)?;
            if call.event_wait().is_some_and(|wait| wait.fits(&data, now)) {
                waits.fits.push(id);
            }
        }
        match Answer::read(ask_to_send(db, event, &waits, now)?)? {
            Answer::Sent(sent) => Ok(sent),
            Answer::Waits(_) => Err(Error::Unexpected("an event was not sent".to_owned())),
        }
    }

    fn was_sent(&self, id: &str) -> Result<bool> {
        self.connection
            .value("event_was_sent", params![id])?
            .boolean()
    }

    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let (_, timeout) = write_outcome(&Err(too_late(wait)))?;
        let mut asked = Asked {
            name: &wait.name,
            until: wait.until,
            forever: FOREVER,
            after: 0,
            bound: EARLY_PAGE,
            take: None,
            value: None,
            timeout,
            owner: claim.map(|terms| terms.owner.as_str()),
            lease_expires_at: claim.map(|terms| terms.expires_at),
        };
        loop {
            let params = params![lease.id, lease.token.0, json(&asked)?, now];
            let rows = self.connection.call("wait_for_event", params)?;
            (asked.take, asked.value) = (None, None);
            let mut looked = false;
            for mut row in rows {
                if row.get("what").text()? == "woken" {
                    return read_follow_up(Some(row));
                }
                looked = true;
                asked.after = row.get("seq").int()?;
                let (id, sent_at, data) = (
                    row.get("event_id").text()?,
                    row.get("sent_at").int()?,
                    row.get("data").text()?,
                );
                if wait.fits(&from_json(&data)?, sent_at) {
                    asked.take = Some(asked.after);
                    asked.value = Some(seen(&id, &wait.name, &data, sent_at)?);
                    break;
                }
            }
            if !looked {
                return Ok(FollowUp::default());
            }
        }
    }
}

/// What a call waits for, as the function takes it: the type `event_wait`.
#[derive(Serialize)]
struct Asked<'a> {
    name: &'a str,
    until: Option<i64>,
    forever: i64,
    /// The last early event that was looked at.
    after: i64,
    bound: u32,
    /// An early event that fits, and what the call settles with then.
    take: Option<i64>,
    value: Option<String>,
    timeout: String,
    owner: Option<&'a str>,
    lease_expires_at: Option<i64>,
}

/// An event as the function takes it: the type `new_event`.
#[derive(Serialize)]
struct ToSend<'a> {
    id: &'a str,
    name: &'a str,
    run_id: Option<RunId>,
    data: &'a str,
    expires_at: i64,
    value: String,
    bound: u32,
    deliveries: usize,
    #[serde(flatten)]
    waits: &'a Waits,
}

/// The calls that wait for an event, after a look at them.
#[derive(Default, Serialize)]
struct Waits {
    /// The number of the last one; `None`: nobody has looked.
    noted: Option<i64>,
    looked_at_all: bool,
    /// The ids of those that the event fits, in order.
    fits: Vec<String>,
}

fn ask_to_send<C: Connection>(
    db: &C,
    event: &NewEvent,
    waits: &Waits,
    now: i64,
) -> Result<Vec<Row>> {
    let event = ToSend {
        id: &event.id,
        name: &event.name,
        run_id: event.run,
        data: &event.data,
        expires_at: event.expires_at,
        value: seen(&event.id, &event.name, &event.data, now)?,
        bound: WAITS_LOOKED_AT,
        deliveries: EVENT_DELIVERIES,
        waits,
    };
    db.call("send_event", params![json(&event)?, now])
}

/// What sending answers.
enum Answer {
    Sent(Sent),
    /// The calls that wait: the rows from the number on that was noted last.
    Waits(Vec<Row>),
}

impl Answer {
    fn read(rows: Vec<Row>) -> Result<Self> {
        let mut waits = Vec::new();
        for mut row in rows {
            match row.get("what").text()?.as_str() {
                "look" => {
                    waits.push(row);
                }
                "created" => {
                    return Ok(Self::Sent(Sent::Created {
                        delivered: row.get("delivered").number()?,
                        more: row.get("more").boolean()?,
                    }));
                }
                "existing" => return Ok(Self::Sent(Sent::Existing)),
                "conflict" => return Ok(Self::Sent(Sent::Conflict)),
                "no_run" => return Ok(Self::Sent(Sent::NoRun)),
                "run_ended" => return Ok(Self::Sent(Sent::RunEnded)),
                word => return Err(Error::Unexpected(format!("sending answers {word:?}"))),
            }
        }
        Ok(Self::Waits(waits))
    }
}
