"""What a drawing has to do, and the tests that hold it to that: G folding, L layout, O output, T teaching.

A requirement whose test was renamed or lost is found here.
"""

import ast
from pathlib import Path

import pytest

REQUIREMENTS = {
    "G1 an LSTM over 37 steps has few boxes, two states, and each weight once": """
        fold_roll.test_steps_are_drawn_once  gallery.test_a_plate_has_few_boxes_and_no_overlap""",
    "G2 every node of the tape is in exactly one box": """
        fold.test_a_view_is_the_quotient_of_the_tape  page.test_boxes_stand_for_the_whole_tape""",
    "G3 folding is monotone in the budget, and idempotent": "fold.test_more_budget_never_collapses_more",
    "G4 nothing is merged by name; a step that differs is not rolled, and named": """
        fold.test_modules_of_one_class_and_name_are_never_merged
        fold_roll.test_a_step_that_is_unlike_the_others_is_not_rolled_and_named""",
    "G5 '× N' for the same parameters alone, else '+N more'": """
        fold.test_only_calls_of_the_same_parameters_are_told_as_times
        fold.test_a_run_of_alike_modules_shows_the_first_and_counts_the_others""",
    "G6 edges are those of the tape, and only edges between steps close cycles": """
        fold.test_a_view_is_the_quotient_of_the_tape  fold.test_clusters_make_no_cycle_of_boxes
        fold_roll.test_the_edges_are_those_of_the_tape  fold_roll.test_only_edges_to_the_next_step_close_cycles""",
    "G7 20,000 nodes take less than 5 walks": "fold.test_thousands_of_nodes_are_a_picture_of_few_boxes",
    "G8 depth, open, fold, constants and names are heeded": """
        fold.test_what_is_expanded_can_be_told  fold.test_a_pattern_folds_neighbours
        fold.test_constants_are_text_or_boxes  sources.test_labels_are_those_that_are_given""",
    "G9 100,000 operations in a chain, and 60 doublings, are drawn": """
        trace.test_a_long_chain_needs_no_recursion  trace.test_sharing_is_not_unrolled""",
    "G10 what a sweep made stands in '∇'": """
        fold.test_second_order_nodes_stand_in_a_cluster_of_the_sweep  trace.test_scopes""",
    "L1 there is a layout with an empty PATH, without Graphviz, and with each engine alone": """
        engines.test_with_an_empty_path_there_is_a_layout  engines.test_without_any_graphviz_the_layout_is_ours
        engines.test_where_no_process_can_be_started_the_layout_is_ours
        engines.test_every_engine_keeps_boxes_and_clusters_apart
        engines.test_an_executable_on_the_path_is_asked_for_json""",
    "L2 a time-out, a crash and nonsense end in an error or another layout, and in no process": """
        engines.test_a_worker_that_goes_wrong_is_ended_and_told
        engines.test_an_executable_that_goes_wrong_is_ended_and_told
        engines.test_after_a_crash_the_next_layout_has_a_new_worker
        engines.test_no_process_outlives_the_interpreter  drawing.test_errors""",
    "L3 Ctrl-C ends a layout": "engines.test_ctrl_c_ends_the_wait_and_the_worker",
    "L4 the same graph gives the same bytes in every process": """
        engines.test_the_same_problem_has_the_same_layout_in_every_process
        engines.test_both_ways_to_graphviz_agree_where_they_have_the_same_version
        svg.test_the_same_bytes_in_any_process_and_without_programs
        gallery.test_the_files_are_those_that_would_be_drawn""",
    "L5 no name reaches a layout engine": "engines.test_no_name_is_sent_to_an_engine",
    "L6 no boxes overlap, and every text fits its box": """
        layout.test_a_random_graph_has_a_layout_where
        browser.test_every_text_fits_its_box_as_it_is_painted
        gallery.test_every_text_is_inside_its_box_as_it_is_painted""",
    "L7 too many boxes are an error that names what helps": """
        trace.test_more_boxes_than_one_can_read_are_refused_with_what_helps
        drawing.test_a_drawing_that_fails_leaves_the_old_file""",
    "L8 a picture fits a page of paper with letters of 8 pt, in rows if it is a long strip": """
        drawing.test_a_picture_is_laid_out_so_that_its_letters_are_largest_on_a_page
        layout.test_a_random_graph_stands_in_rows_where  gallery.test_a_plate_has_few_boxes_and_no_overlap""",
    "O1 no name breaks, or gets into, DOT, SVG or HTML": """
        svg.test_no_name_breaks_the_picture  svg.test_text_is_shown_literally  page.test_no_name_breaks_the_page
        drawing.test_source_quotes_names  dot.test_names_are_text_wherever_they_stand""",
    "O2 a page loads nothing": "page.test_nothing_is_loaded_and_only_the_viewer_runs",
    "O3 two drawings on a page leave each other alone": """
        page.test_two_pages_share_no_id  browser.test_two_drawings_in_an_exported_notebook_leave_each_other_alone""",
    "O4 pages are small": "page.test_weight",
    "O5 in an untrusted notebook the picture is there": """
        browser.test_without_scripts_the_picture_and_its_words_are_there
        notebook.test_an_untrusted_notebook_shows_the_picture_in_jupyterlab""",
    "O6 in an exported notebook the viewer runs, and pictures fit": """
        browser.test_two_drawings_in_an_exported_notebook_leave_each_other_alone
        browser.test_a_wide_picture_fits_into_an_exported_notebook""",
    "O7 every format by its suffix; a wrong one names the right ones": """
        drawing.test_save_goes_by_the_suffix  drawing.test_errors  command.test_the_ending_says_the_format""",
    "O8 contrast, light and dark": "svg.test_contrast  browser.test_contrast_as_it_is_painted",
    "O9 the keyboard reaches everything, and all has a name": """
        browser.test_every_control_and_every_box_is_reached_by_the_tab_key_and_has_a_name
        browser.test_modules_open_and_close_by_key  browser.test_search_finds_and_escape_clears
        browser.test_zoom_and_fit_by_key""",
    "O10 a page shows any set of open groups as the picture does": """
        page_layout.test_the_page_is_the_picture  browser.test_every_group_opens_and_closes_whatever_else_is_open""",
    "O11 a page is printed on one sheet": "browser.test_a_picture_is_printed_whole_on_one_page",
    "O12 each export is read by the reader whose format it is, or fits its grammar, whatever a name is": """
        formats.test_mermaid_of_jupyterlab_draws_it  formats.test_latex_reads_it
        formats.test_model_explorers_own_classes_take_it  formats.test_a_plain_graph_survives_a_file
        formats.test_mermaid_has_every_box_edge_and_frame_and_no_name_is_markup
        formats.test_tikz_has_every_box_and_edge_and_no_name_is_a_command
        formats.test_model_explorer_gets_the_whole_tape""",
    "O13 names in LaTeX are mathematics, and Greek names letters": """
        formats.test_names_are_set_as_mathematics  formats.test_a_picture_shows_names_as_mathematics""",
    "T1 what is shown at step k is what a replay of k steps says": """
        events.test_after_k_steps_everything_is_as_a_replay_of_k_steps_says
        browser.test_at_each_step_the_page_shows_what_is_true_then""",
    "T2 the last step is the gradient, and a node used twice shows both contributions": """
        events.test_the_last_step_is_the_gradient_of_the_sweep
        events.test_a_node_that_is_used_twice_gets_both_contributions
        browser.test_both_contributions_of_a_node_used_twice_are_listed""",
    "T3 every primitive has a rule, and its numbers are right": """
        events.test_every_primitive_has_a_rule  events.test_the_numbers_that_are_shown_give_what_is_shown""",
    "T4 a gradient that is not there is blank, with a hint": """
        drawing.test_notes_say_how_to_fill_a_blank  svg.test_zero_is_no_missing_gradient
        browser.test_before_backward_gradients_are_blank_with_a_hint""",
    "T5 a pass that fails is drawn up to the operation": """
        sources.test_a_pass_that_fails_is_drawn_up_to_the_operation
        sources.test_a_module_whose_pass_fails_is_drawn_in_its_clusters""",
    "T6 labels are the names that were given": "sources.test_labels_are_those_that_are_given",
    "T7 picture and description list the same boxes": "sources.test_picture_and_description_list_the_same_boxes",
    "T8 drawing changes nothing, and what has no history is a clear error": """
        trace.test_reading_changes_nothing  events.test_the_steps_change_nothing
        sources.test_running_a_module_changes_nothing_of_it  trace.test_errors""",
    "T9 steps are those of boxes, with what crosses each line as it is crossed": """
        browser.test_arrow_keys_step_boxes_with_the_numbers_on_their_lines
        browser.test_a_line_to_the_next_step_lights_when_something_first_crosses_it
        browser.test_time_steps_stand_apart_at_the_press_of_a_button""",
}


def test_no_requirement_is_left_out():
    counts = {"G": 10, "L": 8, "O": 13, "T": 9}
    expected = [f"{letter}{n}" for letter, most in counts.items() for n in range(1, most + 1)]
    assert [text.split()[0] for text in REQUIREMENTS] == expected


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_has_tests(requirement):
    for name in REQUIREMENTS[requirement].split():
        file, test = name.split(".")
        tree = ast.parse(Path(__file__).with_name(f"test_{file}.py").read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
