//! What a capsule may meet between two samples of a path.

use spinal_arm::{Joints, Posture};

use crate::clearance::longer;
use crate::shape::{Capsule, Gap, Solid, lower};

/// What is kept more at every sample, m, so that ways shorter than this need not be bounded between two of them: an arm that rests right at its
/// limit could otherwise not prove that the first 50 nm away from it lead nowhere else.
pub(crate) const SPARE_M: f64 = 1e-6;

/// Upper bounds of the way of a capsule between two samples, and of how far it leaves the straight line between them, m.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Motion {
    pub path_m: f64,
    pub sag_m: f64,
}

/// What led to a sample.
pub(crate) struct Step<'a> {
    pub posture: &'a Posture,
    pub travelled_rad: &'a Joints,
    pub bent_rad: &'a Joints,
    pub is_first: bool,
}

impl Step<'_> {
    /// Path and sag of a capsule on the way to where it is now, seen from link `from`.
    ///
    /// A point's lever to joint j changes only by the joints after j, so it is at most its lever now and their path. The sag is Σ
    /// lever·bent, and for the curvature of the way itself 1/8 of the largest second derivative, Σ_j Σ_k lever_max(j,k)·way_j·way_k.
    /// `link` is the link that carries the capsule.
    pub fn motion(&self, link: usize, now: &Capsule, from: usize) -> Motion {
        let mut motion = Motion {
            path_m: 0.0,
            sag_m: 0.0,
        };
        let ways = || {
            self.travelled_rad
                .iter()
                .zip(self.bent_rad)
                .enumerate()
                .take(link)
                .skip(from)
        };
        let mut before_rad: f64 = ways().map(|(_, (way, _))| way).sum();
        for (joint, (way, bent)) in ways().rev() {
            before_rad -= way;
            let lever_m = self.posture.link(joint).map_or(f64::NAN, |link| {
                let (axis, origin) = (link.rotation.z, link.translation_m);
                longer(axis.cross(now.a_m - origin), axis.cross(now.b_m - origin))
            }) + motion.path_m;
            motion.sag_m += lever_m * (bent + way * (way + 2.0 * before_rad) / 8.0);
            motion.path_m += lever_m * way;
        }
        // What is kept more of at the samples may be used up between them; NaN stays NaN.
        let beyond = |way_m: f64| if way_m <= SPARE_M { 0.0 } else { way_m - SPARE_M };
        Motion {
            path_m: beyond(motion.path_m),
            sag_m: beyond(motion.sag_m),
        }
    }
}

/// The least distance to a solid on the way from `before` to `now`, by bounds 2 and 3.
pub(crate) fn swept(solid: &Solid, before: &Capsule, now: &Capsule, gap: &Gap, motion: Motion) -> f64 {
    let first = solid.gap(before);
    let by_path = 0.5 * (first.distance_m + gap.distance_m - motion.path_m);
    let along_first = lower(first.distance_m, solid.apart_along_m(first.normal, now));
    let along_last = lower(gap.distance_m, solid.apart_along_m(gap.normal, before));
    // At the ends themselves it is not more than what it is there, however short the way between them is taken to be.
    lower(
        lower(first.distance_m, gap.distance_m),
        by_path.max(along_first.max(along_last) - motion.sag_m),
    )
}
