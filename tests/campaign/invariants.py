"""What a sync promises, and where each promise is judged. ``test_invariants`` sees to it that the tests are there."""

JUDGED = {
    "comes to rest within three passes, and then writes nothing": (
        "campaign/test_histories.py::test_nothing_is_lost_doubled_or_deleted_in_random_histories",
        "campaign/test_histories.py::test_what_nobody_edited_is_not_written_again",
        "campaign/test_invariants.py::test_a_pass_without_news_leaves_the_state_as_it_was",
    ),
    "loses no edit but gap edits, which are counted and kept where the service has a history": (
        "campaign/test_histories.py::test_nothing_is_lost_doubled_or_deleted_in_random_histories",
        "sync/test_weather.py::test_nothing_lost_nothing_doubled",
        "sync/test_outdated.py::test_an_edit_in_the_gap_is_counted_and_kept_where_the_service_keeps_history",
    ),
    "makes no second record while the service keeps its times; tells one where it does not": (
        "campaign/test_histories.py::test_nothing_is_lost_doubled_or_deleted_in_random_histories",
        "campaign/test_sigkill.py::test_after_ten_kills_nothing_is_lost_and_nothing_doubled",
        "sync/test_memory.py::test_a_copied_row_is_told_and_does_not_stop_the_sync",
    ),
    "deletes nothing without proof": (
        "campaign/test_listings.py::test_a_bad_listing_deletes_nothing",
        "campaign/test_listings.py::test_a_plan_over_the_limit_is_refused",
        "sync/test_deletions.py::test_no_bad_listing_deletes_anything",
        "sync/test_deletions.py::test_a_look_long_ago_is_no_proof_of_today",
    ),
    "does not loop, whoever writes on the other side": (
        "sync/test_runs.py::test_a_field_that_swings_to_and_fro_is_left_alone_until_a_person_decides",
        "sync/test_runs.py::test_more_than_six_writes_an_hour_are_too_many",
    ),
    "applies a plan once, whatever is repeated": (
        "sync/test_outdated.py::test_a_plan_is_applied_once",
        "campaign/test_enumerated.py::test_one_fault_for_every_call",
    ),
    "refuses a plan that is out of date as a whole; leaves out what moved": (
        "sync/test_outdated.py::test_a_plan_of_another_state_is_refused",
        "sync/test_outdated.py::test_a_plan_of_other_mappings_is_refused",
        "sync/test_outdated.py::test_a_plan_is_good_for_a_day",
        "sync/test_outdated.py::test_only_what_moved_since_the_plan_is_left_out",
    ),
    "ends after a crash where it would have ended, with no conflict that nobody caused": (
        "campaign/test_enumerated.py::test_a_record_that_was_claimed_before_a_crash_still_gets_its_twin",
        "campaign/test_sigkill.py::test_after_ten_kills_nothing_is_lost_and_nothing_doubled",
        "campaign/test_torn.py::test_a_commit_that_did_not_reach_the_disk_whole_never_was",
        "sync/test_recover.py::test_a_source_that_is_edited_again_makes_no_conflict",
    ),
    "writes only the fields that the plan names": (
        "campaign/test_histories.py::test_nothing_is_lost_doubled_or_deleted_in_random_histories",
        "connectors/jira/test_update.py::test_only_named_fields_change",
        "connectors/test_memory.py::test_an_update_writes_only_what_it_names_and_claims_when_asked",
    ),
    "believes nothing that came in a broken answer": (
        "campaign/test_enumerated.py::test_one_fault_for_every_call",
        "flows/test_jira_airtable_weather.py::test_html_instead_of_json_is_said_to_be_html",
        "flows/test_jira_airtable_weather.py::test_a_page_that_repeats_its_token_is_no_complete_listing",
    ),
    "moves a cursor only past what is durably queued": (
        "campaign/test_invariants.py::test_a_listing_that_broke_off_moves_no_cursor",
        "campaign/test_histories.py::test_an_engine_broken_on_purpose_is_found_out",
        "sync/test_weather.py::test_a_search_that_lags_is_not_believed",
    ),
    "has one writer at a time, and keeps nobody waiting for a service": (
        "campaign/test_runners.py::test_of_three_runners_one_works",
        "sync/test_runners.py::test_a_run_that_slept_longer_than_its_lease_sends_nothing",
        "sync/test_runs.py::test_a_runner_that_was_fenced_out_writes_nothing_more",
        "sync/test_waiting.py::test_no_service_is_asked_while_the_state_is_held",
    ),
    "waits as it is told to, also in the next run": (
        "campaign/test_storm.py::test_a_storm_is_met_with_silence",
        "campaign/test_storm.py::test_a_job_that_is_started_again_and_again_is_as_quiet",
        "sync/test_asked.py::test_the_next_process_sends_nothing_before_it_may",
    ),
    "takes a renamed field for no change; pauses a removed one alone": (
        "sync/test_drift.py::test_a_renamed_field_writes_nothing_and_goes_on",
        "sync/test_drift.py::test_a_renamed_option_is_no_change_and_a_removed_one_pauses_the_mapping",
        "sync/test_drift.py::test_a_removed_field_pauses_its_mapping_and_clears_nothing",
    ),
    "compares values by laws: equal forms, and back as they were sent": (
        "sdk/test_record.py::test_fingerprints_are_equal_exactly_when_the_canonical_forms_are",
        "campaign/test_histories.py::test_what_nobody_edited_is_not_written_again",
    ),
    "stores the losing value before it sends the winner": (
        "sync/test_policies.py::test_the_loser_is_stored_before_the_winner_is_sent",
    ),
    "clears a field for null and empty only": ("sync/test_memory.py::test_only_null_and_empty_clear_a_field",),
    "holds for a star as for a pair, in any order of visits": (
        "workspace/test_star_weather.py::test_nothing_lost_nothing_doubled",
        "workspace/test_star_weather.py::test_the_order_of_visits_does_not_matter",
    ),
}
ELSEWHERE = {
    "keeps its memory flat": "campaign/memory.py: a part of the campaign, in processes of its own",
    "tells no secret": "conftest.py: every credential of all tests is a canary that may turn up nowhere",
}
