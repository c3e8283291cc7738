//! How much a frame has computed, by a clock that runs on while others have the core.
//!
//! A component has no clock of its own work. But the engine comes by regularly: after a number of
//! steps of a program and after a number of allocations. The time from one visit to the next, a
//! *stretch*, is much the same while a program does the same, and one in which the core was taken
//! away stands out: it counts for no more than its neighbours. So a program is charged the same on
//! a crowded machine as on an idle one.

use std::time::Duration;

/// Visits that follow each other faster are taken together.
const STEP: Duration = Duration::from_micros(200);

/// A stretch is compared with this many before it.
const NEIGHBOURS: usize = 16;

/// With fewer to compare with, a stretch counts in full for the time being.
const ENOUGH: usize = 4;

/// A stretch counts up to this many times what is usual. Usual is what three quarters of the neighbours take
/// at least: if a quarter of them ran undisturbed, that is the program's own pace.
const TIMES_USUAL: u32 = 2;

/// No frame is kept from its core for longer at a stretch, unless the machine is hopelessly busy. The excess
/// counts, as it would for a built-in function that takes this long.
const ABSENCE: Duration = Duration::from_millis(250);

/// The clock may show at most this many times the limit, however little of it was charged.
const TIMES_LIMIT: u32 = 20;

/// The least that is charged for each visit of the interpreter, in case the clock stands still. It comes
/// after 10,000 steps, which no machine does faster.
const PER_VISIT: Duration = Duration::from_micros(10);

/// Measures the computing of a frame in one slice. Moments are readings of any clock that never goes back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    limit: Duration,
    /// When the frame began to compute, or was looked at last; `None` while it does not compute.
    since: Option<Duration>,
    /// What has passed since the last stretch ended.
    open: Duration,
    /// The last stretches, in a ring.
    neighbours: [Duration; NEIGHBOURS],
    stretches: usize,
    visits: u32,
    charged: Duration,
    shown: Duration,
}

impl Meter {
    /// For a frame that may compute for `limit`.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The frame begins to compute.
    pub(crate) fn enter(&mut self, now: Duration) {
        self.since = Some(now);
    }

    /// It no longer computes.
    pub(crate) fn leave(&mut self, now: Duration) {
        self.look(now);
        self.since = None;
    }

    /// The interpreter comes by.
    pub(crate) fn visit(&mut self, now: Duration) {
        self.visits = self.visits.saturating_add(1);
        self.look(now);
    }

    /// Takes note of the moment.
    pub(crate) fn look(&mut self, now: Duration) {
        let Some(since) = self.since.replace(now) else {
            self.since = None;
            return;
        };
        self.open += now.saturating_sub(since);
        if self.open >= STEP {
            let stretch = std::mem::take(&mut self.open);
            self.charge(stretch);
        }
    }

    /// Whether the frame has used up what it may.
    pub(crate) fn is_over(&self) -> bool {
        self.charged() >= self.limit || self.shown >= self.limit.saturating_mul(TIMES_LIMIT)
    }

    /// How much was charged so far.
    pub(crate) fn charged(&self) -> Duration {
        self.charged.max(PER_VISIT * self.visits)
    }

    fn charge(&mut self, stretch: Duration) {
        self.neighbours[self.stretches % NEIGHBOURS] = stretch;
        self.stretches += 1;
        self.shown += stretch;
        match self.stretches {
            ..ENOUGH => self.charged += stretch,
            // Now it can be told what the first ones were.
            ENOUGH => {
                let usual = self.usual();
                let first = &self.neighbours[..ENOUGH];
                self.charged = first.iter().map(|first| counted(*first, usual)).sum();
            }
            _ => self.charged += counted(stretch, self.usual()),
        }
    }

    fn usual(&self) -> Duration {
        let mut known = self.neighbours;
        let known = &mut known[..self.stretches.min(NEIGHBOURS)];
        let quarter = known.len() / 4;
        *known.select_nth_unstable(quarter).1
    }
}

/// What counts of a stretch.
fn counted(stretch: Duration, usual: Duration) -> Duration {
    let most = usual * TIMES_USUAL;
    stretch.min(most) + stretch.saturating_sub(most + ABSENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    const fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// How much a program could do before it was ended, of stretches of these lengths; each is followed by
    /// what others take of the core.
    fn done(stretches: impl IntoIterator<Item = (Duration, Duration)>) -> Option<Duration> {
        let (mut meter, mut now, mut own) = (Meter::new(LIMIT), Duration::ZERO, Duration::ZERO);
        meter.enter(now);
        for (work, absence) in stretches {
            now += work + absence;
            own += work;
            meter.visit(now);
            if meter.is_over() {
                return Some(own);
            }
        }
        None
    }

    /// A program of stretches of length `work`; the core is taken away for `absence` each time the program
    /// has had it for ten milliseconds.
    fn crowded(work: Duration, absence: Duration) -> impl Iterator<Item = (Duration, Duration)> {
        let per_turn = (us(10_000).as_micros() / work.as_micros()).max(1);
        (0..1_000_000_u128).map(move |index| {
            let is_last = (index + 1) % per_turn == 0;
            (work, if is_last { absence } else { Duration::ZERO })
        })
    }

    #[test]
    fn a_program_may_do_the_same_on_a_crowded_machine_as_alone() {
        for work in [us(50), us(300), us(1_000), us(4_000), us(5_000)] {
            let alone = done(crowded(work, Duration::ZERO)).expect("ends");
            assert!(
                alone >= LIMIT && alone < LIMIT + 2 * work + STEP,
                "{work:?}: {alone:?}"
            );
            for absence in [us(3_000), us(10_000), us(110_000), us(180_000)] {
                let among_others = done(crowded(work, absence)).expect("ends");
                assert!(
                    among_others <= LIMIT + 2 * work + STEP && among_others > LIMIT * 3 / 5,
                    "{work:?}, {absence:?}: {among_others:?}"
                );
            }
        }
        // The usual case: the interpreter comes by often.
        let among_others = done(crowded(us(300), us(110_000))).expect("ends");
        assert!(among_others > LIMIT * 9 / 10, "{among_others:?}");
    }

    #[test]
    fn a_slow_machine_is_charged_as_its_clock_says() {
        let slow = done(crowded(us(30_000), Duration::ZERO)).expect("ends");
        assert!(slow >= LIMIT && slow <= LIMIT + us(60_000), "{slow:?}");
        // A program that becomes heavier is charged in full once its neighbours are heavy too.
        let changes = (0..1_000)
            .map(|_| us(300))
            .chain((0..100_000).map(|_| us(20_000)));
        let changed = done(changes.map(|work| (work, Duration::ZERO))).expect("ends");
        assert!(changed < LIMIT + us(20_000) * 14, "{changed:?}");
    }

    #[test]
    fn long_built_ins_are_free_by_a_bounded_factor_only() {
        // Nothing but built-ins: they are each other's neighbours.
        let uniform = done(crowded(us(400_000), Duration::ZERO)).expect("ends");
        assert!(uniform <= us(1_200_000), "{uniform:?}");
        // Hidden among short stretches, as an absence would be.
        for hidden in [50_000, 200_000, 249_000, 600_000, 5_000_000, 60_000_000] {
            for short in [1, 3, 12, 40, 400] {
                let one = std::iter::repeat_n(us(250), short).chain([us(hidden)]);
                let attack = one
                    .cycle()
                    .take(10_000_000)
                    .map(|work| (work, Duration::ZERO));
                let done = done(attack).expect("ends");
                let most = LIMIT * TIMES_LIMIT + us(hidden);
                assert!(done <= most, "{short} x 250 us, then {hidden} us: {done:?}");
            }
        }
        // One that outlasts every absence has what is beyond it charged at once.
        let long = std::iter::repeat_n(us(300), 10).chain([us(5_000_000)]);
        let long = done(long.map(|work| (work, Duration::ZERO)));
        assert_eq!(long, Some(us(5_003_000)));
    }

    #[test]
    fn a_hostile_loop_ends_whatever_the_clock_does() {
        // It stands still.
        assert_eq!(
            done((0..1_000_000).map(|_| (Duration::ZERO, Duration::ZERO))),
            Some(Duration::ZERO)
        );
        // It jumps.
        assert!(done((0..1_000_000).map(|_| (us(0), us(7_000)))).is_some());
        assert!(done((0..100).map(|_| (us(0), Duration::from_secs(60)))).is_some());
        // It goes back: that time is not known, and the visits count.
        let mut meter = Meter::new(LIMIT);
        meter.enter(us(500));
        for back in 0..200_000 {
            meter.visit(us(500_u64.saturating_sub(back)));
        }
        assert!(meter.is_over());
    }

    #[test]
    fn what_passes_outside_is_not_charged_and_what_passes_inside_in_small_parts_is() {
        let mut meter = Meter::new(LIMIT);
        let mut now = Duration::ZERO;
        for _ in 0..19_000 {
            meter.enter(now);
            now += us(50);
            meter.leave(now);
            now += us(10_000);
            meter.look(now);
        }
        assert!(!meter.is_over(), "{:?}", meter.charged());
        for _ in 0..1_010 {
            meter.enter(now);
            now += us(50);
            meter.leave(now);
        }
        assert!(meter.is_over(), "{:?}", meter.charged());
    }
}
