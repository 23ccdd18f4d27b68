//! Too much, too little, too late.

use crate::site::{PERIOD_NS, Site};
use proptest::prelude::*;
use spinal_gate::{Mode, Semantics};
use spinal_reflex::Trigger;

// Hazard: H-10, H-16
#[test]
fn a_hundredfold_flood_of_good_proposals_is_answered_one_by_one_and_breaks_no_limit() {
    let mut site = Site::moving();
    // A policy decides five times a second; this one does so at every second tick.
    for _ in 0..250 {
        let proposal = site.good(Semantics::JointPosition);
        assert!(site.offer(&proposal).is_admitted());
        site.run(2);
    }
    site.goes_on_to_rest();
    assert_eq!(site.cycle.status().admitted + site.cycle.status().trimmed, 251);
}

// Hazard: H-12
#[test]
fn a_slow_drip_of_proposals_stops_the_robot_each_time_and_it_goes_on_each_time() {
    let mut site = Site::still();
    for _ in 0..4 {
        let proposal = site.good_of(Semantics::JointPosition, 2, 100_000_000);
        assert!(site.offer(&proposal).is_admitted());
        site.run(1);
        assert_eq!(site.cycle.status().mode(), Mode::Track);
        site.goes_on_to_rest();
        assert_eq!(site.trigger(), Trigger::ProposalGap);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    // Hazard: H-21
    #[test]
    fn ticks_that_are_lost_to_a_hog_of_the_processor_break_no_limit(lost in proptest::collection::vec(0_i64..9, 900)) {
        let mut site = Site::moving();
        for periods in lost {
            site.now_ns += periods * PERIOD_NS;
            site.run(1);
        }
        site.is_unharmed();
        prop_assert!(site.trigger().stop() <= Mode::Ss2, "some late ticks are no fault: {:?}", site.trigger());
        site.goes_on_to_rest();
    }
}
