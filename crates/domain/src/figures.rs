//! What the components measure: counters and histograms, added up in memory and then in the store.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::RunStatus;
use crate::wire::SERVICES;

/// Upper bounds of the buckets of times, in microseconds.
const TIMES: &[u64] = &[
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// Upper bounds of the buckets of times that may be long, in milliseconds. The migration `0060_counts` has them too.
const SPANS: &[u64] = &[
    100,
    1_000,
    5_000,
    15_000,
    60_000,
    300_000,
    1_800_000,
    7_200_000,
    43_200_000,
    86_400_000,
    604_800_000,
    2_592_000_000,
];

/// Upper bounds of the buckets of sizes, in bytes.
const SIZES: &[u64] = &[
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    4 << 20,
    16 << 20,
];

/// How a run can end.
const ENDS: [RunStatus; 3] = [
    RunStatus::Completed,
    RunStatus::Failed,
    RunStatus::Cancelled,
];

/// The form of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It only grows.
    Counter,
    /// Times, in microseconds.
    Times,
    /// Times that may be long, in milliseconds.
    Spans,
    /// Sizes, in bytes.
    Sizes,
}

impl Form {
    /// The upper bounds of its buckets; what is above the last is in one more.
    #[must_use]
    pub fn bounds(self) -> &'static [u64] {
        match self {
            Self::Counter => &[],
            Self::Times => TIMES,
            Self::Spans => SPANS,
            Self::Sizes => SIZES,
        }
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $form:ident, $label:expr, $help:literal;)+) => {
        /// A metric of `GET /metrics` that the components add to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Metric { $($(#[$doc])* $variant),+ }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name for Prometheus.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Its form.
            #[must_use]
            pub const fn form(self) -> Form {
                match self { $(Self::$variant => Form::$form),+ }
            }

            /// The name of its label; `None` if it has none.
            #[must_use]
            pub const fn label(self) -> Option<&'static str> {
                match self { $(Self::$variant => $label),+ }
            }

            /// The values of its label that are known beforehand: each has its line from the start, so that a rate sees
            /// the first time that something happens.
            #[must_use]
            pub fn label_values(self) -> Vec<&'static str> {
                match self.label() {
                    None => vec![""],
                    Some("service") => SERVICES.to_vec(),
                    Some("status") => ENDS.iter().map(|end| end.as_str()).collect(),
                    Some(_) => Vec::new(),
                }
            }

            /// What it says.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),+ }
            }

            /// The metric of a name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|metric| metric.name() == name)
            }
        }
    };
}

metrics! {
    /// Time of a slice, from its claim to its outcome's commit.
    Slice = "tasker_slice_seconds", Times, None, "Time of a slice: a stay of a frame in a VM.";
    /// Time to wake a VM from its snapshot.
    Restore = "tasker_restore_seconds", Times, None, "Time to restore a VM from its snapshot.";
    /// Time to take and store a snapshot.
    Snapshot = "tasker_snapshot_seconds", Times, None, "Time to take a VM's snapshot.";
    /// Size of stored snapshots.
    SnapshotSize = "tasker_snapshot_bytes", Sizes, None, "Size of snapshots as stored.";
    /// Time of one attempt of a service call.
    Call = "tasker_call_seconds", Times, Some("service"), "Time of an attempt of a service call.";
    /// Attempts of service calls that failed.
    CallError = "tasker_call_errors_total", Counter, Some("service"), "Attempts of service calls that failed.";
    /// Attempts of service calls after the first.
    Retry = "tasker_call_retries_total", Counter, Some("service"), "Service calls that are tried again.";
    /// Time of a run, from the moment when it may begin to its end. The store counts it as it ends a run.
    RunTime = "tasker_run_seconds", Spans, Some("status"), "Time of an ended run, from the moment when it may begin, by outcome.";
    /// Runs that are begun again after they have failed. The store counts it as it does so.
    RunRetry = "tasker_run_retries_total", Counter, None, "Runs that were begun again after they had failed.";
    /// Moments of schedules that could make no run.
    ScheduleFailure = "tasker_schedule_failures_total", Counter, None, "Moments of schedules that made no run because of a problem.";
    /// Attempts to tell of a run's end that failed.
    WebhookFailure = "tasker_webhook_failures_total", Counter, None, "Attempts of completion webhooks that failed.";
    /// Webhooks that are tried no more.
    WebhookGivenUp = "tasker_webhooks_given_up_total", Counter, None, "Completion webhooks that were never taken and are tried no more.";
    /// Slices whose executor failed.
    ExecutorFailure = "tasker_executor_failures_total", Counter, None, "Slices that the executor did not finish.";
    /// Leases that expired and were taken back.
    LeaseLost = "tasker_lease_losses_total", Counter, None, "Leases that expired because their worker was lost.";
    /// Stack runs given up after too many losses.
    GivenUp = "tasker_given_up_total", Counter, None, "Frames and calls given up because their workers were lost too often.";
    /// Frames that missed their waking.
    Woken = "tasker_missed_wakings_total", Counter, None, "Sleeping frames that a sweep had to wake.";
    /// Wrong keys of the API.
    WrongKey = "tasker_wrong_keys_total", Counter, None, "Wrong keys that clients of the API have sent.";
    /// Sweeps.
    Sweep = "tasker_sweeps_total", Counter, None, "Sweeps of the queue.";
    /// Drains.
    Drain = "tasker_drains_total", Counter, None, "Drainers that have worked on the queue.";
}

/// One count of a metric: of one label value and, for a histogram, of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The metric.
    pub metric: Metric,
    /// The value of its label; empty if it has none.
    pub label: String,
    /// The bucket, counted from 0; 0 for a counter.
    pub bucket: u32,
    /// How many there were.
    pub count: u64,
    /// What they add up to, in the unit of the metric's form.
    pub sum: u64,
}

/// Figures that are being added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<(Metric, String, u32), (u64, u64)>);

impl Figures {
    /// Counts something.
    pub fn count(&mut self, metric: Metric, label: &str, times: u64) {
        if times > 0 {
            self.add(metric, label, 0, times, times);
        }
    }

    /// Adds a time to a histogram.
    pub fn time(&mut self, metric: Metric, label: &str, time: Duration) {
        self.observe(
            metric,
            label,
            u64::try_from(time.as_micros()).unwrap_or(u64::MAX),
        );
    }

    /// Adds a value to a histogram, in the unit of its form.
    pub fn observe(&mut self, metric: Metric, label: &str, value: u64) {
        let bounds = metric.form().bounds();
        let bucket = bounds.partition_point(|bound| *bound < value);
        self.add(metric, label, u32::try_from(bucket).unwrap_or(0), 1, value);
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, figures: Vec<Figure>) {
        for figure in figures {
            self.add(
                figure.metric,
                &figure.label,
                figure.bucket,
                figure.count,
                figure.sum,
            );
        }
    }

    /// Takes all that was counted.
    pub fn take(&mut self) -> Vec<Figure> {
        std::mem::take(&mut self.0)
            .into_iter()
            .map(|((metric, label, bucket), (count, sum))| Figure {
                metric,
                label,
                bucket,
                count,
                sum,
            })
            .collect()
    }

    fn add(&mut self, metric: Metric, label: &str, bucket: u32, count: u64, sum: u64) {
        let entry = self
            .0
            .entry((metric, label.to_owned(), bucket))
            .or_default();
        entry.0 = entry.0.saturating_add(count);
        entry.1 = entry.1.saturating_add(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_add_up_by_label_and_bucket() {
        let mut figures = Figures::default();
        figures.count(Metric::Sweep, "", 2);
        figures.count(Metric::Woken, "", 0);
        figures.time(Metric::Call, "keystore", Duration::from_micros(1_000));
        figures.time(Metric::Call, "keystore", Duration::from_micros(900));
        figures.time(Metric::Call, "gapi", Duration::from_secs(100));
        let taken = figures.take();
        let found: Vec<_> = taken
            .iter()
            .map(|figure| {
                (
                    figure.metric,
                    figure.label.as_str(),
                    figure.bucket,
                    figure.count,
                    figure.sum,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (Metric::Call, "gapi", 15, 1, 100_000_000),
                (Metric::Call, "keystore", 0, 2, 1_900),
                (Metric::Sweep, "", 0, 2, 2),
            ]
        );
        figures.merge(taken.clone());
        figures.merge(taken);
        assert_eq!(figures.take()[1].count, 4);
        assert_eq!(figures.take(), []);
    }

    #[test]
    fn metrics_are_named_as_prometheus_asks_for() {
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.name()), Some(*metric));
            let suffix = match metric.form() {
                Form::Counter => "_total",
                Form::Times | Form::Spans => "_seconds",
                Form::Sizes => "_bytes",
            };
            assert!(metric.name().ends_with(suffix), "{}", metric.name());
            assert!(metric.form().bounds().is_sorted());
        }
    }
}
