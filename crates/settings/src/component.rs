//! The components of the app, as readers of settings.

use crate::{About, all};

tasker_domain::words! {
    /// A component of the app.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Component {
        /// The HTTP API.
        Tasks = "tasks",
        /// Owns the queue.
        StackProcessor = "stack-processor",
        /// The executor.
        QuickJs = "quickjs",
        /// Completion webhooks.
        Webhooks = "webhooks",
        /// `tools.keystore`.
        Keystore = "wrappedkeystore",
        /// `tools.gapi`.
        Gapi = "wrappedgapi",
        /// `tools.supabase`.
        Supabase = "wrappedsupabase",
        /// `tools.openai`.
        OpenAi = "wrappedopenai",
        /// `tools.websearch`.
        WebSearch = "wrappedwebsearch",
        /// `tools.fetch`.
        Fetch = "wrappedfetch",
        /// The dashboard's files.
        Ui = "ui",
        /// The app's own timer.
        Sweeper = "sweeper",
    }
}

impl Component {
    /// The settings that it reads, in the order of the table.
    pub fn settings(self) -> impl Iterator<Item = &'static About> {
        all().filter(move |about| about.components.contains(&self))
    }
}

/// Some components, and the services that ask an upstream: each opens the database, asks the keystore, and judges whether a
/// request may go out of the app.
macro_rules! with_services {
    ($($component:ident),+) => {
        &[
            $(Component::$component,)+
            Component::Gapi,
            Component::Supabase,
            Component::OpenAi,
            Component::WebSearch,
            Component::Fetch,
        ]
    };
}

/// Those that open the database.
pub(crate) const WITH_DATABASE: &[Component] =
    with_services!(Tasks, StackProcessor, QuickJs, Webhooks, Keystore);

/// Those that send requests to other components.
pub(crate) const CALLERS: &[Component] = with_services!(Tasks, StackProcessor, QuickJs);

/// Those that judge whether a request may go out of the app.
pub(crate) const OUTWARD: &[Component] = with_services!(Tasks, Webhooks);
