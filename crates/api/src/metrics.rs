//! `GET /metrics`: the Prometheus text format (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write;

use tasker_domain::RunStatus;
use tasker_domain::figures::{Figure, Form, Metric};

/// Most tasks whose runs are counted separately: those with the most runs. The others are counted together.
const TASKS_SHOWN: usize = 100;

/// What stands for the other tasks. No task can have this name.
const OTHER_TASKS: &str = "(other)";

/// What the metrics are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Tasker's version.
    pub version: String,
    /// How many runs there are of each task and status.
    pub runs: Vec<(String, RunStatus, u64)>,
    /// How many stack runs are pending and due.
    pub queue_depth: u64,
    /// How long the oldest of them has been due, in milliseconds.
    pub queue_age_ms: i64,
    /// How many drainers are at work.
    pub drainers: u32,
    /// When the queue was last swept, in milliseconds since the Unix epoch; 0 if never.
    pub swept_at: i64,
    /// How large the database is, in bytes.
    pub database_bytes: u64,
    /// What of it nothing fills, as far as the database tells.
    pub database_free_bytes: u64,
    /// From how many bytes on nothing new is accepted; 0: there is no such bound.
    pub database_limit_bytes: u64,
    /// What the components have measured.
    pub figures: Vec<Figure>,
}

impl Metrics {
    /// Media type of the text.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// The text. Every status and every metric has its line, with each value of its label that is known beforehand, so that a
    /// gauge falls to zero instead of vanishing and a rate is known from the start.
    #[must_use]
    pub fn render(&self) -> String {
        let mut page = Page::default();
        page.family("tasker_info", "gauge", "The version that runs.");
        page.sample("tasker_info", &[("version", &self.version)], 1);
        self.runs(&mut page);
        page.family(
            "tasker_queue_depth",
            "gauge",
            "Stack runs that are pending and due.",
        );
        page.sample("tasker_queue_depth", &[], self.queue_depth);
        page.family(
            "tasker_queue_age_seconds",
            "gauge",
            "How long the oldest pending stack run has been due.",
        );
        page.sample(
            "tasker_queue_age_seconds",
            &[],
            thousandths(self.queue_age_ms),
        );
        page.family("tasker_drainers", "gauge", "Drainers at work.");
        page.sample("tasker_drainers", &[], self.drainers);
        page.family(
            "tasker_last_sweep_timestamp_seconds",
            "gauge",
            "When the queue was last swept; 0: never.",
        );
        page.sample(
            "tasker_last_sweep_timestamp_seconds",
            &[],
            thousandths(self.swept_at),
        );
        page.family(
            "tasker_database_bytes",
            "gauge",
            "How large the database is.",
        );
        page.sample("tasker_database_bytes", &[], self.database_bytes);
        page.family(
            "tasker_database_free_bytes",
            "gauge",
            "What of a SQLite file nothing fills.",
        );
        page.sample("tasker_database_free_bytes", &[], self.database_free_bytes);
        page.family(
            "tasker_database_limit_bytes",
            "gauge",
            "From how many bytes on nothing new is accepted; 0: no bound.",
        );
        page.sample(
            "tasker_database_limit_bytes",
            &[],
            self.database_limit_bytes,
        );
        for metric in Metric::ALL {
            self.measured(*metric, &mut page);
        }
        page.0
    }

    fn runs(&self, page: &mut Page) {
        let mut by_task: BTreeMap<&str, u64> = BTreeMap::new();
        for (task, _, runs) in &self.runs {
            *by_task.entry(task).or_default() += runs;
        }
        let mut tasks: Vec<_> = by_task.into_iter().collect();
        tasks.sort_by_key(|(_, runs)| std::cmp::Reverse(*runs));
        tasks.truncate(TASKS_SHOWN);
        let shown = |task: &str| tasks.iter().any(|(other, _)| *other == task);

        page.family("tasker_runs", "gauge", "Runs by status.");
        for status in RunStatus::ALL {
            let of_status = self.runs.iter().filter(|(_, of, _)| of == status);
            let sum: u64 = of_status.map(|(_, _, runs)| runs).sum();
            page.sample("tasker_runs", &[("status", status.as_str())], sum);
        }
        page.family(
            "tasker_task_runs",
            "gauge",
            "Runs by task and status, for the tasks with the most runs.",
        );
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (task, status, runs) in &self.runs {
            let task = if shown(task) { task } else { OTHER_TASKS };
            *counts.entry((task, status.as_str())).or_default() += runs;
        }
        for ((task, status), runs) in counts {
            page.sample(
                "tasker_task_runs",
                &[("task", task), ("status", status)],
                runs,
            );
        }
    }

    fn measured(&self, metric: Metric, page: &mut Page) {
        let mut by_label: BTreeMap<&str, Vec<&Figure>> = BTreeMap::new();
        for figure in self.figures.iter().filter(|figure| figure.metric == metric) {
            by_label.entry(&figure.label).or_default().push(figure);
        }
        for value in metric.label_values() {
            by_label.entry(value).or_default();
        }
        let (name, form) = (metric.name(), metric.form());
        let kind = match form {
            Form::Counter => "counter",
            Form::Times | Form::Spans | Form::Sizes => "histogram",
        };
        page.family(name, kind, metric.help());
        for (value, figures) in by_label {
            let labels: Vec<_> = metric
                .label()
                .map(|label| (label, value))
                .into_iter()
                .collect();
            let total: u64 = figures.iter().map(|figure| figure.count).sum();
            if form == Form::Counter {
                page.sample(name, &labels, total);
                continue;
            }
            let unit = |value: u64| match form {
                Form::Times => fraction(value, 6),
                Form::Spans => fraction(value, 3),
                Form::Sizes | Form::Counter => value.to_string(),
            };
            let mut within = 0;
            for (bucket, bound) in form.bounds().iter().enumerate() {
                let of_bucket = figures
                    .iter()
                    .filter(|figure| figure.bucket as usize == bucket);
                within += of_bucket.map(|figure| figure.count).sum::<u64>();
                let bound = unit(*bound);
                let labels: Vec<_> = labels
                    .iter()
                    .copied()
                    .chain([("le", bound.as_str())])
                    .collect();
                page.sample(&format!("{name}_bucket"), &labels, within);
            }
            let labels_inf: Vec<_> = labels.iter().copied().chain([("le", "+Inf")]).collect();
            page.sample(&format!("{name}_bucket"), &labels_inf, total);
            let sum = figures
                .iter()
                .fold(0_u64, |sum, figure| sum.saturating_add(figure.sum));
            page.sample(&format!("{name}_sum"), &labels, unit(sum));
            page.sample(&format!("{name}_count"), &labels, total);
        }
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escape(text));
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

/// A label's value: a task's name may have any characters.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Milliseconds as seconds.
fn thousandths(ms: i64) -> String {
    fraction(u64::try_from(ms).unwrap_or(0), 3)
}

/// A whole number of units that are a power of ten smaller, without rounding.
fn fraction(value: u64, digits: usize) -> String {
    let unit = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
    let rest = format!("{:0digits$}", value % unit);
    let rest = rest.trim_end_matches('0');
    match rest {
        "" => (value / unit).to_string(),
        rest => format!("{}.{rest}", value / unit),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tasker_domain::figures::Figures;

    use super::*;

    fn has(text: &str, line: &str) {
        assert!(
            text.lines().any(|other| other == line),
            "{line} is not in\n{text}"
        );
    }

    #[test]
    fn every_status_and_every_metric_has_a_sample() {
        let metrics = Metrics {
            version: "1.2.3".to_owned(),
            runs: vec![
                ("a \"quoted\" \\ task".to_owned(), RunStatus::Failed, 3),
                ("b".to_owned(), RunStatus::Failed, 4),
            ],
            queue_depth: 2,
            queue_age_ms: 1_500,
            swept_at: 1_800_000_000_001,
            database_bytes: 8_192,
            database_free_bytes: 4_096,
            database_limit_bytes: 1 << 20,
            ..Metrics::default()
        };
        let text = metrics.render();
        for line in [
            r#"tasker_info{version="1.2.3"} 1"#,
            "# TYPE tasker_runs gauge",
            r#"tasker_runs{status="failed"} 7"#,
            r#"tasker_runs{status="queued"} 0"#,
            r#"tasker_task_runs{task="a \"quoted\" \\ task",status="failed"} 3"#,
            "tasker_queue_depth 2",
            "tasker_queue_age_seconds 1.5",
            "tasker_last_sweep_timestamp_seconds 1800000000.001",
            "tasker_database_bytes 8192",
            "tasker_database_free_bytes 4096",
            "tasker_database_limit_bytes 1048576",
            "# TYPE tasker_sweeps_total counter",
            "tasker_sweeps_total 0",
            r#"tasker_slice_seconds_bucket{le="+Inf"} 0"#,
            "tasker_slice_seconds_count 0",
        ] {
            has(&text, line);
        }
        for metric in Metric::ALL {
            has(
                &text,
                &format!("# HELP {} {}", metric.name(), metric.help()),
            );
        }
    }

    #[test]
    fn buckets_count_all_that_is_within_their_bound() {
        let mut figures = Figures::default();
        for ms in [1, 3, 3, 40, 90_000] {
            figures.time(Metric::Call, "gapi", Duration::from_millis(ms));
        }
        figures.count(Metric::Retry, "gapi", 2);
        figures.observe(Metric::SnapshotSize, "", 7_000);
        figures.observe(Metric::RunTime, "failed", 5_001);
        let text = Metrics {
            figures: figures.take(),
            ..Metrics::default()
        }
        .render();
        for line in [
            "# TYPE tasker_call_seconds histogram",
            r#"tasker_call_seconds_bucket{service="gapi",le="0.001"} 1"#,
            r#"tasker_call_seconds_bucket{service="gapi",le="0.005"} 3"#,
            r#"tasker_call_seconds_bucket{service="gapi",le="0.05"} 4"#,
            r#"tasker_call_seconds_bucket{service="gapi",le="60"} 4"#,
            r#"tasker_call_seconds_bucket{service="gapi",le="+Inf"} 5"#,
            r#"tasker_call_seconds_sum{service="gapi"} 90.047"#,
            r#"tasker_call_seconds_count{service="gapi"} 5"#,
            r#"tasker_call_retries_total{service="gapi"} 2"#,
            // The first failure of a service is seen by a rate.
            r#"tasker_call_errors_total{service="openai"} 0"#,
            r#"tasker_call_errors_total{service="keystore"} 0"#,
            r#"tasker_run_seconds_bucket{status="failed",le="5"} 0"#,
            r#"tasker_run_seconds_bucket{status="failed",le="15"} 1"#,
            r#"tasker_run_seconds_sum{status="failed"} 5.001"#,
            r#"tasker_run_seconds_count{status="completed"} 0"#,
            "tasker_schedule_failures_total 0",
            "tasker_webhooks_given_up_total 0",
            r#"tasker_snapshot_bytes_bucket{le="16384"} 1"#,
            r#"tasker_snapshot_bytes_bucket{le="4096"} 0"#,
            "tasker_snapshot_bytes_sum 7000",
        ] {
            has(&text, line);
        }
    }

    #[test]
    fn the_labels_of_tasks_are_bounded() {
        let runs = (0..150_u64).map(|n| (format!("task-{n}"), RunStatus::Completed, n + 1));
        let text = Metrics {
            runs: runs.collect(),
            ..Metrics::default()
        }
        .render();
        let lines = text
            .lines()
            .filter(|line| line.starts_with("tasker_task_runs{"));
        assert_eq!(lines.count(), TASKS_SHOWN + 1);
        // 1 + 2 + … + 50
        has(
            &text,
            r#"tasker_task_runs{task="(other)",status="completed"} 1275"#,
        );
        has(
            &text,
            r#"tasker_task_runs{task="task-149",status="completed"} 150"#,
        );
    }
}
