//! The kinds of attack, one joint and one tick at a time.

use spinal_gate::JointLimits;

use crate::Random;

/// A way of asking for trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// To stand somewhere inside the limits: takes the arm everywhere.
    Wander,
    /// Full speed outwards, aimed at the limit itself.
    FullSpeedAtLimit,
    /// To stand a little or far beyond the limit.
    BeyondLimit,
    /// Hard one way, then hard the other, at any period from one tick to a second.
    BangBang,
    /// As close to the highest speed as can be asked for.
    SurfVelocity,
    /// As close to the highest acceleration as can be asked for.
    SurfAcceleration,
    /// Full speed outwards, then near the limit a hard reversal.
    BrakeNearLimit,
    /// So slowly outwards that rounding could carry it over.
    Creep,
    /// Two opposite aims in turn, tick by tick.
    Alternate,
    /// Another wish at every tick.
    Noise,
    /// Numbers up to 1e308.
    Huge,
    /// Small steps around where the joint is.
    Nudge,
    /// Not a number in one of the fields.
    NotANumber,
    /// Infinite in one of the fields.
    Infinite,
    /// Negative zero and subnormal numbers.
    Subnormal,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Wander,
        Self::FullSpeedAtLimit,
        Self::BeyondLimit,
        Self::BangBang,
        Self::SurfVelocity,
        Self::SurfAcceleration,
        Self::BrakeNearLimit,
        Self::Creep,
        Self::Alternate,
        Self::Noise,
        Self::Huge,
        Self::Nudge,
        Self::NotANumber,
        Self::Infinite,
        Self::Subnormal,
    ];

    pub(crate) fn draw(random: &mut Random) -> Self {
        let index = random.below(Self::ALL.len() as u64) as usize;
        Self::ALL.get(index).copied().unwrap_or(Self::Wander)
    }

    /// Wished position, velocity and acceleration of one joint.
    pub(crate) fn aim(self, limits: &JointLimits, draw: &Draw, moment: Moment, random: &mut Random) -> (f64, f64, f64) {
        let Moment { q, v, dt_s, age } = moment;
        let (low, high) = (limits.position_min_rad, limits.position_max_rad);
        let (v_max, a_max) = (limits.velocity_max_rad_s, limits.acceleration_max_rad_s2);
        let side = draw.side;
        let edge = if side > 0.0 { high } else { low };
        match self {
            Self::Wander => (low + (high - low) * draw.share, 0.0, 0.0),
            Self::FullSpeedAtLimit => (edge, side * v_max, side * a_max),
            Self::BeyondLimit => (edge + side * draw.distance_rad, 0.0, 0.0),
            Self::BangBang => {
                let way = if (age / draw.period).is_multiple_of(2) {
                    side
                } else {
                    -side
                };
                (q + 10.0 * way, 2.0 * v_max * way, a_max * way)
            }
            Self::SurfVelocity => {
                let close = 1.0 + 1e-6 * random.unit();
                (q + v * dt_s, side * v_max * close, 0.0)
            }
            Self::SurfAcceleration => {
                let close = 1.0 + 1e-6 * random.unit();
                let way = if (age / draw.period).is_multiple_of(2) {
                    side
                } else {
                    -side
                };
                (q + v * dt_s, v + way * a_max * close * dt_s, way * a_max * close)
            }
            Self::BrakeNearLimit => {
                // What braking at full deceleration takes, and a little more or less.
                let braking = v * v / (2.0 * a_max);
                let is_near = (edge - q) * side <= braking + draw.distance_rad;
                if is_near {
                    (q - 10.0 * side, -100.0 * side * v_max, -side * a_max)
                } else {
                    (edge, side * v_max, 0.0)
                }
            }
            Self::Creep => (q + side * draw.distance_rad * dt_s, side * draw.distance_rad, 0.0),
            Self::Alternate => {
                if age.is_multiple_of(2) {
                    (edge, v_max, 0.0)
                } else {
                    (low + high - edge, -v_max, 0.0)
                }
            }
            Self::Noise => (5.0 * random.unit(), 5.0 * random.unit(), 50.0 * random.unit()),
            Self::Huge => (
                1e6 * random.unit(),
                random.side() * random.spread(1.0, 1e308),
                random.side() * random.spread(1.0, 1e308),
            ),
            Self::Nudge => (q + 1e-4 * random.unit(), v, 0.0),
            Self::NotANumber => one_bad(f64::NAN, draw, q, v),
            Self::Infinite => one_bad(side * f64::INFINITY, draw, q, v),
            Self::Subnormal => (-0.0, side * 5e-324, -side * 5e-324),
        }
    }
}

fn one_bad(bad: f64, draw: &Draw, q: f64, v: f64) -> (f64, f64, f64) {
    match draw.period % 3 {
        0 => (bad, v, 0.0),
        1 => (q, bad, 0.0),
        _ => (q, v, bad),
    }
}

/// Where a joint is, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub q: f64,
    pub v: f64,
    pub dt_s: f64,
    /// Ticks since the attack began.
    pub age: u64,
}

/// What is drawn once for a joint and an attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// −1 or 1: towards which limit.
    pub side: f64,
    /// 0 to 1: where between the limits.
    pub share: f64,
    /// How near, how far or how fast, by kind: 1e-12 to 10.
    pub distance_rad: f64,
    /// Ticks of one half of an oscillation.
    pub period: u64,
    /// Whether the path may swing anywhere.
    pub is_open: bool,
}

impl Draw {
    pub fn new(random: &mut Random, dt_s: f64) -> Self {
        Self {
            side: random.side(),
            share: 0.5 * (random.unit() + 1.0),
            distance_rad: random.spread(1e-12, 10.0),
            period: random.spread(1.0, (1.0 / dt_s).max(2.0)) as u64,
            is_open: random.below(2) == 0,
        }
    }
}
