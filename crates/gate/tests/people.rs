//! People near the robot: it stops in time, waits and goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use spinal_arm::Vec3;
use spinal_gate::{
    BodyRegion, Capsule, Check, Contact, ContactType, People, PeopleLimits, PeopleReading, Person, Separation,
    StopFacts,
};

const NOW_NS: i64 = 5_000_000_000;

const LIMITS: Separation = Separation {
    human_speed_m_s: 1.6,
    human_speed_min_m_s: 0.5,
    reaction_s: 0.1,
    intrusion_m: 0.2,
    human_uncertainty_m: 0.1,
    robot_uncertainty_m: 0.02,
    person_radius_m: 0.3,
    person_height_m: 1.9,
    reading_age_max_ns: 300_000_000,
    hysteresis_m: 0.2,
};

const STOP: StopFacts = StopFacts {
    duration_s: 0.4,
    travel_m: 0.25,
    speed_m_s: 1.0,
};

const REST: StopFacts = StopFacts {
    duration_s: 0.0,
    travel_m: 0.0,
    speed_m_s: 0.0,
};

/// Sh 0.8, Sr 0.1, Ss 0.25, C 0.2, Zd 0.1, Zr 0.02 m, with a reading of this very instant.
const REQUIRED_M: f64 = 1.47;

/// Half a metre above the floor, from the base along x.
const ARM: [Capsule; 1] = [Capsule {
    a_m: Vec3::new(0.0, 0.0, 0.5),
    b_m: Vec3::new(0.8, 0.0, 0.5),
    radius_m: 0.06,
}];

fn at(x: f64, y: f64, at_ns: i64) -> PeopleReading {
    let mut reading = PeopleReading::nobody(at_ns);
    reading.count = 1;
    reading.persons[0] = Person {
        foot_m: [x, y, -0.7],
        speed_m_s: None,
    };
    reading
}

/// A person so far from the arm's end, along x.
fn apart(distance_m: f64) -> PeopleReading {
    at(0.8 + 0.06 + 0.3 + distance_m, 0.0, NOW_NS)
}

fn watching(reading: &PeopleReading) -> People {
    let mut people = People::new(PeopleLimits::Separation(LIMITS));
    people.see(reading);
    people
}

fn contact() -> Contact {
    Contact {
        regions: vec![BodyRegion {
            force_quasi_static_n: 140.0,
            force_transient_n: 280.0,
            pressure_quasi_static_n_m2: f64::INFINITY,
            pressure_transient_n_m2: f64::INFINITY,
            energy_blunt_j: f64::INFINITY,
            energy_edge_j: f64::INFINITY,
            stiffness_n_m: 75_000.0,
            mass_kg: 0.6,
        }],
        contact_type: ContactType::Blunt,
        is_clamping_possible: false,
        area_m2: 1e-4,
        moving_mass_kg: 20.0,
        payload_kg: 0.0,
        human_speed_m_s: 0.6,
    }
}

// Hazard: H-04, H-06
#[test]
fn the_separation_is_the_sum_of_its_terms_and_its_edge_is_held() {
    for (distance_m, is_free) in [(REQUIRED_M + 1e-9, true), (REQUIRED_M - 1e-9, false)] {
        let mut people = watching(&apart(distance_m));
        let limited = people.judge(NOW_NS, &ARM, &STOP);
        assert_eq!(limited.is_none(), is_free, "{limited:?}");
        let terms = people.terms();
        let found = [
            terms.human_m,
            terms.reaction_m,
            terms.stopping_m,
            terms.intrusion_m,
            terms.human_uncertainty_m,
            terms.robot_uncertainty_m,
            terms.required_m,
        ];
        for (found, expected) in found.into_iter().zip([0.8, 0.1, 0.25, 0.2, 0.1, 0.02, REQUIRED_M]) {
            assert!((found - expected).abs() < 1e-12, "{terms:?}");
        }
        if let Some(limited) = limited {
            assert_eq!(limited.check, Check::Separation);
            assert!((limited.value - distance_m).abs() < 1e-9 && (limited.limit - REQUIRED_M).abs() < 1e-9);
            assert_eq!(limited.place, (0, 0));
        }
    }
}

// Hazard: H-06, H-07
#[test]
fn the_age_of_a_reading_is_time_in_which_the_person_walks() {
    let mut people = watching(&apart(REQUIRED_M + 0.1));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_none());
    assert!(people.judge(NOW_NS + 50_000_000, &ARM, &STOP).is_none());
    assert!(
        people.judge(NOW_NS + 70_000_000, &ARM, &STOP).is_some(),
        "1.6 m/s in 70 ms are 0.112 m"
    );
}

// Hazard: H-06
#[test]
fn a_measured_speed_counts_and_a_slow_one_is_held_at_the_floor() {
    let human_m = |speed_m_s| {
        let mut reading = apart(5.0);
        reading.persons[0].speed_m_s = speed_m_s;
        let mut people = watching(&reading);
        people.judge(NOW_NS, &ARM, &STOP);
        people.terms().human_m
    };
    for (speed, human) in [(None, 0.8), (Some(3.0), 1.5), (Some(0.0), 0.25), (Some(0.8), 0.4)] {
        assert!((human_m(speed) - human).abs() < 1e-12, "{speed:?}");
    }
}

#[test]
fn a_robot_at_rest_is_always_allowed() {
    let mut beside = watching(&apart(0.0));
    assert!(beside.judge(NOW_NS, &ARM, &REST).is_none());
    let mut blind = People::new(PeopleLimits::Separation(LIMITS));
    assert!(blind.judge(NOW_NS, &ARM, &REST).is_none());
}

// Hazard: H-07
#[test]
fn without_a_fresh_whole_reading_a_person_is_everywhere() {
    let nobody = PeopleReading::nobody(NOW_NS);
    let mut blind = People::new(PeopleLimits::Separation(LIMITS));
    assert!(blind.judge(NOW_NS, &ARM, &STOP).is_some(), "before the first reading");
    let oldest_ns = NOW_NS + LIMITS.reading_age_max_ns;
    assert!(watching(&nobody).judge(oldest_ns, &ARM, &STOP).is_none(), "just fresh");
    assert!(
        watching(&nobody).judge(oldest_ns + 1, &ARM, &STOP).is_some(),
        "just stale"
    );
    assert!(
        watching(&nobody).judge(NOW_NS - 1, &ARM, &STOP).is_some(),
        "of the future"
    );
    let dead = PeopleReading {
        is_alive: false,
        ..nobody
    };
    assert!(watching(&dead).judge(NOW_NS, &ARM, &STOP).is_some(), "dead");
    let crowd = PeopleReading { count: 9, ..nobody };
    assert!(
        watching(&crowd).judge(NOW_NS, &ARM, &STOP).is_some(),
        "more than can be told"
    );
    assert!(
        watching(&nobody).judge(NOW_NS, &[], &STOP).is_some(),
        "a robot of no parts is nowhere"
    );
}

// Hazard: H-07
#[test]
fn a_sensor_that_says_that_it_is_dead_is_believed_whatever_its_clock_says() {
    let mut people = watching(&PeopleReading::nobody(NOW_NS));
    people.see(&PeopleReading {
        is_alive: false,
        ..PeopleReading::nobody(0)
    });
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_some());
}

// Hazard: H-07
#[test]
fn an_older_reading_changes_nothing() {
    let mut people = watching(&apart(0.3));
    people.see(&PeopleReading::nobody(NOW_NS - 1));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_some());
}

// Hazard: H-06, H-14
#[test]
fn a_robot_that_stopped_for_a_person_waits_until_there_is_room_to_spare() {
    let mut people = watching(&apart(REQUIRED_M - 0.1));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_some());
    assert!(people.is_waiting());
    // From rest the first tick needs little room; it is not enough to go on.
    let creeping = StopFacts {
        duration_s: 0.01,
        travel_m: 0.0,
        speed_m_s: 0.001,
    };
    assert!(people.judge(NOW_NS, &ARM, &creeping).is_some());
    people.see(&apart(REQUIRED_M + LIMITS.hysteresis_m - 1e-9));
    assert!(people.judge(NOW_NS, &ARM, &creeping).is_some(), "just not far enough");
    people.see(&apart(REQUIRED_M + LIMITS.hysteresis_m + 1e-9));
    assert!(people.judge(NOW_NS, &ARM, &creeping).is_none(), "goes on by itself");
    assert!(!people.is_waiting());
}

#[test]
fn a_sensor_that_comes_back_ends_the_wait_when_nobody_is_there() {
    let mut people = watching(&PeopleReading::nobody(NOW_NS - 1_000_000_000));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_some());
    people.see(&PeopleReading::nobody(NOW_NS));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_none());
}

// Hazard: H-07
#[test]
fn a_number_that_is_none_stops_the_robot_and_the_next_good_one_ends_that() {
    let spoil: [fn(&mut PeopleReading, &mut [Capsule; 1], &mut StopFacts); 8] = [
        |reading, _, _| reading.persons[0].foot_m[0] = f64::NAN,
        |reading, _, _| reading.persons[0].foot_m[2] = f64::NAN,
        |reading, _, _| reading.persons[0].speed_m_s = Some(f64::NAN),
        |reading, _, _| reading.persons[0].speed_m_s = Some(f64::INFINITY),
        |_, arm, _| arm[0].b_m.y = f64::NAN,
        |_, arm, _| arm[0].radius_m = f64::NAN,
        |_, _, stop| stop.travel_m = f64::NAN,
        |_, _, stop| {
            *stop = StopFacts {
                duration_s: f64::NAN,
                travel_m: 0.0,
                speed_m_s: f64::NAN,
            }
        },
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let (mut reading, mut arm, mut stop) = (apart(50.0), ARM, STOP);
        // Somebody else, far away, must not hide it.
        reading.persons[1] = reading.persons[0];
        reading.count = 2;
        spoil(&mut reading, &mut arm, &mut stop);
        let mut people = watching(&reading);
        assert!(people.judge(NOW_NS, &arm, &stop).is_some(), "{number}");
        people.see(&apart(50.0));
        // A stop that was not known is known again with the second candidate.
        let again = people
            .judge(NOW_NS, &ARM, &STOP)
            .and_then(|_| people.judge(NOW_NS, &ARM, &STOP));
        assert!(again.is_none(), "{number}: {again:?}");
    }
}

// Hazard: H-06
#[test]
fn the_person_with_the_least_room_counts_and_not_the_nearest() {
    let mut reading = apart(2.0);
    reading.count = 2;
    reading.persons[1] = Person {
        foot_m: [0.0, 3.36, -0.7],
        speed_m_s: Some(8.0),
    };
    let mut people = watching(&reading);
    let limited = people.judge(NOW_NS, &ARM, &STOP).unwrap();
    assert_eq!(limited.place, (1, 0));
    assert!((limited.value - 3.0).abs() < 1e-9);
}

// Hazard: H-04
#[test]
fn near_a_person_the_robot_may_move_as_slowly_as_it_may_touch() {
    let contact = contact();
    let allowed_m_s = contact.speed().robot_m_s;
    assert!((allowed_m_s - 0.759).abs() < 5e-4);
    let mut people = People::new(PeopleLimits::SeparationOrContact(LIMITS, contact));
    people.see(&apart(0.0));
    let at = |speed_m_s| StopFacts { speed_m_s, ..STOP };
    let limited = people.judge(NOW_NS, &ARM, &at(allowed_m_s + 1e-9)).unwrap();
    assert_eq!((limited.check, limited.limit), (Check::Contact, allowed_m_s));
    assert!(people.judge(NOW_NS, &ARM, &at(allowed_m_s - 1e-9)).is_none());
    assert!(!people.is_waiting());
    people.see(&apart(10.0));
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_none(), "far away it may be fast");
}

#[test]
fn behind_a_fence_nobody_is_looked_for() {
    let mut people = People::new(PeopleLimits::Fenced);
    assert!(people.judge(NOW_NS, &ARM, &STOP).is_none());
}

// Hazard: H-23
#[test]
fn terms_that_are_no_numbers_are_refused() {
    let spoil: [fn(&mut Separation); 6] = [
        |limits| limits.human_speed_m_s = f64::NAN,
        |limits| limits.reaction_s = -0.1,
        |limits| limits.intrusion_m = f64::INFINITY,
        |limits| limits.person_radius_m = 0.0,
        |limits| limits.hysteresis_m = 0.0,
        |limits| limits.reading_age_max_ns = 0,
    ];
    for spoil in spoil {
        let mut limits = LIMITS;
        spoil(&mut limits);
        assert!(PeopleLimits::Separation(limits).check().is_err(), "{limits:?}");
    }
    assert!(PeopleLimits::Separation(LIMITS).check().is_ok());
}

proptest! {
    // Hazard: H-06
    #[test]
    fn more_of_any_term_never_allows_more(
        distance in 0.0..4.0f64, more in 0.0..1.0f64, which in 0usize..8,
        duration in 1e-3..1.0f64, travel in 0.0..1.0f64, speed in 1e-3..2.0f64, age_ns in 0i64..100_000_000,
    ) {
        let stop = StopFacts { duration_s: duration, travel_m: travel, speed_m_s: speed };
        let (mut limits, mut worse, mut age, mut nearer) = (LIMITS, stop, age_ns, distance);
        match which {
            0 => limits.human_speed_m_s += more,
            1 => limits.reaction_s += more,
            2 => limits.intrusion_m += more,
            3 => limits.human_uncertainty_m += more,
            4 => limits.robot_uncertainty_m += more,
            5 => worse = StopFacts { duration_s: duration + more, travel_m: travel + more, speed_m_s: speed + more },
            6 => age += (more * 1e8) as i64,
            _ => nearer = (distance - more).max(0.0),
        }
        let allowed = |limits, distance, stop: &StopFacts, age| {
            let mut people = People::new(PeopleLimits::Separation(limits));
            people.see(&apart(distance));
            people.judge(NOW_NS + age, &ARM, stop).is_none()
        };
        prop_assert!(allowed(LIMITS, distance, &stop, age_ns) || !allowed(limits, nearer, &worse, age));
    }

    // Hazard: H-04, H-06
    #[test]
    fn a_person_who_walks_to_the_arm_from_any_side_never_comes_near_while_it_moves(
        from_rad in 0.0..std::f64::consts::TAU, start_m in 2.5..5.0f64, bias in prop::array::uniform2(-1.0..1.0f64),
        turn_s in 0.5..3.0f64, delay_ms in 0i64..120, gap_ms in 1i64..100,
    ) {
        let (nearest_m, moved_s) = walk(from_rad, start_m, bias, turn_s, delay_ms, gap_ms);
        let kept_m = LIMITS.intrusion_m + LIMITS.robot_uncertainty_m;
        prop_assert!(nearest_m >= kept_m - 1e-9, "{nearest_m} m");
        prop_assert!(moved_s > 0.2, "the arm moved only {moved_s} s: that proves nothing");
    }
}

/// An arm of one turning joint swings to and fro at 1 kHz; a person walks at 1.6 m/s straight to where its end is now. The sensor tells
/// of the person late, seldom, and wrongly by all that its uncertainty allows. Returns how near the person came while the arm moved, and
/// how long it moved. The distance is worked out in the plane, on its own.
fn walk(from_rad: f64, start_m: f64, bias: [f64; 2], turn_s: f64, delay_ms: i64, gap_ms: i64) -> (f64, f64) {
    const DT_S: f64 = 1e-3;
    const LENGTH_M: f64 = 0.8;
    const FASTEST_RAD_S: f64 = 1.5;
    const BRAKE_RAD_S2: f64 = 4.0;
    let bias_m = bias.map(|share| share * LIMITS.human_uncertainty_m / 2f64.sqrt());
    let mut people = People::new(PeopleLimits::Separation(LIMITS));
    let mut person = [start_m * from_rad.cos(), start_m * from_rad.sin()];
    let mut seen: Vec<(i64, [f64; 2])> = Vec::new();
    let (mut angle, mut speed) = (0.0f64, 0.0f64);
    let (mut nearest_m, mut moved_s) = (f64::INFINITY, 0.0);
    for tick in 0..6000i64 {
        let now_ns = NOW_NS + tick * 1_000_000;
        if tick % gap_ms == 0 {
            seen.push((now_ns, person));
        }
        if let Some((at_ns, [x, y])) = seen
            .iter()
            .rev()
            .find(|(at_ns, _)| now_ns - at_ns >= delay_ms * 1_000_000)
        {
            people.see(&at(x + bias_m[0], y + bias_m[1], *at_ns));
        }
        let forth = ((tick as f64 * DT_S / turn_s) as i64) % 2 == 0;
        let wanted = if forth { FASTEST_RAD_S } else { -FASTEST_RAD_S };
        let next = speed + (wanted - speed).clamp(-BRAKE_RAD_S2 * DT_S, BRAKE_RAD_S2 * DT_S);
        let arm = [Capsule {
            b_m: Vec3::new(LENGTH_M * angle.cos(), LENGTH_M * angle.sin(), 0.5),
            ..ARM[0]
        }];
        let duration_s = next.abs() / BRAKE_RAD_S2 + DT_S;
        let stop = StopFacts {
            duration_s,
            travel_m: LENGTH_M * next.abs() * duration_s,
            speed_m_s: LENGTH_M * next.abs(),
        };
        speed = if people.judge(now_ns, &arm, &stop).is_none() {
            next
        } else {
            speed - speed.clamp(-BRAKE_RAD_S2 * DT_S, BRAKE_RAD_S2 * DT_S)
        };
        angle += speed * DT_S;
        let end = [LENGTH_M * angle.cos(), LENGTH_M * angle.sin()];
        let way = [end[0] - person[0], end[1] - person[1]];
        let length = way[0].hypot(way[1]);
        if length > 0.01 {
            person = [0, 1].map(|i| person[i] + way[i] / length * 1.6 * DT_S);
        }
        if speed != 0.0 {
            moved_s += DT_S;
            let share = ((person[0] * end[0] + person[1] * end[1]) / (LENGTH_M * LENGTH_M)).clamp(0.0, 1.0);
            let apart = (person[0] - share * end[0]).hypot(person[1] - share * end[1]);
            nearest_m = nearest_m.min(apart - 0.3 - 0.06);
        }
    }
    (nearest_m, moved_s)
}
