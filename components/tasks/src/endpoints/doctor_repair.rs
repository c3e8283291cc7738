//! Repairs what is damaged.

use tasker_api::{BACKLOG_COUNTED, Diagnosis, Repaired};
use tasker_domain::diagnosis::DamageKind;
use tasker_host::HostStore;

use crate::doctor::{Unmoved, diagnosis, look_into_frames};
use crate::endpoint::*;
use crate::system;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/doctor";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::AllTasks);
    const ID: &'static str = "repair";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Repairs what is damaged, sweeps, and has due work done";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "What was repaired, and what was found after it",
    )];

    type Path = ();
    type Query = Unmoved;
    type Body = Nothing;
    type Answer = Json<Diagnosis>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let repaired = repair_all(&store()?).await?;
        let diagnosis = Diagnosis {
            repaired: Some(repaired),
            ..diagnosis(call.query).await
        };
        Ok(Answer::ok(&diagnosis)?.with_after(After::Drain))
    }
}

/// Repairs all there is to repair, of each kind as much as a request may.
async fn repair_all(store: &HostStore) -> Result<Vec<Repaired>> {
    let now = time::now_ms();
    let mut done = Vec::new();
    let mut note = |kind: DamageKind, count: u32| {
        if count > 0 {
            done.push(Repaired {
                kind: kind.to_string(),
                count,
                repair: kind.repair().to_owned(),
            });
        }
    };
    for kind in DamageKind::ALL {
        note(*kind, store.repair(*kind, BACKLOG_COUNTED, now)?);
    }
    if let Some(reply) = look_into_frames(true).await {
        let of = |kind: DamageKind| {
            let frames = reply.frames.iter();
            let count = frames.filter(|frame| frame.damage == Some(kind)).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        for kind in [DamageKind::CallLost, DamageKind::SnapshotDamaged] {
            note(kind, of(kind).min(reply.repaired));
        }
    }
    let swept = system::sweep_now().await?;
    note(DamageKind::LeaseExpired, swept.reclaimed + swept.failed);
    note(DamageKind::WakingMissed, swept.woken);
    Ok(done)
}
