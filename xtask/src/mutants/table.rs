//! The faults that were made elsewhere and must not be made here, each with the tests that would notice.

/// In `target`: the unit tests inside the library.
pub(super) const LIBRARY: &str = "lib";

pub(super) struct Mutant {
    /// What `RINGBACK_MUTANT` is set to.
    pub(super) number: u8,
    /// What goes wrong, in words.
    pub(super) fault: &'static str,
    pub(super) package: &'static str,
    /// The test target, as in `--test TARGET`, or [`LIBRARY`].
    pub(super) target: &'static str,
    /// Full names, as the harness prints them.
    pub(super) tests: &'static [&'static str],
}

pub(super) const MUTANTS: &[Mutant] = &[
    in_store(
        1,
        "the head of the queue is looked at, not claimed: two call-ends dial the same caller",
        &["races::postgres::many_free_channels_dial_one_caller_once"],
    ),
    in_store(
        2,
        "a channel is seen free and taken later; who loses the race has failed without a dial",
        &["races::postgres::who_loses_the_race_for_a_channel_stays_waiting_and_unspent"],
    ),
    in_store(
        3,
        "a burst of call-ends starts as many calls as wait, whatever the channels",
        &[
            "channels::sqlite::a_phone_never_dials_more_calls_than_it_has_channels",
            "channels::sqlite::a_burst_of_ends_starts_no_more_calls_than_channels_are_free",
        ],
    ),
    in_store(
        4,
        "the lease is taken under an id that is still empty, so that all outbound calls count as one",
        &["channels::sqlite::a_phone_never_dials_more_calls_than_it_has_channels"],
    ),
    in_store(
        5,
        "a request to the carrier that fails leaves its channel taken",
        &["channels::sqlite::a_request_that_fails_frees_its_channel"],
    ),
    in_store(
        6,
        "one deadline for all calls of a phone: a leaked one lives on with the others",
        &["channels::sqlite::each_lease_has_a_deadline_of_its_own"],
    ),
    in_store(
        7,
        "an end event that comes before the carrier's id is stored is dropped",
        &[
            "carrier_events::sqlite::an_end_event_before_the_answer_to_the_request_is_applied_by_our_reference",
            "carrier_events::sqlite::an_end_event_under_an_id_that_nobody_knows_yet_is_kept_and_matched",
        ],
    ),
    in_store(8, "a request whose answer was lost counts as failed", &["unknown::sqlite::a_lost_answer_is_unknown_and_never_dialed_again"]),
    in_store(9, "a stalled worker's job runs again", &["unknown::sqlite::a_stalled_request_is_reconciled_and_not_run_again"]),
    in_store(
        10,
        "a late worker overwrites a newer result",
        &[
            "placing::sqlite::a_late_worker_changes_nothing_after_an_event",
            "placing::sqlite::a_late_worker_changes_nothing_after_the_reconciler",
        ],
    ),
    in_store(
        11,
        "a wake-up is lost and the fallback looks once a minute",
        &["sweep::sqlite::what_waits_is_found_within_a_second_although_every_wake_up_was_lost"],
    ),
    in_store(
        12,
        "a miss is written in two transactions: a crash in between loses the callback",
        &["crashes::sqlite::a_miss_is_on_disk_as_a_whole_or_not_at_all"],
    ),
    in_store(13, "the queue lives outside the database: a restart forgets it", &["crashes::sqlite::a_restart_forgets_nobody_who_waits"]),
    in_store(14, "a retry gives its attempt a state that nobody reads", &["people::sqlite::a_retried_attempt_is_dialed_like_a_first_one"]),
    in_store(
        15,
        "the end of a campaign starts all it held at once, whatever the channels",
        &["campaigns::sqlite::after_the_campaign_it_is_first_come_first_served_within_the_channels"],
    ),
    in_store(
        16,
        "a caller is told that he will be called back, and nothing is recorded",
        &["inbound::sqlite::a_caller_who_finds_all_channels_busy_is_on_disk_before_he_is_told"],
    ),
    in_store(
        17,
        "calling off leaves the job in the queue, and it dials",
        &["inbound::sqlite::an_answered_call_closes_the_open_callback_and_cancels_its_attempt"],
    ),
    in_store(
        18,
        "a carrier's request that is sent again makes a second call and a second promise",
        &["inbound::sqlite::a_repeated_question_gets_the_same_answer_and_makes_nothing_twice"],
    ),
    in_store(19, "two channels spend the same last credits", &["credits::sqlite::two_channels_never_spend_the_same_last_credits"]),
    in_store(
        20,
        "the sweep finds a phone once per attempt that waits there",
        &["sweep::sqlite::each_phone_is_found_once_however_many_wait"],
    ),
    in_store(
        21,
        "one score orders the queue: low overtakes high after 16.7 minutes, and a future head blocks",
        &[
            "dialing_order::sqlite::low_never_overtakes_high_however_long_it_waits",
            "dialing_order::sqlite::a_future_head_does_not_block_those_behind_it",
        ],
    ),
    in_store(22, "an attempt is completed when its dial was accepted", &["carrier_events::sqlite::an_accepted_request_completes_nothing"]),
];

const fn in_store(number: u8, fault: &'static str, tests: &'static [&'static str]) -> Mutant {
    Mutant { number, fault, package: "ringback-store", target: "it", tests }
}
