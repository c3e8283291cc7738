//! The endpoints of the public API: a file for each, and the one list of them all, from which routing,
//! authorisation, dispatch, the OpenAPI document and the list in `docs/api.md` come.

use crate::endpoint::{Do, Registered, call};
use crate::openapi::{Parts, describe};

macro_rules! endpoints {
    ($($file:ident,)+) => {
        $(mod $file;)+

        /// Their files.
        #[cfg(test)]
        pub(crate) const FILES: &[&str] = &[$(stringify!($file)),+];

        /// What each endpoint is. In this order `Allow` names the methods of a path.
        pub(crate) static ENDPOINTS: &[Registered] = &[$(Registered::new::<$file::Handler>()),+];
        // Functions, so that a program holds only what it uses of the two.

        /// What the one at this place does.
        pub(crate) fn at(index: usize) -> Do {
            [$(call::<$file::Handler>),+][index]
        }

        /// Adds them all to the OpenAPI document.
        pub(crate) fn describe_all(document: &mut Parts) {
            $(describe::<$file::Handler>(document);)+
        }
    };
}

endpoints![
    tasks_list,
    run_submit,
    task_publish,
    task_show,
    task_delete,
    run_show,
    runs_list,
    run_delete,
    run_export,
    run_journal,
    run_stack,
    run_logs,
    run_follow,
    run_inspect,
    runs_cancel,
    runs_pause,
    runs_resume,
    runs_retry,
    run_cancel,
    event_send,
    signed_event_show,
    signed_event_send,
    run_retry,
    run_pause,
    run_resume,
    schedules_list,
    schedule_show,
    schedule_set,
    schedule_delete,
    schedule_trigger,
    schedule_pause,
    schedule_resume,
    sweep,
    keys_rotate,
    namespaces_list,
    keys_list,
    key_show,
    key_set,
    key_delete,
    api_keys_list,
    api_key_create,
    api_key_self,
    api_key_delete,
    public_token_create,
    session_begin,
    session_end,
    audit_list,
    health,
    ready,
    doctor_diagnose,
    doctor_repair,
    metrics,
    openapi,
    error_page,
];
