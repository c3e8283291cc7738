//! Ids of runs: a page shows one when a run is made, and speaks of it in later commands, whole or by its beginning.

use std::sync::LazyLock;

use regex::{Captures, Regex};

static ID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b").expect("a pattern")
});
/// An id, or a beginning of one that is long enough to tell.
static BEGINNING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[0-9a-f]{8}(-[0-9a-f]+)*\b").expect("a pattern"));

/// The ids that a page has shown, each with the one that there is in its place.
#[derive(Default)]
pub(crate) struct Ids(Vec<(String, String)>);

impl Ids {
    /// Takes down what was printed where the page shows ids: one by one, in their order.
    pub(crate) fn learn(&mut self, shown: &str, printed: &str) {
        let found = |text| ID.find_iter(text).map(|id| id.as_str().to_owned());
        self.0.extend(found(shown).zip(found(printed)));
    }

    /// The command with the ids that there are: as much of each as the page writes.
    pub(crate) fn put_into(&self, command: &str) -> String {
        let actual = |written: &Captures<'_>| {
            let written = &written[0];
            let known = self.0.iter().rev();
            let mut known = known.filter(|(shown, _)| shown.starts_with(written));
            let actual = known
                .next()
                .and_then(|(_, actual)| actual.get(..written.len()));
            actual.unwrap_or(written).to_owned()
        };
        BEGINNING.replace_all(command, actual).into_owned()
    }
}

#[test]
fn commands_get_the_ids_that_there_are() {
    let mut ids = Ids::default();
    ids.learn(
        "run 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11\n",
        "run 01a22988-9c71-7296-aec5-18e9101ed719\n",
    );
    assert_eq!(
        ids.put_into("tasker show 019c2a5e-7d10"),
        "tasker show 01a22988-9c71"
    );
    assert_eq!(
        ids.put_into("tasker logs 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11 --follow"),
        "tasker logs 01a22988-9c71-7296-aec5-18e9101ed719 --follow"
    );
    let other = "tasker show 019c2a5e-8f02; tasker show last --at 2026-01-31T09:30:00Z";
    assert_eq!(ids.put_into(other), other);
}
