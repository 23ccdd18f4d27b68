//! Instants, order and clocks.

use crate::site::{PERIOD_NS, Site, admitted, encoded, refused};
use spinal_gate::{Check, Outcome, Proposal, Semantics};
use spinal_reflex::Trigger;

const OLDEST_NS: i64 = 300_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;

fn shifted(proposal: &mut Proposal, by_ns: i64) {
    proposal.observed_at_ns += by_ns;
    proposal.made_at_ns += by_ns;
}

// Hazard: H-11
#[test]
fn a_stale_proposal_is_refused_from_the_first_nanosecond() {
    admitted(Semantics::JointPosition, |proposal| {
        proposal.observed_at_ns -= OLDEST_NS
    });
    let finding = refused(Semantics::JointPosition, Check::Age, |proposal| {
        proposal.observed_at_ns -= OLDEST_NS + 1;
    });
    assert_eq!(
        (finding.value, finding.limit),
        (OLDEST_NS as f64 + 1.0, OLDEST_NS as f64)
    );
    refused(Semantics::JointPosition, Check::Age, |proposal| {
        proposal.valid_until_ns = proposal.made_at_ns - 1;
    });
}

// Hazard: H-11
#[test]
fn a_proposal_from_the_future_is_refused() {
    for ahead_ns in [1, 1_000_000, HOUR_NS] {
        refused(Semantics::JointPosition, Check::Age, |proposal| {
            proposal.made_at_ns += ahead_ns
        });
        refused(Semantics::JointPosition, Check::Age, |proposal| {
            shifted(proposal, ahead_ns)
        });
    }
    refused(Semantics::JointPosition, Check::Age, |proposal| {
        proposal.made_at_ns = proposal.observed_at_ns - 1;
    });
}

/// A robot that follows proposal 2.
fn second() -> (Site, Proposal, Proposal) {
    let mut site = Site::moving();
    let first = site.good(Semantics::JointPosition);
    assert!(site.offer(&first).is_admitted());
    site.run(100);
    let second = site.good(Semantics::JointPosition);
    assert!(site.offer(&second).is_admitted());
    site.run(50);
    (site, first, second)
}

// Hazard: H-11
#[test]
fn proposals_out_of_order_twice_or_again_later_are_refused() {
    let (mut site, first, second) = second();
    for old in [&first, &second] {
        let verdict = site.offer(old);
        let finding = verdict
            .findings()
            .find(|finding| finding.check == Check::Order)
            .unwrap();
        assert_eq!(
            (finding.value, finding.limit),
            (old.sequence as f64, second.sequence as f64)
        );
        assert_eq!(site.offer_bytes(&encoded(old)).outcome, Outcome::Refused);
    }
    site.goes_on_to_rest();
    // With a fresh number it is still too old.
    let again = Proposal {
        sequence: second.sequence + 1,
        ..second
    };
    assert!(site.offer(&again).findings().any(|finding| finding.check == Check::Age));
    site.goes_on_to_rest();
}

// Hazard: H-11
#[test]
fn a_wall_clock_or_one_that_is_an_hour_off_is_refused() {
    let wall_clock_ns = 1_790_000_000_000_000_000;
    for by_ns in [-HOUR_NS, HOUR_NS, wall_clock_ns] {
        refused(Semantics::JointPosition, Check::Age, |proposal| {
            shifted(proposal, by_ns);
            proposal.valid_until_ns = proposal.valid_until_ns.saturating_add(by_ns);
        });
    }
}

// Hazard: H-10
#[test]
fn a_period_of_zero_or_less_is_refused_in_every_semantics() {
    for semantics in Semantics::ALL {
        for period_ns in [0, -1, -100_000_000, i64::MIN] {
            refused(semantics, Check::Shape, |proposal| proposal.period_ns = period_ns);
        }
    }
}

// Hazard: H-21
#[test]
fn ticks_at_the_same_instant_or_earlier_break_no_limit() {
    for back_ns in [PERIOD_NS, 2 * PERIOD_NS, 20 * PERIOD_NS, HOUR_NS] {
        let mut site = Site::moving();
        site.now_ns -= back_ns;
        site.run(1500);
        site.is_unharmed();
        assert_eq!(site.cycle.status().at_rest, 1);
    }
    // The clock stands still for 40 ticks.
    let mut site = Site::moving();
    for _ in 0..40 {
        site.now_ns -= PERIOD_NS;
        site.run(1);
    }
    site.run(1500);
    site.is_unharmed();
}

#[test]
fn seconds_milliseconds_and_microseconds_for_nanoseconds_are_named_as_a_mixed_up_unit() {
    for scale in [1_000, 1_000_000, 1_000_000_000] {
        for check in [Check::Units, Check::Age] {
            refused(Semantics::JointPosition, check, |proposal| {
                proposal.observed_at_ns /= scale
            });
            refused(Semantics::JointPosition, check, |proposal| {
                proposal.observed_at_ns /= scale;
                proposal.made_at_ns /= scale;
                proposal.valid_until_ns /= scale;
            });
        }
        // 100 ms as 100 µs, 100 ns and 0.
        refused(Semantics::JointPosition, Check::Shape, |proposal| {
            proposal.period_ns /= scale
        });
    }
    // Nanoseconds for milliseconds the other way: a step every 100 s.
    refused(Semantics::JointPosition, Check::Shape, |proposal| {
        proposal.period_ns *= 1000
    });
    assert!(Check::Units.hint().contains("s for ns"));
}

// Hazard: H-11, H-24
#[test]
fn a_source_that_starts_again_with_an_old_number_needs_a_new_epoch() {
    let (mut site, _, _) = second();
    site.sequence = 0;
    let restarted = site.good(Semantics::JointPosition);
    assert_eq!(restarted.sequence, 1);
    assert!(
        site.offer(&restarted)
            .findings()
            .any(|finding| finding.check == Check::Order)
    );
    site.grant(10);
    assert_eq!(
        site.offer(&restarted).outcome,
        Outcome::Refused,
        "the old epoch has no authority"
    );
    let renewed = Proposal { epoch: 10, ..restarted };
    assert!(site.offer(&renewed).is_admitted());
    site.goes_on_to_rest();
}

// Hazard: H-11
#[test]
fn counters_that_wrap_are_refused_until_the_next_epoch() {
    let mut site = Site::moving();
    site.sequence = u64::MAX - 1;
    let last = site.good(Semantics::JointPosition);
    assert!(last.sequence == u64::MAX && site.offer(&last).is_admitted());
    for sequence in [0, 1, u64::MAX] {
        let wrapped = Proposal {
            sequence,
            ..last.clone()
        };
        assert!(
            site.offer(&wrapped)
                .findings()
                .any(|finding| finding.check == Check::Order)
        );
    }
    site.goes_on_to_rest();
    site.grant(u64::MAX);
    // After the last epoch none is higher: what wraps gives no authority.
    for epoch in [0, 1, 9] {
        site.grant(epoch);
        assert_eq!(site.cycle.status().epoch, 9, "the status is of the last tick");
    }
    site.run(1);
    assert_eq!(
        (site.cycle.status().epoch, site.trigger()),
        (u64::MAX, Trigger::AwaitingProposal)
    );
    site.sequence = 0;
    let fresh = Proposal {
        epoch: u64::MAX,
        ..site.good(Semantics::JointPosition)
    };
    assert!(site.offer(&fresh).is_admitted());
    site.goes_on_to_rest();
}
