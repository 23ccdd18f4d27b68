//! Wishes that ask for trouble, seeded: what tests and benchmarks throw at the gate.
//!
//! An [`Adversary`] sees where the joints are, as a malicious policy would, and wishes for what is most likely to break a limit. The
//! same seed against the same gate gives the same wishes.
#![deny(clippy::indexing_slicing)]

mod attack;
mod random;

pub use attack::Attack;
pub use random::Random;

use attack::Draw;
use spinal_gate::{DOF_MAX, JointLimits, Mode, Profile, Wish};

/// What the adversary sees of the joints: positions (rad) and velocities (rad/s).
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// rad.
    pub position_rad: &'a [f64; DOF_MAX],
    /// rad/s.
    pub velocity_rad_s: &'a [f64; DOF_MAX],
}

/// A source of wishes that ask for trouble.
#[derive(Clone, Debug)]
pub struct Adversary {
    limits: Vec<JointLimits>,
    dt_s: f64,
    random: Random,
    attack: Attack,
    draws: Vec<Draw>,
    mode: Mode,
    /// Ticks since this attack began, and left of it.
    age: u64,
    left: u64,
    wish: Wish,
}

/// Longest attack, s: long enough to reach full speed and the far limit.
const LONGEST_S: f64 = 1.5;
/// One attack in so many is a stop.
const STOP_EVERY: u64 = 20;

impl Adversary {
    /// An adversary of the joints of this profile.
    #[must_use]
    pub fn new(profile: &Profile, seed: u64) -> Self {
        Self {
            limits: profile.joints.clone(),
            dt_s: profile.period_s(),
            random: Random(seed),
            attack: Attack::Wander,
            draws: Vec::new(),
            mode: Mode::Track,
            age: 0,
            left: 0,
            wish: Wish::default(),
        }
    }

    /// The attack that goes on.
    #[must_use]
    pub fn attack(&self) -> Attack {
        self.attack
    }

    /// The wish for the next tick, and the mode that is asked for with it.
    pub fn next(&mut self, seen: Seen<'_>) -> (&Wish, Mode) {
        if self.left == 0 {
            self.begin();
        }
        self.left -= 1;
        let wish = &mut self.wish;
        let joints = self.limits.iter().zip(&self.draws);
        let seen = seen.position_rad.iter().zip(seen.velocity_rad_s);
        let aims = wish
            .position_rad
            .iter_mut()
            .zip(&mut wish.velocity_rad_s)
            .zip(&mut wish.acceleration_rad_s2);
        let ranges = wish.low_rad.iter_mut().zip(&mut wish.high_rad);
        for ((((limits, draw), (&q, &v)), ((position, velocity), acceleration)), (low, high)) in
            joints.zip(seen).zip(aims).zip(ranges)
        {
            let moment = attack::Moment {
                q,
                v,
                dt_s: self.dt_s,
                age: self.age,
            };
            let aim = self.attack.aim(limits, draw, moment, &mut self.random);
            (*position, *velocity, *acceleration) = aim;
            (*low, *high) = if draw.is_open {
                (-1e9, 1e9)
            } else {
                (aim.0.min(q), aim.0.max(q))
            };
        }
        wish.gripper = 0.5;
        self.age += 1;
        (&self.wish, self.mode)
    }

    /// Draws the next attack: for one tick, a few, or so long that full speed and the limits are reached.
    fn begin(&mut self) {
        let random = &mut self.random;
        let longest = match random.below(3) {
            0 => 1,
            1 => 7,
            _ => (LONGEST_S / self.dt_s) as u64,
        };
        self.left = 1 + random.below(longest.max(1));
        self.age = 0;
        self.mode = if random.below(STOP_EVERY) == 0 {
            Mode::Ss2
        } else {
            Mode::Track
        };
        self.attack = Attack::draw(random);
        // Every second attack meets all joints in the same way at the same tick.
        let together = (random.below(2) == 0).then(|| Draw::new(random, self.dt_s));
        self.draws = (0..self.limits.len())
            .map(|_| together.unwrap_or_else(|| Draw::new(random, self.dt_s)))
            .collect();
    }
}
