//! The separation that a moving robot needs from a person, term by term.

use spinal_arm::Vec3;

use crate::ConfigError;
use crate::contact::within;
use crate::people::Person;
use crate::shape::Capsule;

/// Every term of the separation that is not measured. Source: ISO/TS 15066:2016, 5.5.4.2.3 and ISO 13855.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separation {
    /// Taken as the speed of a person whose speed is not measured, m/s.
    pub human_speed_m_s: f64,
    /// A measured speed below this is taken as this: people start to walk within a reaction time.
    pub human_speed_min_m_s: f64,
    /// Time from what a reading shows until the robot begins to stop, without the reading's age, s.
    pub reaction_s: f64,
    /// How far a person reaches in before the sensor sees it, m.
    pub intrusion_m: f64,
    /// How far a person may be from where the sensor says, m.
    pub human_uncertainty_m: f64,
    /// How far the robot may be from where it is commanded, m.
    pub robot_uncertainty_m: f64,
    /// A person is an upright capsule of this radius, m …
    pub person_radius_m: f64,
    /// … and this height, m.
    pub person_height_m: f64,
    /// Oldest reading that is believed, ns.
    pub reading_age_max_ns: i64,
    /// The robot that stopped for a person goes on when the person is this much further away than was required, m.
    pub hysteresis_m: f64,
}

/// What the gate knows about the stop that is ready.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StopFacts {
    /// How long it takes, s.
    pub duration_s: f64,
    /// How far the robot's fastest part goes in it, m.
    pub travel_m: f64,
    /// The highest speed of any part of the robot, now and in it, m/s.
    pub speed_m_s: f64,
}

/// The separation that is required, by its terms, and the one that is there. All in m.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeparationTerms {
    /// Sh: the way of the person while the reading ages, the robot reacts and stops.
    pub human_m: f64,
    /// Sr: the way of the robot until it begins to stop.
    pub reaction_m: f64,
    /// Ss: the way of the robot along its verified stop.
    pub stopping_m: f64,
    /// C: how far a person reaches in before being seen.
    pub intrusion_m: f64,
    /// Zd: where the person may be besides.
    pub human_uncertainty_m: f64,
    /// Zr: where the robot may be besides.
    pub robot_uncertainty_m: f64,
    /// From the nearest part of the robot to the person; 0 when it is not known.
    pub distance_m: f64,
    /// The sum of the terms.
    pub required_m: f64,
}

impl Separation {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for (name, value, low, high) in [
            ("human_speed_m_s", self.human_speed_m_s, 0.1, 10.0),
            ("human_speed_min_m_s", self.human_speed_min_m_s, 0.0, 10.0),
            ("reaction_s", self.reaction_s, 1e-6, 10.0),
            ("intrusion_m", self.intrusion_m, 0.0, 10.0),
            ("human_uncertainty_m", self.human_uncertainty_m, 0.0, 10.0),
            ("robot_uncertainty_m", self.robot_uncertainty_m, 0.0, 10.0),
            ("person_radius_m", self.person_radius_m, 0.05, 2.0),
            ("person_height_m", self.person_height_m, 0.5, 5.0),
            ("hysteresis_m", self.hysteresis_m, 1e-3, 10.0),
        ] {
            within(&format!("people.{name}"), value, low, high)?;
        }
        if !(1_000..=10_000_000_000).contains(&self.reading_age_max_ns) {
            return Err(ConfigError::new(
                "people.reading_age_max_ns",
                self.reading_age_max_ns,
                "1000 to 10000000000 ns",
            ));
        }
        Ok(())
    }

    /// The terms for one person who was at `distance_m` when a reading was taken that is `age_s` old.
    #[must_use]
    pub fn terms(&self, distance_m: f64, speed_m_s: Option<f64>, age_s: f64, stop: &StopFacts) -> SeparationTerms {
        let human_m_s = match speed_m_s {
            // Not "smaller than": a measured speed that is NaN stays NaN, and then no distance is enough.
            Some(measured) if !(measured <= self.human_speed_min_m_s) => measured,
            Some(_) => self.human_speed_min_m_s,
            None => self.human_speed_m_s,
        };
        let mut terms = SeparationTerms {
            human_m: human_m_s * (age_s + self.reaction_s + stop.duration_s),
            reaction_m: stop.speed_m_s * self.reaction_s,
            stopping_m: stop.travel_m,
            intrusion_m: self.intrusion_m,
            human_uncertainty_m: self.human_uncertainty_m,
            robot_uncertainty_m: self.robot_uncertainty_m,
            distance_m,
            required_m: 0.0,
        };
        terms.required_m = terms.human_m
            + terms.reaction_m
            + terms.stopping_m
            + terms.intrusion_m
            + terms.human_uncertainty_m
            + terms.robot_uncertainty_m;
        terms
    }

    /// The person as an upright capsule.
    pub(crate) fn body(&self, person: &Person) -> Capsule {
        let [x, y, z] = person.foot_m;
        let low = z + self.person_radius_m;
        Capsule {
            a_m: Vec3::new(x, y, low),
            b_m: Vec3::new(x, y, low.max(z + self.person_height_m - self.person_radius_m)),
            radius_m: self.person_radius_m,
        }
    }
}

impl SeparationTerms {
    /// How much further away the person is than required, m. NaN when a term is.
    #[must_use]
    pub fn margin_m(&self) -> f64 {
        self.distance_m - self.required_m
    }
}
