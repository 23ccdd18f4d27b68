//! From chunk to wish: where the joints should be at this tick.

use spinal_gate::{Commanded, DOF_MAX, Gate, Proposal, Wish};

use crate::history::History;
use crate::spline::{Knot, Polynomial, Spline};

/// Plays one chunk along a smooth curve through its steps. The difference to the motion at the splice fades out, smooth to the acceleration.
/// The gripper switches when its step is due and is never averaged. After its last step the chunk's last target is held.
pub(crate) struct Tracker {
    chunk: Box<Proposal>,
    spline: Spline,
    history: History,
    /// Consumed action time since the chunk's observation.
    elapsed_ns: i64,
    playing: bool,
    segment: usize,
    curves: [Polynomial; DOF_MAX],
    /// Range of the steps that are still to come.
    ahead: [(f64, f64); DOF_MAX],
    splice: Splice,
    gripper: f64,
    /// Share of real time at which the chunk was played last.
    pace: f64,
    /// Velocity and acceleration of the path there, in action time.
    along: ([f64; DOF_MAX], [f64; DOF_MAX]),
}

/// What is left of the motion before the splice: from `from_ns` on it fades out over `fade_s`.
struct Splice {
    from_ns: i64,
    fade_s: f64,
    offsets: [Polynomial; DOF_MAX],
}

impl Tracker {
    pub fn new() -> Self {
        Self {
            chunk: Box::default(),
            spline: Spline::new(),
            history: History::new(),
            elapsed_ns: 0,
            playing: false,
            segment: 0,
            curves: [Polynomial::default(); DOF_MAX],
            ahead: [(0.0, 0.0); DOF_MAX],
            splice: Splice {
                from_ns: 0,
                fade_s: 0.0,
                offsets: [Polynomial::default(); DOF_MAX],
            },
            gripper: 0.0,
            pace: 1.0,
            along: ([0.0; DOF_MAX], [0.0; DOF_MAX]),
        }
    }

    /// What was commanded at this action time; nothing when that is no longer known.
    pub fn commanded_at(&self, played_ns: i64) -> Option<Commanded> {
        self.history.at(played_ns).map(|knot| Commanded {
            position_rad: knot.position_rad,
            velocity_rad_s: knot.velocity_rad_s,
        })
    }

    /// The motion now in action time, with its acceleration. At full pace it is what the gate commands; on a path that is played more
    /// slowly it is the path's own, which the robot follows at a share of that speed.
    fn motion(&self, gate: &Gate) -> (Knot, [f64; DOF_MAX]) {
        let (velocity_rad_s, acceleration) = if self.pace >= 1.0 || gate.is_at_rest() {
            (*gate.velocity_rad_s(), *gate.acceleration_rad_s2())
        } else {
            self.along
        };
        let knot = Knot {
            position_rad: *gate.position_rad(),
            velocity_rad_s,
        };
        (knot, acceleration)
    }

    /// Starts a chunk of joint positions at this action time, from the motion that the gate commands now.
    pub fn load(&mut self, chunk: &Proposal, played_ns: i64, blend_ns: i64, gate: &Gate) {
        (*self.chunk).clone_from(chunk);
        let (now, acceleration_now) = self.motion(gate);
        // Without a record of the motion at the observation, the one now is the best guess; the splice hides the difference.
        let start = self.history.at(chunk.observed_played_ns).unwrap_or(now);
        self.spline.fit(chunk, &start);
        self.elapsed_ns = played_ns.saturating_sub(chunk.observed_played_ns);
        self.playing = true;
        self.gripper = gate.gripper();
        self.enter(self.segment_at(self.elapsed_ns));
        let to_first_step_ns = chunk.period_ns.saturating_sub(self.elapsed_ns);
        let fade_s = blend_ns.max(to_first_step_ns) as f64 * 1e-9;
        let t = self.time_in_segment();
        let motion = now.position_rad.iter().zip(&now.velocity_rad_s).zip(&acceleration_now);
        for ((offset, curve), ((position, velocity), acceleration)) in
            self.splice.offsets.iter_mut().zip(&self.curves).zip(motion)
        {
            let (p, v, a) = curve.at(t);
            *offset = Polynomial::fading((position - p, velocity - v, acceleration - a), fade_s);
        }
        self.splice.from_ns = self.elapsed_ns;
        self.splice.fade_s = fade_s;
    }

    /// Notes what was commanded at this action time.
    pub fn note(&mut self, played_ns: i64, gate: &Gate) {
        let (motion, _) = self.motion(gate);
        self.history.note(played_ns, &motion);
    }

    /// Forgets the chunk.
    pub fn clear(&mut self) {
        self.playing = false;
    }

    /// Whether every step has been played, or there is no chunk.
    pub fn is_consumed(&self) -> bool {
        !self.playing || self.elapsed_ns >= self.length_ns()
    }

    /// Sequence number of the chunk.
    pub fn sequence(&self) -> u64 {
        self.chunk.sequence
    }

    /// The instant after which no step of the chunk may start.
    pub fn valid_until_ns(&self) -> i64 {
        self.chunk.valid_until_ns
    }

    /// The wish one tick on, and how much action time that consumes: at `pace` 1 the whole tick, below it the same path more slowly.
    pub fn advance(&mut self, period_ns: i64, pace: f64, wish: &mut Wish) -> i64 {
        self.pace = pace;
        let consumed_ns = if self.is_consumed() {
            0
        } else {
            (period_ns as f64 * pace).round() as i64
        };
        self.elapsed_ns = self.elapsed_ns.saturating_add(consumed_ns);
        let segment = self.segment_at(self.elapsed_ns);
        if self.segment != segment {
            self.enter(segment);
        }
        let t = self.time_in_segment();
        let fading_s = self.elapsed_ns.saturating_sub(self.splice.from_ns) as f64 * 1e-9;
        let fading = fading_s < self.splice.fade_s;
        let out = wish
            .position_rad
            .iter_mut()
            .zip(&mut wish.velocity_rad_s)
            .zip(&mut wish.acceleration_rad_s2);
        let (speeds, pushes) = &mut self.along;
        let along = speeds.iter_mut().zip(pushes);
        let curves = self
            .curves
            .iter()
            .zip(&self.splice.offsets)
            .zip(along)
            .take(self.chunk.dof);
        for (((position, velocity), acceleration), ((curve, offset), (speed, push))) in out.zip(curves) {
            let (mut p, mut v, mut a) = curve.at(t);
            if fading {
                let left = offset.at(fading_s);
                (p, v, a) = (p + left.0, v + left.1, a + left.2);
            }
            (*speed, *push) = (v, a);
            (*position, *velocity, *acceleration) = (p, v * pace, a * pace * pace);
        }
        let range = wish.low_rad.iter_mut().zip(&mut wish.high_rad).zip(&self.ahead);
        for ((low, high), ahead) in range.take(self.chunk.dof) {
            (*low, *high) = *ahead;
        }
        wish.gripper = self.gripper;
        consumed_ns
    }

    fn length_ns(&self) -> i64 {
        self.chunk
            .period_ns
            .saturating_mul(i64::try_from(self.chunk.steps).unwrap_or(i64::MAX))
    }

    /// 0 before the first step is due, then k between steps k − 1 and k, at last the number of steps.
    fn segment_at(&self, elapsed_ns: i64) -> usize {
        let segment = elapsed_ns
            .checked_div(self.chunk.period_ns)
            .and_then(|k| usize::try_from(k).ok());
        segment.unwrap_or(0).min(self.chunk.steps)
    }

    fn time_in_segment(&self) -> f64 {
        let start_ns = i64::try_from(self.segment)
            .unwrap_or(0)
            .saturating_mul(self.chunk.period_ns);
        self.elapsed_ns.saturating_sub(start_ns) as f64 * 1e-9
    }

    fn enter(&mut self, segment: usize) {
        self.segment = segment;
        if let Some(&due) = segment.checked_sub(1).and_then(|last| self.chunk.gripper.get(last)) {
            self.gripper = due;
        }
        self.spline.segment(&self.chunk, segment, &mut self.curves);
        let next = segment.min(self.chunk.steps.saturating_sub(1));
        self.ahead = [(f64::INFINITY, f64::NEG_INFINITY); DOF_MAX];
        for targets in self.chunk.targets.iter().take(self.chunk.steps).skip(next) {
            for ((low, high), &target) in self.ahead.iter_mut().zip(targets) {
                (*low, *high) = (low.min(target), high.max(target));
            }
        }
    }
}
