//! The distance between two capsules, in closed form.

/// A capsule that is placed: all points no further than the radius from the line between two points of the base frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlacedCapsule {
    /// One end, m.
    pub a_m: [f64; 3],
    /// The other end, m.
    pub b_m: [f64; 3],
    /// m.
    pub radius_m: f64,
}

/// Between the surfaces, m: 0 when they overlap, NaN when a number is.
#[must_use]
pub fn capsule_distance_m(one: &PlacedCapsule, other: &PlacedCapsule) -> f64 {
    let apart = axis_distance_m(one, other) - one.radius_m - other.radius_m;
    if apart <= 0.0 { 0.0 } else { apart }
}

/// Between the axes. Source: Ericson, Real-Time Collision Detection (2005), 5.1.9.
fn axis_distance_m(one: &PlacedCapsule, other: &PlacedCapsule) -> f64 {
    let (d1, d2, r) = (
        minus(&one.b_m, &one.a_m),
        minus(&other.b_m, &other.a_m),
        minus(&one.a_m, &other.a_m),
    );
    let (a, e, f) = (dot(&d1, &d1), dot(&d2, &d2), dot(&d2, &r));
    let (b, c) = (dot(&d1, &d2), dot(&d1, &r));
    let share = |top: f64, bottom: f64| {
        if bottom > TINY {
            (top / bottom).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let mut s = share(b * f - c * e, a * e - b * b);
    let t = if e > TINY { (b * s + f) / e } else { 0.0 };
    let t = if t < 0.0 {
        s = share(-c, a);
        0.0
    } else if t > 1.0 {
        s = share(b - c, a);
        1.0
    } else {
        if e <= TINY {
            s = share(-c, a);
        }
        t
    };
    let between = [0, 1, 2].map(|i| {
        let at = |v: &[f64; 3]| v.get(i).copied().unwrap_or(f64::NAN);
        at(&r) + s * at(&d1) - t * at(&d2)
    });
    dot(&between, &between).sqrt()
}

/// Squares of lengths below this (m²) are points.
const TINY: f64 = 1e-18;

fn minus(a: &[f64; 3], b: &[f64; 3]) -> [f64; 3] {
    let ([ax, ay, az], [bx, by, bz]) = (a, b);
    [ax - bx, ay - by, az - bz]
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let ([ax, ay, az], [bx, by, bz]) = (a, b);
    ax * bx + ay * by + az * bz
}
