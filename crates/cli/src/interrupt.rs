//! Ctrl-C during a wait: what was begun continues, and the message says so.

use std::sync::{Mutex, PoisonError};

use tasker_domain::RunId;

use crate::output::Output;

/// What to say on Ctrl-C; `None`: nothing.
static WORDS: Mutex<Option<String>> = Mutex::new(None);

/// From now on Ctrl-C says this, and ends the process with the exit code for it.
pub(crate) fn say(output: Output, words: String) {
    let before = WORDS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .replace(words);
    if before.is_none() {
        watch(output);
    }
}

/// From now on Ctrl-C says that this run continues.
pub(crate) fn say_that_goes_on(output: Output, id: RunId) {
    say(
        output,
        format!(
            "interrupted; run {id} goes on\n  `tasker logs {id} --follow` follows it, `tasker cancel {id}` \
             cancels it"
        ),
    );
}

/// From now on Ctrl-C says nothing.
pub(crate) fn say_nothing() {
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(words) = &mut *words {
        words.clear();
    }
}

#[cfg(unix)]
fn watch(output: Output) {
    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;

    use crate::exit::Exit;
    use crate::output;

    // Without the handler Ctrl-C ends the process as it does any other.
    let Ok(mut signals) = Signals::new([SIGINT]) else {
        return;
    };
    std::thread::spawn(move || {
        if signals.forever().next().is_none() {
            return;
        }
        output::show_bar(None);
        let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(words) = words.as_deref().filter(|words| !words.is_empty()) {
            output.note(format!("\n{words}"));
        }
        std::process::exit(Exit::Interrupted.code().into());
    });
}

#[cfg(not(unix))]
fn watch(_: Output) {}
