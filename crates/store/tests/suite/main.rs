//! One suite for all backends of the store: a backend joins with one line here.

mod api_keys;
mod audit;
mod backend;
mod concurrency;
mod diagnosis;
mod fairness;
mod firing;
mod fixtures;
mod idempotency;
mod metering;
mod model;
mod named_leases;
mod postgres;
mod random;
mod retention;
mod scenarios;
mod schedules;
mod services;
mod slots;
mod sqlite;
mod upgrade;
mod webhooks;

macro_rules! suite {
    ($name:ident, $backend:ty: $($module:ident::{$($test:ident),+ $(,)?}),+ $(,)?) => {
        mod $name {
            $($(
                #[test]
                fn $test() {
                    $crate::$module::$test::<$backend>();
                }
            )+)+
        }
    };
    ($name:ident, $backend:ty) => {
        suite!($name, $backend:
            scenarios::{
                tasks_are_published_listed_and_withdrawn,
                a_run_meets_the_versions_of_its_submission,
                a_run_is_submitted_once_per_key,
                a_run_starts_a_bounded_number_of_others,
                of_a_runs_progress_the_newest_is_kept,
                runs_are_found_by_their_tags,
                a_run_begins_when_it_is_due,
                runs_are_listed_newest_first_by_status_and_task,
                a_frame_calls_sleeps_wakes_and_ends_its_run,
                a_nested_task_settles_in_its_parent,
                a_call_waits_for_the_end_of_another_run,
                a_call_that_settles_before_the_frame_sleeps_wakes_it,
                rows_in_flight_belong_to_the_slice,
                a_run_has_a_bounded_number_of_frames,
                what_a_finished_frame_had_out_is_dropped,
                an_error_leaves_nothing_behind,
                a_zombie_commits_nothing,
                lost_executors_are_replaced_and_then_given_up,
                a_clock_that_jumps_back_delays_nothing,
                an_attempt_that_was_lost_is_told_from_one_that_failed,
                what_a_lost_worker_may_have_done_is_not_forgotten,
                sleepers_that_missed_their_waking_are_woken,
                a_failed_call_is_tried_again_later,
                a_frame_sleeps_for_months,
                a_cleared_timer_is_removed,
                ten_thousand_sleeping_runs_wake_on_time,
                an_event_wakes_those_who_wait_for_it,
                the_newest_call_of_a_run_has_the_event,
                early_events_are_taken_in_order_and_once,
                an_event_reaches_very_many_runs,
                a_cancelled_run_cleans_up_and_is_over,
                a_live_frame_is_told_that_its_run_is_stopped,
                a_stop_reaches_a_frame_at_its_next_call,
                what_has_had_its_time_ends,
                nothing_of_a_paused_run_goes_on,
                a_run_is_begun_again_after_a_fault,
                a_run_is_begun_again_as_it_was_asked_for,
                log_lines_are_stored_once,
                of_a_long_log_the_first_and_the_newest_lines_are_kept,
                a_long_history_is_paged,
                drainers_share_the_slots,
                encrypted_values_are_kept_by_namespace,
                a_text_with_nul_is_refused,
            },
            retention::{
                ended_runs_go_when_their_time_is_up,
                a_version_keeps_what_it_may_reach,
                a_task_keeps_its_newest_runs,
                a_large_run_goes_in_parts,
            },
            named_leases::{
                a_lease_holds_until_it_expires_or_is_given_back,
                no_more_leases_are_held_than_there_are_places,
            },
            slots::{
                runs_of_a_scope_wait_for_each_other,
                a_slot_is_free_however_its_run_ends,
                slots_hold_under_parallel_load,
            },
            idempotency::{
                a_key_lives_as_long_as_it_says_and_as_its_run,
            },
            fairness::{
                a_flood_by_one_task_keeps_no_other_waiting,
                a_greater_priority_goes_first,
                a_task_that_is_worked_on_can_be_left_out,
            },
            schedules::{
                a_moment_fires_once_however_many_sweep,
                every_missed_moment_makes_a_run_or_is_told_of,
                the_queue_of_a_schedule_is_bounded_and_drops_nothing_in_silence,
                overlapping_runs_are_skipped_queued_allowed_or_cancelled,
                a_task_declares_its_schedules_and_the_api_keeps_its_own,
                a_paused_schedule_waits_and_a_trigger_counts_as_its_run,
            },
            random::{
                every_run_can_end_from_every_state,
            },
            services::{
                a_task_is_granted_namespaces_with_its_version,
                random_steps_of_services_do_what_the_model_does,
                limits_hold_exactly_under_parallel_load,
                one_of_many_makes_a_shared_value,
                many_calls_change_a_value_and_each_once,
            },
            diagnosis::{
                a_sound_database_shows_no_damage,
                damage_of_every_kind_is_found_and_repaired,
                what_a_run_waits_for_is_told,
            },
            upgrade::{
                a_database_of_an_older_schema_is_taken_over,
                a_database_of_another_schema_is_refused,
            },
            api_keys::{
                a_key_is_found_by_its_hash_until_it_is_revoked,
                requests_are_counted_for_a_minute,
                wrong_keys_of_few_clients_are_counted,
                random_steps_of_keys_do_what_the_model_does,
            },
            audit::{
                deeds_are_listed_and_refusals_counted_together,
                the_oldest_deeds_are_forgotten,
            },
            webhooks::{
                webhooks_are_told_at_least_once,
            },
            metering::{
                figures_of_many_workers_add_up,
                runs_are_counted_by_task_and_keep_their_trace,
                the_time_of_an_ended_run_is_counted_by_its_outcome,
            },
            concurrency::{
                many_workers_settle_each_row_once,
                many_instances_open_a_fresh_database,
                no_event_is_lost_between_sending_and_waiting,
                no_end_is_missed_between_a_look_and_the_wait,
            },
        );
    };
}

suite!(on_sqlite, crate::sqlite::Database);
suite!(on_postgres, crate::postgres::Database);
