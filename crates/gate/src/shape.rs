//! Capsules, boxes and planes, and how far apart they are: in closed form, without allocation. A number that is not finite gives a
//! distance that is NaN, and NaN is never clear.

use spinal_arm::{Pose, Vec3};

/// All points within a radius of a segment; a sphere when its ends are one point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Capsule {
    /// One end of its segment, m.
    pub a_m: Vec3,
    /// The other end, m.
    pub b_m: Vec3,
    /// Radius, m.
    pub radius_m: f64,
}

/// An oriented box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuboid {
    /// Its middle and its axes.
    pub pose: Pose,
    /// Half of its sides along its axes, m.
    pub half_m: Vec3,
}

/// A half space: everything on the far side of a plane is solid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// A point on it, m.
    pub point_m: Vec3,
    /// Unit normal; it points to the free side.
    pub normal: Vec3,
}

/// What a capsule must keep a distance from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Solid {
    /// A box.
    Cuboid(Cuboid),
    /// A capsule.
    Capsule(Capsule),
    /// A half space.
    Plane(Plane),
    /// A box that must not be left: everything outside of it is solid.
    Room(Cuboid),
}

/// How far two shapes are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// m. Negative: they overlap. Where a capsule's segment itself meets the other shape it is minus the radii and says no more about
    /// the depth; for planes and rooms it is the true depth.
    pub distance_m: f64,
    /// Unit vector from the other shape to the capsule, along which they are that far apart; zero where segments meet.
    pub normal: Vec3,
}

impl Gap {
    const UNKNOWN: Self = Self {
        distance_m: f64::NAN,
        normal: Vec3::ZERO,
    };

    /// The gap of two sets that are `apart` (from the other to the capsule) before their radii are taken off.
    fn of(apart: Vec3, radii_m: f64) -> Self {
        let distance = apart.norm();
        Self {
            distance_m: distance - radii_m,
            normal: if distance > 0.0 {
                apart * (1.0 / distance)
            } else {
                Vec3::ZERO
            },
        }
    }
}

impl Capsule {
    /// The capsule moved by a pose.
    #[must_use]
    #[inline]
    pub fn placed(&self, pose: &Pose) -> Self {
        Self {
            a_m: pose.apply(self.a_m),
            b_m: pose.apply(self.b_m),
            radius_m: self.radius_m,
        }
    }

    /// The middle of its segment, m.
    #[must_use]
    #[inline]
    pub fn middle_m(&self) -> Vec3 {
        (self.a_m + self.b_m) * 0.5
    }

    /// Half the length of its segment, m.
    #[must_use]
    pub fn half_length_m(&self) -> f64 {
        (self.b_m - self.a_m).norm() * 0.5
    }

    /// The gap to another capsule.
    #[must_use]
    pub fn gap(&self, other: &Self) -> Gap {
        Gap::of(segment_segment_from(self, other), self.radius_m + other.radius_m)
    }

    /// The lowest value of `normal · point` over the capsule.
    #[inline]
    fn lowest_along(&self, normal: Vec3) -> f64 {
        lower(normal.dot(self.a_m), normal.dot(self.b_m)) - self.radius_m
    }
}

impl Solid {
    /// The gap between a capsule and this solid.
    #[must_use]
    pub fn gap(&self, capsule: &Capsule) -> Gap {
        match self {
            Self::Cuboid(cuboid) => Gap::of(cuboid.segment_from(capsule), capsule.radius_m),
            Self::Capsule(other) => capsule.gap(other),
            Self::Plane(plane) => Gap {
                distance_m: capsule.lowest_along(plane.normal) - plane.normal.dot(plane.point_m),
                normal: plane.normal,
            },
            Self::Room(room) => room.room_for(capsule),
        }
    }

    /// A lower bound of the distance between a point and this solid, m: exact but for rooms and planes, where it may be negative.
    #[must_use]
    #[inline]
    pub fn distance_to_point_m(&self, point_m: Vec3) -> f64 {
        match self {
            Self::Cuboid(cuboid) => cuboid.excess(cuboid.local(point_m)).norm(),
            Self::Capsule(other) => (point_m - nearest_on(other, point_m)).norm() - other.radius_m,
            Self::Plane(plane) => plane.normal.dot(point_m - plane.point_m),
            Self::Room(room) => room.depth(room.local(point_m)),
        }
    }

    /// How far the capsule is from this solid when only `normal` (unit) is looked along: never more than the distance.
    #[must_use]
    pub fn apart_along_m(&self, normal: Vec3, capsule: &Capsule) -> f64 {
        match self {
            Self::Cuboid(cuboid) => capsule.lowest_along(normal) - cuboid.highest_along(normal),
            Self::Capsule(other) => capsule.lowest_along(normal) + other.lowest_along(-normal),
            Self::Plane(_) | Self::Room(_) => self.gap(capsule).distance_m,
        }
    }
}

impl Cuboid {
    /// A point in the box's own frame.
    #[inline]
    fn local(&self, point_m: Vec3) -> Vec3 {
        let (r, p) = (&self.pose.rotation, point_m - self.pose.translation_m);
        Vec3::new(r.x.dot(p), r.y.dot(p), r.z.dot(p))
    }

    /// From the box to a point of its own frame; zero inside.
    #[inline]
    fn excess(&self, p: Vec3) -> Vec3 {
        let over = |value: f64, half: f64| value - value.max(-half).min(half);
        Vec3::new(
            over(p.x, self.half_m.x),
            over(p.y, self.half_m.y),
            over(p.z, self.half_m.z),
        )
    }

    /// How far a point of its own frame is from the nearest face, m; negative outside.
    fn depth(&self, p: Vec3) -> f64 {
        let (x, y, z) = (
            self.half_m.x - p.x.abs(),
            self.half_m.y - p.y.abs(),
            self.half_m.z - p.z.abs(),
        );
        lower(x, lower(y, z))
    }

    fn highest_along(&self, normal: Vec3) -> f64 {
        let r = &self.pose.rotation;
        normal.dot(self.pose.translation_m)
            + normal.dot(r.x).abs() * self.half_m.x
            + normal.dot(r.y).abs() * self.half_m.y
            + normal.dot(r.z).abs() * self.half_m.z
    }

    /// The shortest vector from the box to the segment of a capsule.
    ///
    /// The squared distance along the segment is convex and its slope is a polygon that bends where the segment crosses the planes of
    /// the faces. So the minimum is at an end, or where the slope crosses zero between two neighbouring bends: no iteration is needed.
    fn segment_from(&self, capsule: &Capsule) -> Vec3 {
        let start = self.local(capsule.a_m);
        let way = self.local(capsule.b_m) - start;
        let at = |t: f64| self.excess(start + way * t);
        let slope = |t: f64| at(t).dot(way);
        let (mut low, mut high) = ((0.0, slope(0.0)), (1.0, slope(1.0)));
        let t = if low.1 >= 0.0 {
            0.0
        } else if high.1 <= 0.0 {
            1.0
        } else {
            let half = self.half_m;
            for (from, along, half) in [
                (start.x, way.x, half.x),
                (start.y, way.y, half.y),
                (start.z, way.z, half.z),
            ] {
                for bend in [(half - from) / along, (-half - from) / along] {
                    if low.0 < bend && bend < high.0 {
                        let found = (bend, slope(bend));
                        if found.1 <= 0.0 {
                            low = found;
                        } else {
                            high = found;
                        }
                    }
                }
            }
            let rise = high.1 - low.1;
            low.0 - low.1 * (high.0 - low.0) / rise
        };
        self.pose.rotation * at(t)
    }

    /// How far a capsule inside is from leaving the box, with the inward normal of the nearest face.
    fn room_for(&self, capsule: &Capsule) -> Gap {
        let (a, b) = (self.local(capsule.a_m), self.local(capsule.b_m));
        if !(a.is_finite() && b.is_finite()) {
            return Gap::UNKNOWN;
        }
        let (half, r) = (self.half_m, &self.pose.rotation);
        let mut nearest = Gap {
            distance_m: f64::INFINITY,
            normal: Vec3::ZERO,
        };
        for (a, b, half, axis) in [
            (a.x, b.x, half.x, r.x),
            (a.y, b.y, half.y, r.y),
            (a.z, b.z, half.z, r.z),
        ] {
            let (below, above) = (half - a.max(b), half + a.min(b));
            for (distance, normal) in [(below, -axis), (above, axis)] {
                let distance_m = distance - capsule.radius_m;
                if !(distance_m >= nearest.distance_m) {
                    nearest = Gap { distance_m, normal };
                }
            }
        }
        nearest
    }
}

/// The lower one; NaN when one of them is.
#[inline]
pub(crate) fn lower(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

/// The point of a capsule's segment that is nearest to a point.
fn nearest_on(capsule: &Capsule, point_m: Vec3) -> Vec3 {
    let way = capsule.b_m - capsule.a_m;
    let length2 = way.dot(way);
    let t = if length2 > 0.0 {
        (point_m - capsule.a_m).dot(way) / length2
    } else {
        0.0
    };
    capsule.a_m + way * t.clamp(0.0, 1.0)
}

/// The shortest vector from the other capsule's segment to this one's.
///
/// The nearest pair of points lies inside both segments or has an end of one of them. All five candidates are true distances, so the
/// shortest is right also for segments that are parallel, or points.
fn segment_segment_from(this: &Capsule, other: &Capsule) -> Vec3 {
    let finite = this.a_m.is_finite() && this.b_m.is_finite() && other.a_m.is_finite() && other.b_m.is_finite();
    if !finite {
        return Vec3::new(f64::NAN, f64::NAN, f64::NAN);
    }
    let mut best = this.a_m - nearest_on(other, this.a_m);
    let mut shortest = best.dot(best);
    let mut consider = |apart: Vec3| {
        let length2 = apart.dot(apart);
        if length2 < shortest {
            (best, shortest) = (apart, length2);
        }
    };
    consider(this.b_m - nearest_on(other, this.b_m));
    consider(nearest_on(this, other.a_m) - other.a_m);
    consider(nearest_on(this, other.b_m) - other.b_m);
    let (way, across, between) = (this.b_m - this.a_m, other.b_m - other.a_m, this.a_m - other.a_m);
    let (d, e, f) = (way.dot(way), across.dot(across), way.dot(across));
    let (g, h) = (way.dot(between), across.dot(between));
    let area2 = d * e - f * f;
    if area2 > 0.0 {
        // Source: C. Ericson, Real-Time Collision Detection, §5.1.9.
        let on_this = this.a_m + way * ((f * h - g * e) / area2).clamp(0.0, 1.0);
        let on_other = nearest_on(other, on_this);
        consider(nearest_on(this, on_other) - on_other);
    }
    best
}
