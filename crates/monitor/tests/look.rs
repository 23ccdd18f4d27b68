//! The monitor alone: readings in, words out. Time is in the test's hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use spinal_monitor::{
    Chain, Check, JOINTS_MAX, JointRange, Limits, Link, Monitor, Pulse, Reading, Stop, Times, Tolerance, Wall, Word,
    Zone,
};

const MS: i64 = 1_000_000;

fn limits() -> Limits {
    Limits {
        joints: vec![
            JointRange {
                position_min_rad: -1.0,
                position_max_rad: 1.0,
                velocity_max_rad_s: 1.0,
            };
            2
        ],
        tool_speed_max_m_s: f64::INFINITY,
        keep_in: Vec::new(),
        keep_out: Vec::new(),
        walls: Vec::new(),
        chain: Some(planar()),
        tolerance: Tolerance {
            position_rad: 0.1,
            velocity_rad_s: 0.05,
            tool_speed_m_s: 0.05,
            zone_m: 0.04,
            rest_rad_s: 0.05,
        },
        times: Times {
            escalate_ns: 100 * MS,
            escalate_growing_ns: 50 * MS,
            stop_begin_ns: 50 * MS,
            stop_end_ns: 300 * MS,
            alive_max_ns: 40 * MS,
            reading_age_max_ns: 40 * MS,
            speed_window_ns: 16 * MS,
        },
    }
}

/// Two links of 1 m in the plane.
fn planar() -> Chain {
    let along = [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    let link = Link {
        offset_rad: 0.0,
        fixed: along,
    };
    Chain {
        links: vec![link; 2],
        tool: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]],
    }
}

struct Scene {
    monitor: Monitor,
    now_ns: i64,
    ticks: u64,
    at: [f64; JOINTS_MAX],
    is_stopping: bool,
    is_estop_up: bool,
    is_robot_silent: bool,
    reading_ns: i64,
}

impl Scene {
    fn new(limits: Limits) -> Scene {
        Scene {
            monitor: Monitor::new(limits).unwrap(),
            now_ns: 1_000 * MS,
            ticks: 0,
            at: [0.0; JOINTS_MAX],
            is_stopping: false,
            is_estop_up: false,
            is_robot_silent: false,
            reading_ns: 0,
        }
    }

    /// One millisecond, with the first joint at this speed (rad/s).
    fn go(&mut self, speed: f64) -> Word {
        self.now_ns += MS;
        self.ticks += 1;
        self.at[0] += speed * 1e-3;
        self.look()
    }

    fn look(&mut self) -> Word {
        if !self.is_robot_silent {
            self.reading_ns = self.now_ns;
        }
        let reading = Reading {
            at_ns: self.reading_ns,
            position_rad: self.at,
        };
        let pulse = Pulse {
            ticks: self.ticks,
            is_stopping: self.is_stopping,
        };
        self.monitor
            .look(self.now_ns, Some(&reading), Some(&pulse), self.is_estop_up)
    }

    fn go_for(&mut self, milliseconds: usize, speed: f64) -> Word {
        (0..milliseconds).map(|_| self.go(speed)).last().unwrap()
    }

    /// Milliseconds until it asks for this stop.
    fn time_to(&mut self, stop: Stop, speed: f64) -> usize {
        (1..5_000).find(|_| self.go(speed).stop >= stop).unwrap()
    }
}

#[test]
fn a_robot_inside_its_limits_is_left_alone() {
    let mut scene = Scene::new(limits());
    for k in 0..20 {
        let speed = if k % 2 == 0 { 0.99 } else { -0.99 };
        assert_eq!(scene.go_for(500, speed).stop, Stop::None);
    }
    assert!((scene.monitor.speeds().unwrap().0 - 0.99).abs() < 1e-9);
}

// Hazard: H-01, H-19, H-22
#[test]
fn a_position_beyond_limit_and_tolerance_is_found_on_both_sides_and_one_within_is_not() {
    for sign in [1.0, -1.0] {
        let mut scene = Scene::new(limits());
        scene.at[1] = sign * 1.0999;
        assert_eq!(scene.go_for(5, 0.0).stop, Stop::None);
        scene.at[1] = sign * 1.1001;
        scene.now_ns += 400 * MS;
        let word = scene.go(0.0);
        assert_eq!((word.stop, word.check, word.joint), (Stop::Ss2, Check::Position, 1));
        assert!(word.value > word.limit && (word.value - 0.1001).abs() < 1e-9);
    }
}

// Hazard: H-02, H-19, H-22
#[test]
fn a_joint_faster_than_limit_and_tolerance_is_found_from_positions_alone() {
    let mut scene = Scene::new(limits());
    scene.at[0] = -0.9;
    assert_eq!(scene.go_for(100, 1.04).stop, Stop::None);
    let word = scene.go_for(30, 1.5);
    assert_eq!((word.stop, word.check, word.joint), (Stop::Ss2, Check::Velocity, 0));
}

// Hazard: H-15
#[test]
fn what_does_not_help_is_followed_by_the_next_worse_stop() {
    let mut scene = Scene::new(limits());
    scene.at[0] = 1.2;
    assert_eq!(scene.time_to(Stop::Ss2, 0.0), 1);
    assert_eq!(scene.time_to(Stop::Ss1, 0.0), 100);
    assert_eq!(scene.time_to(Stop::Sto, 0.0), 100);
}

// Hazard: H-15
#[test]
fn what_grows_is_followed_sooner() {
    let mut scene = Scene::new(limits());
    scene.at[0] = 1.11;
    scene.time_to(Stop::Ss2, 0.0);
    assert_eq!(scene.time_to(Stop::Ss1, 0.5), 50);
    assert_eq!(scene.time_to(Stop::Sto, 0.5), 50);
}

// Hazard: H-14
#[test]
fn what_is_over_is_not_followed_by_a_worse_stop_but_stays_latched_until_a_person_resets_it() {
    let mut scene = Scene::new(limits());
    scene.at[0] = 1.2;
    scene.go(0.0);
    scene.at[0] = 0.0;
    scene.monitor.reset();
    scene.at[0] = 1.2;
    scene.go(0.0);
    scene.at[0] = 0.9;
    scene.now_ns += 400 * MS;
    assert_eq!(scene.go_for(1_000, 0.0).stop, Stop::Ss2);
    scene.monitor.reset();
    assert_eq!(scene.go_for(1_000, 0.0).stop, Stop::None);
}

// Hazard: H-14
#[test]
fn a_reset_does_not_hide_what_is_still_wrong() {
    let mut scene = Scene::new(limits());
    scene.at[0] = 1.2;
    scene.go(0.0);
    scene.monitor.reset();
    assert_eq!(scene.go(0.0).stop, Stop::Ss2);
}

// Hazard: H-15
#[test]
fn an_announced_stop_that_happens_is_left_alone_and_one_that_does_not_is_not() {
    for (brakes, stop) in [(true, Stop::None), (false, Stop::Sto)] {
        let mut scene = Scene::new(limits());
        scene.at[0] = -0.9;
        scene.go_for(100, 0.9);
        scene.is_stopping = true;
        let word = (0..400)
            .map(|k| {
                let speed = if brakes {
                    0.9 * (1.0 - f64::from(k) / 200.0).max(0.0)
                } else {
                    0.9
                };
                scene.go(speed)
            })
            .last()
            .unwrap();
        assert_eq!(word.stop, stop);
        if !brakes {
            assert_eq!(word.check, Check::StopFails);
        }
    }
}

// Hazard: H-15, H-16
#[test]
fn an_emergency_stop_that_nobody_carries_out_is_found_and_ends_in_power_off() {
    let mut scene = Scene::new(limits());
    scene.at[0] = -0.9;
    scene.go_for(100, 0.9);
    scene.is_estop_up = true;
    assert!(scene.time_to(Stop::Sto, 0.9) < 300);
}

// Hazard: H-14, H-19
#[test]
fn a_robot_that_moves_while_it_is_said_to_stand_is_found() {
    let mut scene = Scene::new(limits());
    scene.is_stopping = true;
    assert_eq!(scene.go_for(1_000, 0.0).stop, Stop::None);
    assert_eq!(scene.go_for(50, 0.2).check, Check::StopFails);
}

// Hazard: H-21
#[test]
fn a_tick_counter_that_stands_still_takes_the_power_because_nobody_would_hear_a_request() {
    let mut scene = Scene::new(limits());
    scene.go_for(10, 0.0);
    let words: Vec<Word> = (0..60)
        .map(|_| {
            scene.now_ns += MS;
            scene.look()
        })
        .collect();
    assert_eq!(words[39].stop, Stop::None);
    assert_eq!((words[40].stop, words[40].check), (Stop::Sto, Check::Alive));
}

// Hazard: H-17
#[test]
fn readings_that_stay_away_are_found() {
    let mut scene = Scene::new(limits());
    scene.go_for(10, 0.0);
    scene.is_robot_silent = true;
    assert_eq!(scene.go_for(40, 0.0).stop, Stop::None);
    let word = scene.go(0.0);
    assert_eq!((word.stop, word.check), (Stop::Ss1, Check::Blind));
}

// Hazard: H-18
#[test]
fn a_reading_that_is_no_number_takes_the_power_at_once() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut scene = Scene::new(limits());
        scene.go_for(10, 0.0);
        scene.at[1] = bad;
        let word = scene.go(0.0);
        assert_eq!((word.stop, word.check), (Stop::Sto, Check::NotFinite));
    }
}

#[test]
fn a_machine_that_stood_still_is_no_reason_to_stop_the_robot() {
    let mut scene = Scene::new(limits());
    scene.go_for(100, 0.5);
    scene.now_ns += 2_000 * MS;
    assert_eq!(
        scene.go(0.5).stop,
        Stop::None,
        "nobody ran meanwhile, the monitor neither"
    );
}

// Hazard: H-03
#[test]
fn the_tool_is_held_to_its_speed_and_its_zones() {
    let zone = Zone {
        middle_m: [2.0, 0.0, 0.0],
        half_m: [0.5, 0.5, 0.1],
        turn_rad: 0.0,
    };
    let mut scene = Scene::new(Limits {
        tool_speed_max_m_s: 1.0,
        ..limits()
    });
    // Two metres from the axis, 0.6 rad/s are 1.2 m/s.
    scene.time_to(Stop::Ss2, 0.6);
    assert_eq!(scene.go(0.6).check, Check::ToolSpeed);

    let mut scene = Scene::new(Limits {
        keep_in: vec![zone],
        ..limits()
    });
    assert_eq!(scene.go_for(100, 0.0).stop, Stop::None);
    scene.at[0] = 0.4;
    scene.now_ns += 400 * MS;
    assert_eq!(scene.go(0.0).check, Check::KeepIn, "y is 0.78 there");

    let mut scene = Scene::new(Limits {
        keep_out: vec![zone],
        ..limits()
    });
    assert_eq!(scene.go(0.0).check, Check::KeepOut);

    let mut scene = Scene::new(Limits {
        walls: vec![Wall {
            point_m: [0.0, 0.3, 0.0],
            normal: [0.0, -1.0, 0.0],
        }],
        ..limits()
    });
    assert_eq!(scene.go_for(100, 0.0).stop, Stop::None);
    scene.at[0] = 0.4;
    scene.now_ns += 400 * MS;
    let word = scene.go(0.0);
    assert_eq!(word.check, Check::KeepIn);
    assert!((word.value - (2.0 * 0.4_f64.sin() - 0.3)).abs() < 1e-12);
}

// Hazard: H-08
#[test]
fn a_turned_zone_is_turned() {
    let mut scene = Scene::new(Limits {
        keep_in: vec![Zone {
            middle_m: [0.0; 3],
            half_m: [3.0, 0.1, 0.1],
            turn_rad: 0.4,
        }],
        ..limits()
    });
    scene.at[0] = 0.4;
    assert_eq!(scene.go_for(100, 0.0).stop, Stop::None, "along the zone's own axis");
    scene.at[0] = 0.0;
    scene.now_ns += 400 * MS;
    assert_eq!(scene.go(0.0).check, Check::KeepIn);
}

#[test]
fn the_chain_places_the_tool_where_geometry_says() {
    let mut at = [0.0; JOINTS_MAX];
    (at[0], at[1]) = (0.3, 0.5);
    let tool = planar().tool_m(&at);
    let expected = [0.3_f64.cos() + 0.8_f64.cos(), 0.3_f64.sin() + 0.8_f64.sin(), 0.0];
    assert!(tool.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
}

// Hazard: H-23
#[test]
fn limits_that_cannot_be_held_are_refused() {
    let refused = |change: fn(&mut Limits)| {
        let mut limits = limits();
        change(&mut limits);
        Monitor::new(limits).err().map(|error| error.field).unwrap_or_default()
    };
    assert_eq!(refused(|limits| limits.joints.clear()), "joints");
    assert_eq!(refused(|limits| limits.joints[0].position_max_rad = f64::NAN), "joints");
    assert_eq!(
        refused(|limits| limits.tolerance.position_rad = -1.0),
        "position_tolerance_rad"
    );
    assert_eq!(refused(|limits| limits.times.alive_max_ns = 0), "alive_max_ms");
    assert_eq!(refused(|limits| limits.times.stop_end_ns = 1), "stop_end_ms");
    assert_eq!(
        refused(|limits| limits.tool_speed_max_m_s = f64::NAN),
        "tool_speed_max_m_s"
    );
    assert_eq!(
        refused(|limits| (limits.chain, limits.tool_speed_max_m_s) = (None, 1.0)),
        "chain"
    );
}

#[test]
fn a_word_comes_back_from_its_bytes_and_no_cut_or_unknown_one_does() {
    let mut scene = Scene::new(limits());
    scene.at[0] = 1.2;
    let word = scene.go(0.0);
    let bytes = word.encode();
    assert_eq!(Word::decode(&bytes), Some(word));
    assert!((0..bytes.len()).all(|cut| Word::decode(&bytes[..cut]).is_none()));
    for place in [16, 17] {
        let mut bytes = bytes;
        bytes[place] = 99;
        assert_eq!(Word::decode(&bytes), None);
    }
}

// Hazard: H-18
#[test]
fn an_encoder_with_noise_of_a_tenth_of_a_milliradian_is_no_false_alarm_at_full_speed() {
    let mut scene = Scene::new(limits());
    scene.at[0] = -1.0;
    let mut seed = 1_u64;
    for k in 0..20_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let noise = ((seed >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 2e-4;
        let way = if (k / 1_900) % 2 == 0 { 1e-3 } else { -1e-3 };
        scene.at[0] += way;
        scene.now_ns += MS;
        scene.ticks += 1;
        scene.at[0] += noise;
        let word = scene.look();
        scene.at[0] -= noise;
        assert_eq!(word.stop, Stop::None, "{word:?}");
    }
}
