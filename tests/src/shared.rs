//! Apps that several tests use at once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::{App, Settings};

/// An app that is started for the first test that needs it and ends with the last one that uses it.
pub struct Shared {
    settings: fn() -> Settings,
    app: Mutex<Weak<App>>,
}

impl Shared {
    /// An app with these settings.
    #[must_use]
    pub const fn new(settings: fn() -> Settings) -> Self {
        Self {
            settings,
            app: Mutex::new(Weak::new()),
        }
    }

    /// The app, started if need be.
    pub fn get(&self) -> Arc<App> {
        let mut shared = self.app.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let app = Arc::new(App::start(&(self.settings)()));
            *shared = Arc::downgrade(&app);
            app
        })
    }
}
