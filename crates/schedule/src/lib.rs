//! When a schedule fires: cron expressions in time zones, and what is due of one. No I/O and no
//! clock of its own: times are milliseconds since the Unix epoch and come from the caller.
//!
//! ```
//! use tasker_schedule::Cron;
//!
//! let cron = Cron::parse("0 9 * * 1-5", "Europe/Amsterdam").unwrap();
//! // Friday the 30th of January 2026, noon in UTC; the next working day begins on Monday.
//! assert_eq!(cron.next_after(1_769_774_400_000), Some(1_770_019_200_000));
//! ```

mod cron;
mod due;
mod explain;

pub use cron::{CRON_MAX, Cron, Error};
pub use due::{CATCH_UP_MAX, Due, LATE_MS, SKIPPED_MAX, due};
