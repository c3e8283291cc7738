//! Events, and the calls that wait for them. Whether an event fits is seen here, so that values compare as
//! they do everywhere: the first statement reads what may fit, and the second acts on it if nothing has
//! changed. Where nobody waits and nothing came early, one statement does it all.

use serde_json::Value as Data;
use tasker_domain::event::EventWait;
use tasker_domain::{Call as MadeCall, Lease};

use crate::events::Events;
use crate::limits::{EARLY_PAGE, EVENT_DELIVERIES, WAITS_LOOKED_AT};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params, texts};
use crate::postgres::finish::read_settled;
use crate::records::events::{seen, too_late};
use crate::records::journal::{read_call, write_outcome};
use crate::row::{Row, from_json};
use crate::{Error, FOREVER, LeaseTerms, NewEvent, Result, Sent, Settled};

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
    ) -> Result<Settled> {
        let (_, timeout) = write_outcome(&Err(too_late(wait)))?;
        let mut after = 0;
        let mut taken: Option<(i64, String)> = None;
        loop {
            let rows = self.connection.call(
                "wait_for_event",
                params![
                    lease.id,
                    lease.token.0,
                    wait.name.as_str(),
                    wait.until,
                    FOREVER,
                    after,
                    EARLY_PAGE,
                    taken.as_ref().map(|(seq, _)| *seq),
                    taken.as_ref().map(|(_, value)| value.as_str()),
                    timeout.as_str(),
                    claim.map(|terms| terms.owner.as_str()),
                    claim.map(|terms| terms.expires_at),
                    now,
                ],
            )?;
            taken = None;
            let mut looked = false;
            for mut row in rows {
                if row.get("what").text()? == "woken" {
                    return read_settled(Some(row));
                }
                looked = true;
                after = row.get("seq").int()?;
                let (id, sent_at, data) = (
                    row.get("event_id").text()?,
                    row.get("sent_at").int()?,
                    row.get("data").text()?,
                );
                if wait.fits(&from_json(&data)?, sent_at) {
                    taken = Some((after, seen(&id, &wait.name, &data, sent_at)?));
                    break;
                }
            }
            if !looked {
                return Ok(Settled::default());
            }
        }
    }
}

/// The calls that wait for an event, after a look at them.
#[derive(Default)]
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
    let params = params![
        event.id.as_str(),
        event.name.as_str(),
        event.run,
        event.data.as_str(),
        event.expires_at,
        seen(&event.id, &event.name, &event.data, now)?,
        now,
        WAITS_LOOKED_AT,
        i64::try_from(EVENT_DELIVERIES).unwrap_or(i64::MAX),
        waits.noted,
        waits.looked_at_all,
        texts(waits.fits.iter().map(|id| Some(id.as_str()))),
    ];
    db.call("send_event", params)
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
