//! People: how far away they must be while the robot moves, or how gently it may then move.

use crate::contact::Contact;
use crate::separation::{Separation, SeparationTerms, StopFacts};
use crate::shape::Capsule;
use crate::{Check, ConfigError, Limited};

/// The most persons that a reading can hold.
pub const PERSONS_MAX: usize = 8;

/// One person, as a sensor sees one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Person {
    /// Where the person stands on the floor: a point (m) in the arm's base frame.
    pub foot_m: [f64; 3],
    /// How fast the person goes, m/s, where the sensor measures it.
    pub speed_m_s: Option<f64>,
}

/// What a sensor for people says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeopleReading {
    /// When it was taken, ns of the monotonic clock.
    pub at_ns: i64,
    /// Whether the sensor says of itself that it works.
    pub is_alive: bool,
    /// How many persons it sees; more than [`PERSONS_MAX`] is too many to know where they are.
    pub count: usize,
    /// The persons; the first `count` are meant.
    pub persons: [Person; PERSONS_MAX],
}

/// How people are kept safe.
#[derive(Clone, Debug, PartialEq)]
pub enum PeopleLimits {
    /// A fence keeps everybody out; its interlock is not of this software.
    Fenced,
    /// The robot moves only while everybody is further away than it needs to stop.
    Separation(Separation),
    /// The same; and nearer than that it moves no faster than it may touch.
    SeparationOrContact(Separation, Contact),
}

/// Watches the people around one robot.
#[derive(Clone, Debug)]
pub struct People {
    limits: PeopleLimits,
    contact_speed_m_s: f64,
    reading: Option<PeopleReading>,
    resume_m: Option<f64>,
    terms: SeparationTerms,
}

impl PeopleReading {
    /// Nobody is there.
    #[must_use]
    pub fn nobody(at_ns: i64) -> Self {
        let person = Person {
            foot_m: [0.0; 3],
            speed_m_s: None,
        };
        Self {
            at_ns,
            is_alive: true,
            count: 0,
            persons: [person; PERSONS_MAX],
        }
    }

    /// The persons that are meant; `None` when there are too many to say.
    fn persons(&self) -> Option<&[Person]> {
        self.persons.get(..self.count)
    }
}

impl PeopleLimits {
    /// The separation that is held; `None` behind a fence.
    #[must_use]
    pub fn separation(&self) -> Option<&Separation> {
        match self {
            Self::Fenced => None,
            Self::Separation(separation) | Self::SeparationOrContact(separation, _) => Some(separation),
        }
    }

    /// Whether they can be held: every number there and possible.
    ///
    /// # Errors
    /// The first field that is wrong, its value and what is allowed.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self {
            Self::Fenced => Ok(()),
            Self::Separation(separation) => separation.check(),
            Self::SeparationOrContact(separation, contact) => separation.check().and_then(|()| contact.check()),
        }
    }
}

impl People {
    /// A watch that holds these limits. Until the first reading a person is everywhere.
    #[must_use]
    pub fn new(limits: PeopleLimits) -> Self {
        let contact_speed_m_s = match &limits {
            PeopleLimits::Fenced | PeopleLimits::Separation(_) => 0.0,
            PeopleLimits::SeparationOrContact(_, contact) => contact.speed().robot_m_s,
        };
        Self {
            limits,
            contact_speed_m_s,
            reading: None,
            resume_m: None,
            terms: SeparationTerms::default(),
        }
    }

    /// Takes a reading. One that is older than the last is no news, unless its sensor says that it does not work.
    pub fn see(&mut self, reading: &PeopleReading) {
        if !reading.is_alive || self.reading.is_none_or(|last| last.at_ns <= reading.at_ns) {
            self.reading = Some(*reading);
        }
    }

    /// Whether the robot may be in a state where its parts stand at `robot` and the stop `stop` is ready: `None`, or what is in the way.
    ///
    /// At rest it always may. Moving it may while every person is at least as far away as the terms add up to, and in the contact mode
    /// also nearer, while it is no faster than it may touch. A robot that may not move is held until everybody is the hysteresis further
    /// away than was required then. Without a fresh, whole reading a person is everywhere.
    pub fn judge(&mut self, now_ns: i64, robot: &[Capsule], stop: &StopFacts) -> Option<Limited> {
        let separation = *self.limits.separation()?;
        let (terms, place) = self.look(now_ns, robot, stop, &separation);
        let is_resting = stop.duration_s == 0.0 && stop.speed_m_s == 0.0;
        let is_touching_gently = stop.speed_m_s <= self.contact_speed_m_s;
        if is_resting || is_touching_gently {
            return None;
        }
        let is_far = terms.required_m <= terms.distance_m;
        if is_far && self.resume_m.is_none() {
            return None;
        }
        if self.contact_speed_m_s > 0.0 {
            return Some(Limited {
                check: Check::Contact,
                value: stop.speed_m_s,
                limit: self.contact_speed_m_s,
                place,
            });
        }
        let resume_m = terms.required_m + separation.hysteresis_m;
        // What was asked for once stays asked for; a stop that is not known asks for more than there is, until one is known again.
        let limit_m = match self.resume_m {
            Some(held_m) if held_m < f64::MAX => held_m,
            _ if resume_m.is_finite() => resume_m,
            _ => f64::MAX,
        };
        self.resume_m = Some(limit_m);
        Some(Limited {
            check: Check::Separation,
            value: terms.distance_m,
            limit: if is_far { limit_m } else { terms.required_m },
            place,
        })
    }

    /// Looks again at a robot that is not asking to move: the terms are those of now, and a wait may end.
    pub fn watch(&mut self, now_ns: i64, robot: &[Capsule], stop: &StopFacts) {
        if let Some(separation) = self.limits.separation().copied() {
            self.look(now_ns, robot, stop, &separation);
        }
    }

    /// Takes in where people are now; a wait ends when everybody is far enough away. Returns the terms and what they are about.
    fn look(
        &mut self,
        now_ns: i64,
        robot: &[Capsule],
        stop: &StopFacts,
        separation: &Separation,
    ) -> (SeparationTerms, (u16, u16)) {
        let (terms, nearest_m, place) = self.worst(now_ns, robot, stop, separation);
        self.terms = terms;
        if self.resume_m.is_some_and(|resume_m| nearest_m >= resume_m) {
            self.resume_m = None;
        }
        (terms, place)
    }

    /// The terms of the last judgement, of the person with the least room.
    #[must_use]
    pub fn terms(&self) -> &SeparationTerms {
        &self.terms
    }

    /// The terms as numbers for a status: distance, sum, the six terms in the order of the formula, and the distance at which a robot that
    /// waits goes on (0 = it does not wait).
    #[must_use]
    pub fn values(&self) -> [f64; 9] {
        let terms = &self.terms;
        [
            terms.distance_m,
            terms.required_m,
            terms.human_m,
            terms.reaction_m,
            terms.stopping_m,
            terms.intrusion_m,
            terms.human_uncertainty_m,
            terms.robot_uncertainty_m,
            self.resume_m.unwrap_or(0.0),
        ]
    }

    /// Whether the robot waits for a person to go away.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.resume_m.is_some()
    }

    /// The terms of the person with the least room, the distance of the nearest one, and who and which part of the robot that is.
    fn worst(
        &self,
        now_ns: i64,
        robot: &[Capsule],
        stop: &StopFacts,
        separation: &Separation,
    ) -> (SeparationTerms, f64, (u16, u16)) {
        let everywhere = |age_s| separation.terms(0.0, None, age_s, stop);
        let oldest_s = separation.reading_age_max_ns as f64 * 1e-9;
        let fresh = self.reading.filter(|reading| {
            let age_ns = now_ns.saturating_sub(reading.at_ns);
            reading.is_alive && 0 <= age_ns && age_ns <= separation.reading_age_max_ns
        });
        let Some(reading) = fresh else {
            return (everywhere(oldest_s), 0.0, NOWHERE);
        };
        let age_s = now_ns.saturating_sub(reading.at_ns) as f64 * 1e-9;
        let Some(persons) = reading.persons().filter(|_| !robot.is_empty()) else {
            return (everywhere(age_s), 0.0, NOWHERE);
        };
        let mut worst = separation.terms(FAR_M, None, age_s, stop);
        let mut nearest_m = FAR_M;
        let mut place = NOWHERE;
        for (number, person) in persons.iter().enumerate() {
            let body = separation.body(person);
            for (part, capsule) in robot.iter().enumerate() {
                let distance_m = body.gap(capsule).distance_m;
                // Overlapping is touching; and NaN counts as the nearest.
                let distance_m = if distance_m >= 0.0 { distance_m } else { 0.0 };
                let terms = separation.terms(distance_m, person.speed_m_s, age_s, stop);
                nearest_m = nearest_m.min(distance_m);
                // A margin that is NaN counts as the least, and stays it.
                if terms.margin_m().is_nan() || terms.margin_m() < worst.margin_m() {
                    worst = terms;
                    place = (number as u16, part as u16);
                }
            }
        }
        (worst, nearest_m, place)
    }
}

/// Nobody in particular.
const NOWHERE: (u16, u16) = (u16::MAX, u16::MAX);
/// The distance of nobody, m: far, but a number that pages and journals can hold.
const FAR_M: f64 = 1e3;
