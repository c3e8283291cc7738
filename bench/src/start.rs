//! A start with compiled components at hand.

use tasker_tests::{App, Settings};

use crate::figure::{Report, Unit, median};

pub(crate) fn measure(report: &mut Report) {
    let mut app = App::start(&Settings::default());
    let mut times: Vec<f64> = (0..5).map(|_| app.start_time().as_secs_f64()).collect();
    report.add_with_target(
        "second start, until the first answer",
        median(&mut times),
        Unit::Seconds,
        0.5,
    );
}
