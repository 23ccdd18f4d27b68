//! A robot whose sensors or joints fail. The command breaks no limit whatever happens; what shows in the measured state stops the robot.

use crate::site::Site;
use spinal_gate::{Mode, Semantics};
use spinal_reflex::Trigger;

/// Runs on with this done to every reading until System 1 stops for it; returns why.
fn stopped_by(site: &mut Site, mut change: impl FnMut(&mut spinal_gate::Measured, usize)) -> Trigger {
    for tick in 0..2_000 {
        site.tick_with(|measured| change(measured, tick));
        if site.cycle.status().mode() >= Mode::Ss1 {
            let trigger = site.trigger();
            (0..1_000).for_each(|more| {
                site.tick_with(|measured| change(measured, tick + more));
            });
            site.is_unharmed();
            assert_eq!(
                (site.cycle.status().power, site.trigger()),
                (0, trigger),
                "latched, without power"
            );
            return trigger;
        }
    }
    site.trigger()
}

// Hazard: H-18, H-19
#[test]
fn a_stuck_encoder_stops_the_robot_as_soon_as_the_joint_should_have_moved() {
    let mut site = Site::still();
    let proposal = site.good(Semantics::JointPosition);
    assert!(site.offer(&proposal).is_admitted());
    let stuck = site.cycle.status().position_measured_rad[2];
    let trigger = stopped_by(&mut site, |measured, _| measured.position_rad[2] = stuck);
    assert_eq!(trigger, Trigger::TrackingError);
}

// Hazard: H-18, H-19
#[test]
fn an_encoder_that_jumps_stops_the_robot() {
    let mut site = Site::moving();
    let jump = 2.0 * crate::arm_cell::profile().tracking_error_max_rad;
    assert_eq!(
        stopped_by(&mut site, |measured, _| measured.position_rad[4] += jump),
        Trigger::TrackingError
    );
}

// Hazard: H-18
#[test]
fn a_small_bias_or_noise_of_an_encoder_moves_the_robot_by_not_a_bit() {
    let mut sound = Site::moving();
    let wanted = sound.run(1_200);
    for change in [0.002, -0.002] {
        let mut site = Site::moving();
        let mut seen = Vec::new();
        for tick in 0..1_200_u64 {
            // Bias in one joint, noise in another: a small generator, for the same numbers everywhere.
            let noise = (tick.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1 << 24) as f64 - 0.5;
            let command = site.tick_with(|measured| {
                measured.position_rad[0] += change;
                measured.position_rad[1] += 0.001 * noise;
            });
            seen.push(command.position_rad().map(f64::to_bits));
        }
        site.is_unharmed();
        assert!(site.cycle.status().mode() <= Mode::Ss2);
        assert!(seen == wanted, "the motion is commanded, and not chased after a sensor");
    }
}

// Hazard: H-17
#[test]
fn every_other_packet_lost_is_no_reason_to_stop() {
    let mut site = Site::moving();
    let mut last = None;
    for tick in 0..600 {
        site.tick_with(|measured| {
            if tick % 2 == 0 {
                last = Some(*measured);
            }
            *measured = last.unwrap();
        });
    }
    site.is_unharmed();
    assert!(site.cycle.status().mode() <= Mode::Ss2);
}

// Hazard: H-19
#[test]
fn friction_that_lets_a_joint_go_only_half_its_way_stops_the_robot() {
    let mut site = Site::still();
    let proposal = site.good(Semantics::JointPosition);
    assert!(site.offer(&proposal).is_admitted());
    let from = site.cycle.status().position_measured_rad[0];
    let trigger = stopped_by(&mut site, |measured, _| {
        measured.position_rad[0] = from + 0.5 * (measured.position_rad[0] - from);
    });
    assert_eq!(trigger, Trigger::TrackingError);
}

// Hazard: H-19
#[test]
fn a_joint_that_loses_its_torque_and_falls_stops_the_robot() {
    let mut site = Site::still();
    let trigger = stopped_by(&mut site, |measured, tick| {
        let since_s = tick as f64 * 1e-3;
        measured.position_rad[1] -= 0.5 * 9.81 * since_s * since_s;
    });
    assert_eq!(trigger, Trigger::TrackingError);
}

// Hazard: H-19
#[test]
fn a_contact_that_blocks_the_arm_stops_it() {
    let mut site = Site::moving();
    let blocked = site.cycle.status().position_measured_rad;
    let trigger = stopped_by(&mut site, |measured, _| measured.position_rad = blocked);
    assert_eq!(trigger, Trigger::TrackingError);
}

// Hazard: H-20
#[test]
fn a_payload_that_nobody_told_lets_the_arm_sag_and_breaks_no_limit() {
    let mut site = Site::moving();
    let sag = 0.5 * crate::arm_cell::profile().tracking_error_max_rad;
    for _ in 0..1_300 {
        site.tick_with(|measured| measured.position_rad[1] -= sag);
    }
    site.is_unharmed();
    assert_eq!(site.cycle.status().at_rest, 1);
    assert!(
        (site.cycle.status().tracking_error_rad - sag).abs() < 0.01,
        "and it shows"
    );
}
