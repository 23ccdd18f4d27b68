//! The suction cup in the scene: what its lip feels, and what it pulls.

use crate::arrays::Arrays;
use crate::library::{Engine, PlacedGeom};
use crate::settings::{SceneSettings, Settings};
use crate::suction::{LIPS, Seal, Suction, leak_of};

/// The lip rays start this far inside the cup, m, so that a pressed-in surface is still hit from outside.
const RAY_BACK_M: f64 = 0.010;
/// Geoms further than this from the lip are not looked at, m.
const RAY_REACH_M: f64 = 0.030;
/// Vacuum from which the cup is said to hold what it sits on. Chosen by hand.
const HOLDING_LEVEL: f64 = 0.2;

/// The cup: its vacuum, its seal and the body that it pulls.
pub(crate) struct Cup {
    suction: Suction,
    seal: Seal,
    pulled: Option<usize>,
    /// Whether the ejector runs.
    pub is_on: bool,
}

/// Where the lip is: middle (m), the cup's axis (unit, outwards) and two directions across it.
struct Lip {
    middle_m: [f64; 3],
    axis: [f64; 3],
    across: [[f64; 3]; 2],
}

impl Cup {
    pub fn new(settings: &Settings) -> Self {
        Self {
            suction: Suction::new(settings.suction),
            seal: Seal::OPEN,
            pulled: None,
            is_on: false,
        }
    }

    /// Vacuum level, 0..1.
    pub fn level(&self) -> f64 {
        self.suction.level()
    }

    /// Body that the cup holds: pulled with some vacuum, and sealed.
    pub fn held_body(&self) -> Option<usize> {
        self.seal.body.filter(|_| self.suction.level() > HOLDING_LEVEL)
    }

    /// Lets go of everything, in the arrays too.
    pub fn reset(&mut self, settings: &Settings, arrays: &mut Arrays) {
        self.let_go(settings, arrays);
        *self = Self::new(settings);
    }

    /// Moves on by one physics step: feels, pumps or vents, and sets the forces for the step.
    pub fn advance(&mut self, engine: &Engine, settings: &Settings, scene: &SceneSettings, arrays: &mut Arrays) {
        self.let_go(settings, arrays);
        if !self.is_on && self.suction.level() <= 0.0 {
            self.seal = Seal::OPEN;
            return;
        }
        let lip = Lip::of(settings, arrays);
        self.seal = feel(&lip, engine, settings, scene, arrays);
        self.suction
            .advance(self.is_on, &self.seal, settings.step_ns as f64 * 1e-9);
        let force_n = self.suction.level() * scene.suction_force_n;
        if let Some(body) = self.seal.body.filter(|_| force_n > 0.0) {
            push(arrays, body, lip.middle_m, lip.axis.map(|a| -a * force_n));
            push(arrays, settings.cup_body, lip.middle_m, lip.axis.map(|a| a * force_n));
            self.pulled = Some(body);
        }
    }

    fn let_go(&mut self, settings: &Settings, arrays: &mut Arrays) {
        if let Some(before) = self.pulled.take() {
            arrays.xfrc_applied.set_row(before, [0.0; 6]);
            arrays.xfrc_applied.set_row(settings.cup_body, [0.0; 6]);
        }
    }
}

impl Lip {
    fn of(settings: &Settings, arrays: &Arrays) -> Self {
        let m: [f64; 9] = arrays.xmat.row(settings.cup_body);
        let origin: [f64; 3] = arrays.xpos.row(settings.cup_body);
        let axis = [m[2], m[5], m[8]];
        Self {
            middle_m: add(origin, axis, settings.lip_offset_m),
            axis,
            across: [[m[0], m[3], m[6]], [m[1], m[4], m[7]]],
        }
    }

    /// Where ray `i` starts: behind the lip's edge, inside the cup.
    fn ray_start(&self, i: usize, radius_m: f64) -> [f64; 3] {
        let (sine, cosine) = (std::f64::consts::TAU * i as f64 / LIPS as f64).sin_cos();
        let edge = add(self.middle_m, self.across[0], radius_m * cosine);
        add(add(edge, self.across[1], radius_m * sine), self.axis, -RAY_BACK_M)
    }
}

/// The nearest surface below each part of the lip: distance from the ray's start (m) and index of the surface.
type Nearest = [Option<(f64, usize)>; LIPS];

/// Rays from the lip to what is below it.
fn feel(lip: &Lip, engine: &Engine, settings: &Settings, scene: &SceneSettings, arrays: &Arrays) -> Seal {
    let mut nearest: Nearest = [None; LIPS];
    for (index, &geom) in settings.surfaces.iter().enumerate() {
        let centre: [f64; 3] = arrays.geom_xpos.row(geom);
        let bound = arrays.geom_rbound.get(geom) + settings.lip_radius_m + RAY_REACH_M;
        let apart: f64 = centre.iter().zip(&lip.middle_m).map(|(a, b)| (a - b) * (a - b)).sum();
        let is_near = apart <= bound * bound;
        if !is_near {
            continue;
        }
        let placed = PlacedGeom {
            position_m: centre,
            rotation: arrays.geom_xmat.row(geom),
            size_m: arrays.geom_size.row(geom),
            kind: arrays.geom_type.get(geom),
        };
        for (i, slot) in nearest.iter_mut().enumerate() {
            let start = lip.ray_start(i, settings.lip_radius_m);
            let reach = slot.map_or(RAY_BACK_M + RAY_REACH_M, |(found, _)| found);
            if let Some(distance) = engine
                .ray(&placed, &start, &lip.axis)
                .filter(|distance| *distance < reach)
            {
                *slot = Some((distance, index));
            }
        }
    }
    judge(&nearest, settings, scene, arrays)
}

/// The lip's seal on the surface that closes most of it; parts of the lip over other surfaces leak.
fn judge(nearest: &Nearest, settings: &Settings, scene: &SceneSettings, arrays: &Arrays) -> Seal {
    let closed_by = |index: usize| -> f64 {
        let hits = nearest.iter().flatten().filter(|(_, hit)| *hit == index);
        hits.map(|(distance, _)| 1.0 - leak_of(Some(distance - RAY_BACK_M), &settings.suction))
            .sum()
    };
    let mut best = (0.0, None);
    for (_, index) in nearest.iter().flatten() {
        let closed = closed_by(*index);
        if closed > best.0 {
            best = (closed, Some(*index));
        }
    }
    let Some((index, &geom)) = best.1.and_then(|index| Some((index, settings.surfaces.get(index)?))) else {
        return Seal::OPEN;
    };
    let porosity = scene.porosity.get(index).copied().unwrap_or(0.0);
    Seal {
        leak: (1.0 - best.0 / LIPS as f64 + porosity).clamp(0.0, 1.0),
        body: usize::try_from(arrays.geom_bodyid.get(geom)).ok(),
    }
}

/// Applies `force_n` at point `at` of a body (MuJoCo wants force and torque at the centre of mass, in the world).
fn push(arrays: &mut Arrays, body: usize, at: [f64; 3], force_n: [f64; 3]) {
    let centre: [f64; 3] = arrays.xipos.row(body);
    let arm = [at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]];
    let [fx, fy, fz] = force_n;
    let torque = [
        arm[1] * fz - arm[2] * fy,
        arm[2] * fx - arm[0] * fz,
        arm[0] * fy - arm[1] * fx,
    ];
    arrays
        .xfrc_applied
        .set_row(body, [fx, fy, fz, torque[0], torque[1], torque[2]]);
}

fn add(from: [f64; 3], direction: [f64; 3], length: f64) -> [f64; 3] {
    std::array::from_fn(|i| from[i] + direction[i] * length)
}
