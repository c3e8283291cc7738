//! `GET /metrics`: the Prometheus text format (version 0.0.4).

use std::fmt::Write;

use tasker_domain::RunStatus;

/// What the metrics are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// How many runs there are of each status.
    pub runs: Vec<(RunStatus, u64)>,
    /// How many stack runs are pending and due.
    pub queue_depth: u64,
    /// How long the oldest of them has been due, in milliseconds.
    pub queue_age_ms: i64,
}

impl Metrics {
    /// Media type of the text.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// The text. Every status has its line, so that a gauge falls to zero instead of vanishing.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        let mut gauge = |name: &str, help: &str, samples: &[(String, String)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let runs: Vec<_> = RunStatus::ALL
            .iter()
            .map(|status| {
                let count = self
                    .runs
                    .iter()
                    .filter(|(of, _)| of == status)
                    .map(|(_, count)| count);
                (
                    format!("{{status=\"{status}\"}}"),
                    count.sum::<u64>().to_string(),
                )
            })
            .collect();
        gauge("tasker_runs", "Runs by status.", &runs);
        let depth = self.queue_depth.to_string();
        gauge(
            "tasker_queue_depth",
            "Stack runs that are pending and due.",
            &[(String::new(), depth)],
        );
        let seconds =
            std::time::Duration::from_millis(self.queue_age_ms.unsigned_abs()).as_secs_f64();
        gauge(
            "tasker_queue_age_seconds",
            "How long the oldest pending stack run has been due.",
            &[(String::new(), seconds.to_string())],
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_sample() {
        let metrics = Metrics {
            runs: vec![(RunStatus::Failed, 3)],
            queue_depth: 2,
            queue_age_ms: 1_500,
        };
        let text = metrics.render();
        for line in [
            "# TYPE tasker_runs gauge",
            r#"tasker_runs{status="failed"} 3"#,
            r#"tasker_runs{status="queued"} 0"#,
            "tasker_queue_depth 2",
            "tasker_queue_age_seconds 1.5",
        ] {
            assert!(
                text.lines().any(|other| other == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
