//! From chunk to wish: where the joints should be at this tick.

use spinal_gate::{DOF_MAX, Proposal, Wish};

/// Plays one chunk. Between its steps the wish is a curve with continuous position and velocity that does not overshoot the steps; the
/// difference to the motion at the splice fades out. The gripper switches when its step is due and is never averaged. After its last step
/// the chunk's last target is held.
pub(crate) struct Tracker {
    chunk: Box<Proposal>,
    /// Consumed action time since the chunk's observation.
    elapsed_ns: i64,
    playing: bool,
    segment: Option<usize>,
    curves: [Cubic; DOF_MAX],
    /// Range of the steps that are still to come.
    ahead: [(f64, f64); DOF_MAX],
    splice: Splice,
    gripper: f64,
}

/// a + b·t + c·t² + d·t³.
#[derive(Clone, Copy, Default)]
struct Cubic {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

/// What is left of the motion before the splice: from `from_ns` on it fades out over `fade_s`.
struct Splice {
    from_ns: i64,
    fade_s: f64,
    offsets: [Cubic; DOF_MAX],
}

impl Tracker {
    pub fn new() -> Self {
        Self {
            chunk: Box::default(),
            elapsed_ns: 0,
            playing: false,
            segment: None,
            curves: [Cubic::default(); DOF_MAX],
            ahead: [(0.0, 0.0); DOF_MAX],
            splice: Splice {
                from_ns: 0,
                fade_s: 0.0,
                offsets: [Cubic::default(); DOF_MAX],
            },
            gripper: 0.0,
        }
    }

    /// Starts a chunk `elapsed_ns` of action time after its observation, from a motion at these positions and velocities.
    pub fn load(
        &mut self,
        chunk: &Proposal,
        elapsed_ns: i64,
        blend_ns: i64,
        position_rad: &[f64; DOF_MAX],
        velocity_rad_s: &[f64; DOF_MAX],
        gripper: f64,
    ) {
        (*self.chunk).clone_from(chunk);
        self.elapsed_ns = elapsed_ns;
        self.playing = true;
        self.gripper = gripper;
        self.enter(self.segment_at(elapsed_ns));
        let to_first_step_ns = self.chunk.period_ns.saturating_sub(elapsed_ns);
        let fade_s = blend_ns.max(to_first_step_ns) as f64 * 1e-9;
        let t = self.time_in_segment();
        let motion = position_rad.iter().zip(velocity_rad_s);
        for ((offset, curve), (position, velocity)) in self.splice.offsets.iter_mut().zip(&self.curves).zip(motion) {
            let (there, speed, _) = curve.at(t);
            *offset = Cubic::hermite((position - there, velocity - speed), (0.0, 0.0), fade_s);
        }
        self.splice.from_ns = elapsed_ns;
        self.splice.fade_s = fade_s;
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

    /// The wish one tick on, and how much action time that consumes.
    pub fn advance(&mut self, period_ns: i64, wish: &mut Wish) -> i64 {
        let consumed_ns = if self.is_consumed() { 0 } else { period_ns };
        self.elapsed_ns = self.elapsed_ns.saturating_add(consumed_ns);
        let segment = self.segment_at(self.elapsed_ns);
        if self.segment != Some(segment) {
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
        let curves = self.curves.iter().zip(&self.splice.offsets).take(self.chunk.dof);
        for (((position, velocity), acceleration), (curve, offset)) in out.zip(curves) {
            let (mut p, mut v, mut a) = curve.at(t);
            if fading {
                let left = offset.at(fading_s);
                (p, v, a) = (p + left.0, v + left.1, a + left.2);
            }
            (*position, *velocity, *acceleration) = (p, v, a);
        }
        for ((low, high), ahead) in wish.low_rad.iter_mut().zip(&mut wish.high_rad).zip(&self.ahead) {
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
        let start_ns = i64::try_from(self.segment.unwrap_or(0))
            .unwrap_or(0)
            .saturating_mul(self.chunk.period_ns);
        self.elapsed_ns.saturating_sub(start_ns) as f64 * 1e-9
    }

    fn enter(&mut self, segment: usize) {
        self.segment = Some(segment);
        let period_s = self.chunk.period_ns as f64 * 1e-9;
        if let Some(&due) = segment.checked_sub(1).and_then(|last| self.chunk.gripper.get(last)) {
            self.gripper = due;
        }
        let chunk = &self.chunk;
        let next = segment.min(chunk.steps.saturating_sub(1));
        for (joint, ahead) in self.ahead.iter_mut().enumerate().take(chunk.dof) {
            let first = target(chunk, next, joint);
            let targets = (next..chunk.steps).map(|step| target(chunk, step, joint));
            *ahead = targets.fold((first, first), |(low, high), x| (low.min(x), high.max(x)));
        }
        for (joint, curve) in self.curves.iter_mut().enumerate().take(chunk.dof) {
            *curve = match segment.checked_sub(1) {
                None => {
                    // Before the first step: the straight line that passes through it at its slope.
                    let (step, slope) = (target(chunk, 0, joint), slope(chunk, 0, joint));
                    Cubic {
                        a: step - slope * period_s,
                        b: slope,
                        c: 0.0,
                        d: 0.0,
                    }
                }
                Some(last) if segment < chunk.steps => Cubic::hermite(
                    (target(chunk, last, joint), slope(chunk, last, joint)),
                    (target(chunk, segment, joint), slope(chunk, segment, joint)),
                    period_s,
                ),
                Some(last) => Cubic {
                    a: target(chunk, last, joint),
                    ..Cubic::default()
                },
            };
        }
    }
}

impl Cubic {
    /// From (position, velocity) to (position, velocity) in a time, s.
    fn hermite(from: (f64, f64), to: (f64, f64), time_s: f64) -> Self {
        let (way, early, late) = ((to.0 - from.0) / time_s, from.1, to.1);
        Self {
            a: from.0,
            b: early,
            c: (3.0 * way - 2.0 * early - late) / time_s,
            d: (early + late - 2.0 * way) / (time_s * time_s),
        }
    }

    /// Position, velocity and acceleration.
    fn at(&self, t: f64) -> (f64, f64, f64) {
        (
            self.a + t * (self.b + t * (self.c + t * self.d)),
            self.b + t * (2.0 * self.c + t * 3.0 * self.d),
            2.0 * self.c + 6.0 * self.d * t,
        )
    }
}

fn target(chunk: &Proposal, step: usize, joint: usize) -> f64 {
    chunk
        .targets
        .get(step)
        .and_then(|targets| targets.get(joint))
        .copied()
        .unwrap_or(0.0)
}

/// Velocity at a step, rad/s: the mean of the slopes on both sides, none where they point in different directions, and flat enough that the
/// curve stays between its steps. Source: Fritsch and Carlson 1980, "Monotone piecewise cubic interpolation".
fn slope(chunk: &Proposal, step: usize, joint: usize) -> f64 {
    let period_s = chunk.period_ns as f64 * 1e-9;
    let after = step + 1;
    if after >= chunk.steps {
        return 0.0;
    }
    let here = target(chunk, step, joint);
    let ahead = (target(chunk, after, joint) - here) / period_s;
    let Some(before) = step.checked_sub(1) else {
        return ahead;
    };
    let behind = (here - target(chunk, before, joint)) / period_s;
    if ahead * behind <= 0.0 {
        return 0.0;
    }
    let steepest = 3.0 * ahead.abs().min(behind.abs());
    (0.5 * (ahead + behind)).clamp(-steepest, steepest)
}
