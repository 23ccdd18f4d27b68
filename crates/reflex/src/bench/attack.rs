//! A gate under attack: what it emits, tick by tick, for a checker in another language, and how long its ticks take.

use spinal_adversary::{Adversary, Attack, Seen};
use spinal_arm::ArmModel;
use spinal_gate::{Command, DOF_MAX, Gate, Mode, Profile, Wish};

use super::{Histogram, pace};
use crate::ConfigError;

/// A gate and the adversary that it meets. Both go on from call to call.
#[derive(Clone, Debug)]
pub struct AttackRun {
    gate: Gate,
    adversary: Adversary,
    dof: usize,
    period_ns: i64,
    now_ns: i64,
    limited: u64,
}

/// What a stretch of ticks emitted; one column a joint: joint `j` at tick `t` stands at `j * ticks + t`.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    /// Ticks.
    pub ticks: usize,
    /// rad.
    pub position_rad: Vec<f64>,
    /// rad/s.
    pub velocity_rad_s: Vec<f64>,
    /// rad/s².
    pub acceleration_rad_s2: Vec<f64>,
    /// What was wished for, rad; empty unless asked for.
    pub wished_position_rad: Vec<f64>,
    /// rad/s; as the position.
    pub wished_velocity_rad_s: Vec<f64>,
    /// Whether a wish was to be followed, 1, or a stop was asked for, 0; one value a tick; as the position.
    pub is_followed: Vec<f64>,
}

/// Execution times of `Gate::step`.
#[derive(Clone, Debug)]
pub struct StepTimes {
    /// ns.
    pub execution: Histogram,
    /// Heap allocations made by the steps.
    pub allocations: u64,
}

impl AttackRun {
    /// A powered gate at rest at `start_rad`, and the adversary of this seed.
    ///
    /// # Errors
    /// What the gate refuses; a start outside the limits.
    pub fn new(
        profile: &Profile,
        arm: Option<ArmModel>,
        follow_rad_s: f64,
        seed: u64,
        start_rad: &[f64],
    ) -> Result<Self, ConfigError> {
        let mut gate = Gate::new(profile, arm, follow_rad_s)?;
        if start_rad.len() != profile.dof() || !gate.start_at(&columns(start_rad)) {
            return Err(ConfigError::new(
                "start_rad",
                format!("{start_rad:?}"),
                "one position a joint, inside its limits",
            ));
        }
        Ok(Self {
            gate,
            adversary: Adversary::new(profile, seed),
            dof: profile.dof(),
            period_ns: profile.period_ns,
            now_ns: 0,
            limited: 0,
        })
    }

    /// So many ticks under attack.
    #[must_use]
    pub fn attack(&mut self, ticks: usize, with_wishes: bool) -> Stretch {
        let mut out = Stretch::of(self.dof, ticks, with_wishes);
        for tick in 0..ticks {
            let seen = Seen {
                position_rad: self.gate.position_rad(),
                velocity_rad_s: self.gate.velocity_rad_s(),
            };
            let (wish, mode) = self.adversary.next(seen);
            if with_wishes {
                out.note_wish(tick, wish, mode);
            }
            let command = self.gate.step(Some(wish), mode, self.now_ns);
            self.now_ns += self.period_ns;
            self.limited += u64::from(self.gate.limited().is_some());
            out.note(tick, &command);
        }
        out
    }

    /// So many ticks towards standing at `target_rad`.
    #[must_use]
    pub fn go(&mut self, target_rad: &[f64], ticks: usize) -> Stretch {
        let wish = Wish::at(columns(target_rad));
        let mut out = Stretch::of(self.dof, ticks, false);
        for tick in 0..ticks {
            let command = self.gate.step(Some(&wish), Mode::Track, self.now_ns);
            self.now_ns += self.period_ns;
            out.note(tick, &command);
        }
        out
    }

    /// So many wishes given one after the other (`wished[j * ticks + t]`, rad; velocities likewise, rad/s), followed where
    /// `is_followed[t]` is not 0.
    #[must_use]
    pub fn play(&mut self, wished: &Stretch) -> Stretch {
        let ticks = wished.ticks;
        let mut out = Stretch::of(self.dof, ticks, false);
        let column = |values: &[f64], tick: usize| {
            let mut joints = [0.0; DOF_MAX];
            for (j, joint) in joints.iter_mut().enumerate().take(self.dof) {
                *joint = values.get(j * ticks + tick).copied().unwrap_or(f64::NAN);
            }
            joints
        };
        for tick in 0..ticks {
            let wish = Wish {
                position_rad: column(&wished.wished_position_rad, tick),
                velocity_rad_s: column(&wished.wished_velocity_rad_s, tick),
                low_rad: [-1e9; DOF_MAX],
                high_rad: [1e9; DOF_MAX],
                ..Wish::default()
            };
            let is_followed = wished.is_followed.get(tick).is_some_and(|followed| *followed != 0.0);
            let mode = if is_followed { Mode::Track } else { Mode::Ss2 };
            let command = self.gate.step(Some(&wish), mode, self.now_ns);
            self.now_ns += self.period_ns;
            out.note(tick, &command);
        }
        out
    }

    /// Times so many ticks: under attack, or following a slow swing of all joints around where they are. `allocations` counts this
    /// thread's so far.
    pub fn time(&mut self, ticks: u64, is_attacked: bool, allocations: impl Fn() -> u64) -> StepTimes {
        let mut times = StepTimes {
            execution: Histogram::new(),
            allocations: 0,
        };
        let around = *self.gate.position_rad();
        let mut swing = Wish::at(around);
        for tick in 0..ticks {
            let (wish, mode) = if is_attacked {
                let seen = Seen {
                    position_rad: self.gate.position_rad(),
                    velocity_rad_s: self.gate.velocity_rad_s(),
                };
                self.adversary.next(seen)
            } else {
                swing_to(&mut swing, &around, tick as f64 * self.period_ns as f64 * 1e-9);
                (&swing, Mode::Track)
            };
            let before = allocations();
            let start = pace::monotonic_ns();
            let command = self.gate.step(Some(wish), mode, self.now_ns);
            times.execution.record(pace::monotonic_ns() - start);
            times.allocations += allocations() - before;
            std::hint::black_box(&command);
            self.now_ns += self.period_ns;
        }
        times
    }

    /// Ticks under attack in which the motion towards the wish was held back.
    #[must_use]
    pub fn limited(&self) -> u64 {
        self.limited
    }

    /// The attack that goes on.
    #[must_use]
    pub fn attack_now(&self) -> Attack {
        self.adversary.attack()
    }
}

/// Swing of a joint, rad, and its angular frequency, rad/s: inside any arm's limits. Chosen by hand.
const SWING_RAD: f64 = 0.1;
const SWING_RAD_S: f64 = 2.0;

fn swing_to(wish: &mut Wish, around: &[f64; DOF_MAX], at_s: f64) {
    let (sine, cosine) = (SWING_RAD_S * at_s).sin_cos();
    for (position, &middle) in wish.position_rad.iter_mut().zip(around) {
        // Begins at rest in the middle's velocity sense: the cosine's top.
        *position = middle + SWING_RAD * (1.0 - cosine);
    }
    wish.velocity_rad_s = [SWING_RAD * SWING_RAD_S * sine; DOF_MAX];
    wish.acceleration_rad_s2 = [SWING_RAD * SWING_RAD_S * SWING_RAD_S * cosine; DOF_MAX];
    for ((low, high), &middle) in wish.low_rad.iter_mut().zip(&mut wish.high_rad).zip(around) {
        (*low, *high) = (middle, middle + 2.0 * SWING_RAD);
    }
}

fn columns(values: &[f64]) -> [f64; DOF_MAX] {
    let mut out = [0.0; DOF_MAX];
    out.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
    out
}

impl Stretch {
    fn of(dof: usize, ticks: usize, with_wishes: bool) -> Self {
        let wished = if with_wishes { dof * ticks } else { 0 };
        Self {
            ticks,
            position_rad: vec![0.0; dof * ticks],
            velocity_rad_s: vec![0.0; dof * ticks],
            acceleration_rad_s2: vec![0.0; dof * ticks],
            wished_position_rad: vec![0.0; wished],
            wished_velocity_rad_s: vec![0.0; wished],
            is_followed: vec![0.0; if with_wishes { ticks } else { 0 }],
        }
    }

    fn note(&mut self, tick: usize, command: &Command) {
        write(&mut self.position_rad, self.ticks, tick, command.position_rad());
        write(&mut self.velocity_rad_s, self.ticks, tick, command.velocity_rad_s());
        write(
            &mut self.acceleration_rad_s2,
            self.ticks,
            tick,
            command.acceleration_rad_s2(),
        );
    }

    fn note_wish(&mut self, tick: usize, wish: &Wish, mode: Mode) {
        write(&mut self.wished_position_rad, self.ticks, tick, &wish.position_rad);
        write(&mut self.wished_velocity_rad_s, self.ticks, tick, &wish.velocity_rad_s);
        if let Some(followed) = self.is_followed.get_mut(tick) {
            *followed = f64::from(u8::from(mode == Mode::Track));
        }
    }
}

fn write(column: &mut [f64], ticks: usize, tick: usize, values: &[f64; DOF_MAX]) {
    for (slot, value) in column.iter_mut().skip(tick).step_by(ticks).zip(values) {
        *slot = *value;
    }
}
