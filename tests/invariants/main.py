"""Runs the tests of each invariant and writes results.md; see `run`."""

import pathlib
import re
import subprocess
import sys
import textwrap

RESULTS = pathlib.Path("tests/invariants/results.md")
TITLE = """# Invariants and the tests that would fail if they were violated

Written by `tests/invariants/run`. A test is listed as `BINARY/NAME`.
"""

FAULTS = [
    "faults::recording_events_survives_every_fault_of_every_request",
    "faults::an_archive_pass_survives_every_fault_of_every_request",
]
REBUILD = "faults::a_rebuild_of_a_lost_ledger_survives_every_fault_of_every_request"
WALK = "faults::a_walk_survives_every_fault_of_every_request_and_is_never_shorter"
MODEL = "model::random_programs_answer_as_a_naive_model_does"
CRASHES = "crashes::what_was_acknowledged_is_found_once_however_often_the_process_is_killed"
PAUSED = "faults::a_worker_paused_before_any_request_wakes_after_three_other_batches_and_ends_quietly"
MERGE = "claims::no_interleaving_of_a_merge_loses_doubles_or_hides_a_row"
MERGE_READERS = "claims::no_interleaving_of_a_reader_and_a_merge_hides_or_doubles_a_row"
MERGE_LOST = "rebuild::a_merge_whose_targets_exist_or_are_staged_is_switched"
BETWEEN = "faults::a_reader_between_any_two_requests_of_a_pass_sees_every_event_once"

# Each invariant, and the tests that would fail if it were violated, `BINARY::NAME`.
INVARIANTS = {
    "I-1 an acknowledged event is found": [
        *FAULTS,
        WALK,
        REBUILD,
        MODEL,
        CRASHES,
        BETWEEN,
        "archive_pass::a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_fresh_reader",
        "archive_pass::a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_reader_that_kept_the_ledger",
        "archive_pass::a_pass_between_any_two_reads_of_any_round_hides_nothing",
        "archive_pass::publishing_in_one_round_and_deleting_in_a_later_one_hides_and_doubles_nothing",
        "faults::every_read_but_the_probe_for_work_and_that_of_filters_asks_for_strong_consistency",
        "faults::a_put_that_lands_after_two_passes_is_archived_once",
        MERGE,
        MERGE_READERS,
    ],
    "I-2 an event is returned once": [
        *FAULTS,
        REBUILD,
        MODEL,
        CRASHES,
        PAUSED,
        BETWEEN,
        "faults::a_delete_that_lands_late_removes_a_repeat_at_most",
        "faults::a_batch_whose_rows_were_all_archived_before_is_no_batch",
        "archive_pass::four_workers_at_once_archive_each_row_once_and_hide_none",
        "check::an_id_in_two_segments_is_found",
        "archive_pass::a_repeat_of_what_was_archived_in_an_earlier_round_is_returned_once",
        MERGE,
        MERGE_READERS,
        MERGE_LOST,
    ],
    "I-3 no delete before publish": [
        FAULTS[1],
        MODEL,
        CRASHES,
        BETWEEN,
        "faults::another_object_under_a_final_key_is_left_alone_and_stops_the_org_with_its_rows_hot",
        "archive_pass::a_worker_that_is_overtaken_deletes_no_row_that_only_it_could_find_archived",
        "archive_pass::a_worker_that_wakes_among_its_deletes_deletes_repeats_of_its_batch_and_nothing_else",
        MERGE,
        MERGE_LOST,
    ],
    "I-4 sequence numbers are dense": [
        FAULTS[1],
        REBUILD,
        MODEL,
        CRASHES,
        PAUSED,
        "faults::of_two_workers_that_staged_different_rows_for_the_same_number_one_commits",
        "faults::a_commit_that_lands_after_its_author_gave_up_is_finished_or_loses",
        "faults::a_commit_whose_answer_is_lost_is_finished_from_the_ledger",
        "rebuild::a_lost_ledger_says_again_what_it_said",
        "check::damage_in_the_ledger_is_found",
        "check::a_source_that_is_listed_again_and_a_merge_that_is_not_are_found",
    ],
    "I-5 a published object never changes": [
        FAULTS[1],
        MODEL,
        CRASHES,
        PAUSED,
        "faults::a_publish_stopped_after_half_its_copies_is_finished_and_seen_whole",
        "faults::another_object_under_a_final_key_is_left_alone_and_stops_the_org_with_its_rows_hot",
        "check::damage_in_the_bucket_is_found",
        "rebuild::another_object_under_the_key_of_a_segment_settles_nothing",
        MERGE_LOST,
    ],
    "I-6 pages are in strict order": [
        WALK,
        MODEL,
        CRASHES,
        "random_searches::pages_without_any_time_still_come_to_the_end",
        "random_searches::every_search_answers_what_a_plain_filter_answers",
        "real_events::an_archive_pass_between_any_two_pages_changes_nothing",
        "hot_pages::a_page_passes_over_no_row_where_its_sources_stop_at_the_rows_of_a_request",
        "hot_pages::a_page_passes_over_no_row_where_its_sources_stop_at_the_bytes_of_a_request",
        "hot_pages::a_page_passes_over_no_row_where_its_sources_stop_at_its_time",
        "hot_pages::a_page_passes_over_no_row_where_its_sources_stop_at_its_matches",
    ],
    "I-7 nothing crosses an org": [
        MODEL,
        "isolation::a_request_without_a_verified_principal_is_401_on_every_route_whatever_it_asks_for",
        "isolation::a_caller_who_stands_in_a_header_alone_is_not_believed",
        "isolation::a_cursor_of_another_org_or_another_query_is_refused_hot_and_archived",
        "isolation::a_file_that_names_ones_own_org_and_holds_rows_of_another_is_refused",
        "isolation::orgs_whose_ids_begin_alike_see_their_own_events_hot_archived_and_in_both_tiers",
        "many_orgs::two_hundred_orgs_are_archived_in_one_pass_and_none_gets_what_another_owns",
    ],
    "I-8 an event is returned as it was sent": [
        MODEL,
        "real_events::every_line_is_created_once_archived_once_and_returned_once",
        "odd_events::what_is_accepted_comes_back_identical_and_what_is_refused_says_why",
        "odd_events::odd_texts_come_back_in_every_member",
        "damage::no_flipped_bit_of_a_segment_read_by_ranges_gives_a_wrong_answer",
        "damage::no_flipped_bit_of_a_segment_read_whole_gives_a_wrong_answer",
        "bad_input::a_large_segment_with_random_damage_is_an_error_or_answers_right",
    ],
    "I-9 what cannot be handled is isolated, kept and counted": [
        "damage::a_hot_row_that_cannot_be_read_is_skipped_counted_and_kept",
        "hot_pages::an_unreadable_row_counts_once_wherever_rounds_and_pages_end",
        "damage::rows_that_a_damaged_segment_may_hold_stay_hot_and_are_counted",
        "damage::an_org_whose_pass_fails_stops_no_other",
        "bad_input::a_segment_with_random_damage_is_an_error_or_answers_right",
        "bad_input::a_bad_line_among_events_is_refused_by_its_number_and_the_good_ones_are_stored",
        "check::a_hot_row_that_cannot_be_read_is_named_and_stops_nothing",
    ],
    "I-10 the ledger explains the chain of claims": [
        FAULTS[1],
        MODEL,
        "claims::an_older_copy_of_the_ledger_within_a_batch_is_refused_by_readers_and_workers",
        "claims::a_lost_ledger_table_is_503_and_numbers_no_row",
        "claims::a_ledger_that_was_restored_into_another_table_is_foreign_even_if_it_is_complete",
        "claims::another_claim_under_the_number_stops_the_org_and_is_never_overwritten",
        "claims::no_segment_is_copied_before_its_batch_is_claimed_and_no_row_deleted_before_that_is_claimed_as_published",
        "claims::workers_of_two_processes_put_one_chain",
        REBUILD,
        "rebuild::a_paused_worker_of_the_earlier_ledger_neither_publishes_nor_deletes_after_the_rebuild_claim",
        "rebuild::the_head_is_written_when_the_wait_after_the_claim_is_over_and_all_orgs_wait_at_once",
        "rebuild::of_rebuilds_that_run_at_once_the_ledger_of_the_newest_claim_is_used",
        "check::a_missing_or_altered_claim_is_found_in_the_bucket_and_in_the_ledger",
        MERGE,
        "claims::an_older_copy_of_the_ledger_within_a_merge_is_refused_by_readers_and_workers",
    ],
    "T-1 one tree for each org": [
        FAULTS[1],
        REBUILD,
        "archive_pass::the_leaves_of_a_batch_are_those_of_its_published_files_and_extend_the_tree",
        "archive_pass::rows_that_are_not_those_of_the_claimed_tree_stop_the_org_before_a_tile_is_written",
        "rebuild::a_log_continues_after_its_ledger_was_lost_anywhere_in_a_batch",
    ],
    "T-2 only what is published is signed": [
        FAULTS[1],
        "archive_pass::workers_of_two_processes_sign_one_root_of_each_size",
        "archive_pass::only_what_is_published_and_stored_as_tiles_is_signed",
        "archive_pass::a_head_that_was_read_before_its_batch_became_void_signs_nothing",
        "archive_pass::an_older_ledger_that_was_restored_signs_nothing",
        "archive_pass::a_second_key_may_sign_the_same_tree_and_no_key_another_one",
        "archive_pass::a_kms_that_is_silent_or_refuses_delays_proofs_and_no_pass",
        "check::a_checkpoint_that_is_not_that_of_a_published_batch_is_found_and_stops_a_rebuild",
    ],
    "T-3 an entry is a function of the row": [
        REBUILD,
        "proofs::any_value_of_any_row_that_was_altered_is_found",
        "proofs::an_erased_event_keeps_its_leaf_and_proof_and_no_guess_about_it_can_be_tested",
    ],
    "T-4 tiles and checkpoints are created once": [
        FAULTS[1],
        REBUILD,
        "archive_pass::the_tiles_of_every_published_size_are_those_of_a_naive_tree",
        "archive_pass::another_tile_under_a_path_stops_the_org_with_its_rows_hot",
        "archive_pass::workers_that_extend_a_log_at_once_write_the_same_tiles",
        "check::a_missing_or_altered_tile_is_found_those_of_earlier_checkpoints_included",
    ],
    "T-5 each sealed event is proven": [
        "proofs::every_event_of_every_batch_and_month_is_proven_under_a_number_of_its_own",
        "proofs::checkpoints_are_listed_newest_first_and_each_begins_with_the_one_before_by_its_tiles",
        "proofs::a_tile_that_was_altered_makes_no_proof",
        "proofs::a_session_gets_the_proofs_of_its_events_and_of_no_other",
    ],
}


def run(binary):
    """Runs a test binary; returns the result and the figures of each of its tests, by their last names."""
    command = ["cargo", "test", "--workspace", "--locked", "--test", binary, "--", "--show-output"]
    print("+", *command, flush=True)
    output = subprocess.run(command, capture_output=True, text=True).stdout
    results = dict(re.findall(r"^test (\S+) \.\.\. (\w+)", output, re.M))
    sections = re.split(r"^---- (\S+) stdout ----$", output, flags=re.M)[1:]
    printed = dict(zip(sections[::2], sections[1::2]))
    figures = {name: re.findall(r"^figures: (.*)$", text, re.M) for name, text in printed.items()}
    return {name.split("::")[-1]: (result, figures.get(name, [])) for name, result in results.items()}


def check(wanted):
    """Asserts that every test exists."""
    sources = {
        binary: [*pathlib.Path("tests/tests").glob(f"{binary}/**/*.rs"), *pathlib.Path("tests/tests").glob(f"{binary}.rs"),
                 *pathlib.Path("crates/cli/tests").glob(f"{binary}/**/*.rs")]
        for binary in {test.split("::")[0] for test in wanted}
    }
    missing = [
        test
        for test in wanted
        if not any(f"fn {test.split('::')[1]}(" in file.read_text() for file in sources[test.split("::")[0]])
    ]
    assert not missing, f"these tests do not exist: {missing}"
    print(f"{len(wanted)} tests of {len(INVARIANTS)} invariants exist")


def main(arguments):
    wanted = sorted({test for tests in INVARIANTS.values() for test in tests})
    if arguments == ["--check"]:
        return check(wanted)
    results = {}
    for binary in sorted({test.split("::")[0] for test in wanted}):
        results.update({f"{binary}::{name}": result for name, result in run(binary).items()})
    lines = [TITLE]
    for invariant, tests in INVARIANTS.items():
        passed = sum(results.get(test, ("missing",))[0] == "ok" for test in tests)
        lines += [f"## {invariant}", "", f"{passed} of {len(tests)} tests pass:", ""]
        lines += [f"- `{test.replace('::', '/')}`" for test in tests]
        lines.append("")
    lines += ["## Figures", ""]
    for test in wanted:
        figures = results.get(test, ("", []))[1]
        lines += [f"- `{test.replace('::', '/')}`"] * bool(figures)
        lines += [textwrap.fill(f"  - {each}", 120, subsequent_indent="    ") for each in figures]
    RESULTS.write_text("\n".join(lines) + "\n")
    bad = [test for test in wanted if results.get(test, ("missing",))[0] != "ok"]
    for test in bad:
        print(f"{test}: {results.get(test, ('missing',))[0]}")
    print(f"{len(wanted) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
