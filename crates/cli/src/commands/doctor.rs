//! `doctor`: how everything is, and what to do about it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use tasker_api::{Check, Diagnosis, Verdict};

use crate::Error;
use crate::commands::Execute;
use crate::context::Context;
use crate::exit::Exit;
use crate::options::parse_duration;
use crate::output::{self, Output, Tone};

/// Look at everything: the database, each component, the timer, damage, and what runs wait for
///
/// Says for each thing that is wrong what to do about it; with --fix it does it: puts damage right,
/// sweeps, and has due work done. Nothing that it does can lose a run. Exit code 1: something does
/// not work or is damaged, and is not repaired.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker doctor
  tasker doctor --fix
  tasker doctor --waiting 1h                   which runs have not moved for an hour
  tasker doctor --json | jq -r .status")]
pub(crate) struct Doctor {
    /// Repair what can be repaired
    #[arg(long)]
    fix: bool,
    /// Show runs that have not moved for so long: 30, 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "60s")]
    waiting: Duration,
}

impl Execute for Doctor {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        output.note(client.target().describe());
        let path = format!("/doctor?waiting={}", self.waiting.as_secs());
        let mut diagnosis: Diagnosis = match self.fix {
            true => client.post_empty(&path)?,
            false => client.get(&path)?,
        };
        diagnosis.checks.push(own_clock(diagnosis.now.millis()));
        let failing = diagnosis.status == Verdict::Failing;
        diagnosis.status = diagnosis.status.max(tasker_api::worst(&diagnosis.checks));
        if output.json {
            output.value(&diagnosis)?;
        } else {
            print(output, &diagnosis, self.fix)?;
        }
        Ok(if failing { Exit::Failed } else { Exit::Done })
    }
}

/// How this machine's clock compares with the server's. The answer has just come: its way took far less
/// than clocks may differ by.
fn own_clock(server_ms: i64) -> Check {
    let here = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let here = i64::try_from(here.as_millis()).unwrap_or(i64::MAX);
    Check::of_clock("client", "this machine's clock", here - server_ms)
}

fn print(output: Output, diagnosis: &Diagnosis, fixed: bool) -> Result<(), Error> {
    for check in &diagnosis.checks {
        let status = check.status.to_string();
        output.spans(&[
            (Tone::of_status(&status), &format!("{status:<8}")),
            (
                Tone::Plain,
                &format!(" {:<26} {}", check.name, check.message),
            ),
        ])?;
        if let Some(advice) = &check.advice {
            output.line(format!("{:<8} {:<26} to do: {advice}", "", ""))?;
        }
    }
    for repaired in diagnosis.repaired.iter().flatten() {
        output.line(format!(
            "repaired {} × {}: {}",
            repaired.count, repaired.kind, repaired.repair
        ))?;
    }
    if !diagnosis.damage.is_empty() {
        output.line("\ndamage")?;
    }
    for damage in &diagnosis.damage {
        let run = damage.task_run_id.as_deref().unwrap_or("-");
        let path = damage.path.as_deref().unwrap_or("-");
        let since = damage.since.map(output::moment).unwrap_or_default();
        output.line(format!("  {run} {path} {since}"))?;
        output.line(format!("    {}: {}", damage.kind, damage.message))?;
        output.line(format!("    by itself: {}", damage.next))?;
        output.line(format!("    --fix: {}", damage.repair))?;
    }
    if !diagnosis.waiting.is_empty() {
        output.line("\nwaiting")?;
    }
    for waiting in &diagnosis.waiting {
        let since = output::between(waiting.since, diagnosis.now);
        output.line(format!(
            "  {} {} {} for {since}",
            waiting.task_run_id, waiting.task_name, waiting.path
        ))?;
        let next_at = waiting.next_at.map(output::moment);
        let next_at = next_at.map_or_else(String::new, |at| format!(" ({at})"));
        output.line(format!("    {}; {}{next_at}", waiting.reason, waiting.next))?;
    }
    let status = diagnosis.status.to_string();
    output.spans(&[(Tone::Plain, "\n"), (Tone::of_status(&status), &status)])?;
    if !fixed && !diagnosis.damage.is_empty() {
        output.hint("`tasker doctor --fix` repairs it");
    }
    Ok(())
}
