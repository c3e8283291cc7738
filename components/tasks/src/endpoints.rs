//! The endpoints of the public API: a file for each, and the one list of them all, from which routing,
//! authorisation, dispatch and the OpenAPI document come.

mod api_key_create;
mod api_key_delete;
mod api_key_self;
mod api_keys_list;
mod audit_list;
mod doctor_diagnose;
mod doctor_repair;
mod error_page;
mod event_send;
mod health;
mod key_delete;
mod key_set;
mod key_show;
mod keys_list;
mod keys_rotate;
mod metrics;
mod namespaces_list;
mod openapi;
mod public_token_create;
mod ready;
mod run_cancel;
mod run_delete;
mod run_export;
mod run_follow;
mod run_inspect;
mod run_journal;
mod run_logs;
mod run_pause;
mod run_resume;
mod run_retry;
mod run_show;
mod run_stack;
mod run_submit;
mod runs_cancel;
mod runs_list;
mod runs_pause;
mod runs_resume;
mod runs_retry;
mod schedule_delete;
mod schedule_pause;
mod schedule_resume;
mod schedule_set;
mod schedule_show;
mod schedule_trigger;
mod schedules_list;
mod session_begin;
mod session_end;
mod signed_event_send;
mod signed_event_show;
mod sweep;
mod task_delete;
mod task_publish;
mod task_show;
mod tasks_list;

use crate::endpoint::{Do, Registered, call};
use crate::openapi::{Parts, describe};

macro_rules! endpoints {
    ($($file:ident,)+) => {
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
