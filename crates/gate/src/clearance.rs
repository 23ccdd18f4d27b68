//! How far the robot is from itself, from the cell and from the borders of its zones, along a path.

use spinal_arm::{ArmModel, Joints, Posture, Vec3};

use crate::geometry::{Geometry, Role};
use crate::shape::{Capsule, Solid, lower};
use crate::sweep::{Motion, SPARE_M, Step, swept};
use crate::{Check, ConfigError, DOF_MAX, Limited};

/// Keeps all checked pairs of shapes apart along a sampled path, between the samples too. Nothing allocates after it was made.
///
/// Three bounds are tried on each pair, the cheapest first; one that clears the pair is enough:
/// 1. *Reach*: between two samples no point goes further than Σ (longest possible lever to the joint)·(way of the joint).
/// 2. *Path*: as 1 with the levers of this posture; of two distances d0 and d1 with a path M between them, the least is at least
///    (d0 + d1 − M)/2.
/// 3. *Chord*: points leave the straight line between their two places by at most a *sag* e. Along a fixed direction, points on
///    straight lines are nearest at one of the ends; so the least distance is at least the lower of the two, along the direction in
///    which one of them was found, less e.
#[derive(Clone, Debug)]
pub struct Clearance {
    members: Box<[Member]>,
    placed: Box<[Placed]>,
    solids: Box<[(Solid, Role)]>,
    /// Pairs (member, solid), ordered by member.
    with_cell: Box<[(u16, u16)]>,
    /// Pairs (member, member), the one on the inner link first.
    with_self: Box<[(u16, u16)]>,
    clearance_min_m: f64,
}

/// A pair of shapes and how far it is apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Numbers of the shapes in the [`Geometry`].
    pub place: (u16, u16),
    /// m; negative: they overlap.
    pub distance_m: f64,
    /// m; below it the gate does not let the robot go.
    pub limit_m: f64,
}

/// What is known of a capsule of the robot.
#[derive(Clone, Debug)]
struct Member {
    link: usize,
    own: Capsule,
    half_length_m: f64,
    /// Longest lever of its segment to each joint, over all postures, m.
    reach_m: [f64; DOF_MAX],
    first_pair: usize,
    end_pair: usize,
}

/// Where a capsule of the robot is, and how it came there.
#[derive(Clone, Copy, Debug, Default)]
struct Placed {
    before: Capsule,
    now: Capsule,
    /// Bound 1 for the way between them, m.
    reached_m: f64,
    /// Bounds 2 and 3 for the way between them, m, once somebody asked.
    motion: Option<Motion>,
    /// Where it was when its distance to everything of the cell was last found to be at least `free_m`.
    seen: Capsule,
    free_m: f64,
}

/// What rounding may add up to, m: far more than it does.
const HAIR_M: f64 = SPARE_M + 1e-9;

impl Clearance {
    /// The clearance of this arm in this geometry.
    ///
    /// # Errors
    /// What in the geometry is wrong.
    pub fn new(geometry: &Geometry, arm: &ArmModel) -> Result<Self, ConfigError> {
        geometry.check(arm.dof())?;
        let count = geometry.links.len();
        let (mut with_self, mut with_cell): (Vec<_>, Vec<_>) =
            geometry.pairs().partition(|&(_, other)| usize::from(other) < count);
        let link = |shape: u16| geometry.links.get(usize::from(shape)).map(|shape| shape.link);
        for pair in &mut with_self {
            if link(pair.0) > link(pair.1) {
                *pair = (pair.1, pair.0);
            }
        }
        for pair in &mut with_cell {
            pair.1 -= count as u16;
        }
        let at_zero = arm.posture(&[0.0; DOF_MAX]);
        let mut members: Vec<Member> = (geometry.links.iter())
            .map(|shape| Member::of(&at_zero, usize::from(shape.link), shape.capsule))
            .collect();
        for (i, member) in members.iter_mut().enumerate() {
            member.first_pair = with_cell.partition_point(|pair| usize::from(pair.0) < i);
            member.end_pair = with_cell.partition_point(|pair| usize::from(pair.0) <= i);
        }
        Ok(Self {
            members: members.into(),
            placed: vec![Placed::default(); count].into(),
            solids: geometry.places.iter().map(|place| (place.solid, place.role)).collect(),
            with_cell: with_cell.into(),
            with_self: with_self.into(),
            clearance_min_m: geometry.clearance_min_m,
        })
    }

    /// What would be too near on the way to this sample of a path, or at it; `None` = all pairs are clear.
    ///
    /// `travelled_rad`: an upper bound of the way that each joint goes since the sample before. `bent_rad`: an upper bound of how far
    /// each joint is, on that way, from moving evenly from one position to the other (at an acceleration of at most A during T that is
    /// A·T²/8). `is_first`: there is no sample before; the way that led here is then covered
    /// by bounds 1 and 2 from its end alone.
    pub fn look_bent(
        &mut self,
        posture: &Posture,
        travelled_rad: &Joints,
        bent_rad: &Joints,
        is_first: bool,
    ) -> Option<Limited> {
        self.place(posture, travelled_rad, is_first);
        let step = Step {
            posture,
            travelled_rad,
            bent_rad,
            is_first,
        };
        self.look_at_cell(&step).or_else(|| self.look_at_self(&step))
    }

    /// As [`Clearance::look_bent`] when nothing is known about how evenly the joints move between the samples.
    pub fn look(&mut self, posture: &Posture, travelled_rad: &Joints, is_first: bool) -> Option<Limited> {
        self.look_bent(posture, travelled_rad, travelled_rad, is_first)
    }

    /// The pair that is nearest to its limit at a posture, by exact distances. `None` when nothing is checked.
    pub fn smallest(&mut self, posture: &Posture) -> Option<Nearest> {
        let room = |found: &Nearest| found.distance_m - found.limit_m;
        let mut smallest: Option<Nearest> = None;
        for found in self.distances(posture) {
            if smallest.as_ref().is_none_or(|best| !(room(&found) >= room(best))) {
                smallest = Some(found);
            }
        }
        smallest
    }

    /// The exact distances of all checked pairs at a posture: first those between links, then those with the cell.
    pub fn distances(&mut self, posture: &Posture) -> impl Iterator<Item = Nearest> + '_ {
        self.place(posture, &[0.0; DOF_MAX], true);
        let this = &*self;
        let count = this.members.len() as u16;
        let links = this.with_self.iter().map(move |&(a, b)| Nearest {
            place: (a, b),
            distance_m: this.now(a).gap(&this.now(b)).distance_m,
            limit_m: this.clearance_min_m,
        });
        let cell = this.with_cell.iter().map(move |&(a, b)| {
            let solid = this.solids.get(usize::from(b));
            Nearest {
                place: (a, count + b),
                distance_m: solid.map_or(f64::NAN, |(solid, _)| solid.gap(&this.now(a)).distance_m),
                limit_m: solid.map_or(f64::NAN, |(_, role)| limit_m(*role, this.clearance_min_m)),
            }
        });
        links.chain(cell)
    }

    /// The capsules of the robot where they were last looked at, in the base frame, in the order of the geometry.
    pub fn capsules(&self) -> impl Iterator<Item = &Capsule> {
        self.placed.iter().map(|placed| &placed.now)
    }

    fn now(&self, member: u16) -> Capsule {
        self.placed
            .get(usize::from(member))
            .map_or(NOWHERE, |placed| placed.now)
    }

    fn place(&mut self, posture: &Posture, travelled_rad: &Joints, is_first: bool) {
        for (member, placed) in self.members.iter().zip(&mut self.placed) {
            let now = member.placed(posture);
            placed.before = if is_first { now } else { placed.now };
            placed.now = now;
            placed.reached_m = member.reached_m(travelled_rad, 0);
            placed.motion = None;
        }
    }

    fn look_at_cell(&mut self, step: &Step<'_>) -> Option<Limited> {
        let count = self.members.len() as u16;
        for (i, (member, placed)) in self.members.iter().zip(&mut self.placed).enumerate() {
            let moved = longer(placed.now.a_m - placed.seen.a_m, placed.now.b_m - placed.seen.b_m);
            if placed.free_m - moved - placed.reached_m >= self.clearance_min_m + HAIR_M {
                continue;
            }
            let middle = placed.now.middle_m();
            let around = member.half_length_m + placed.now.radius_m;
            let mut free_m = f64::INFINITY;
            for &(_, other) in self.with_cell.iter().take(member.end_pair).skip(member.first_pair) {
                let place = (i as u16, count + other);
                let Some((solid, role)) = self.solids.get(usize::from(other)) else {
                    return Some(limited(Check::Clearance, f64::NAN, self.clearance_min_m, place));
                };
                let limit_m = limit_m(*role, self.clearance_min_m);
                let wanted_m = limit_m + HAIR_M;
                let rough = solid.distance_to_point_m(middle) - around;
                if rough - placed.reached_m >= wanted_m {
                    free_m = free_m.min(rough);
                    continue;
                }
                let now = solid.gap(&placed.now);
                free_m = free_m.min(now.distance_m);
                if now.distance_m - placed.reached_m >= wanted_m {
                    continue;
                }
                let motion = *placed
                    .motion
                    .get_or_insert_with(|| step.motion(member.link, &placed.now, 0));
                let bound_m = if step.is_first {
                    now.distance_m - motion.path_m
                } else {
                    swept(solid, &placed.before, &placed.now, &now, motion)
                };
                if !(bound_m >= wanted_m) {
                    return Some(limited(check_of(*role), bound_m, limit_m, place));
                }
            }
            (placed.seen, placed.free_m) = (placed.now, free_m);
        }
        None
    }

    fn look_at_self(&self, step: &Step<'_>) -> Option<Limited> {
        let wanted_m = self.clearance_min_m + HAIR_M;
        for &(first, second) in &self.with_self {
            let of = |i: u16| self.members.get(usize::from(i)).zip(self.placed.get(usize::from(i)));
            let (Some((inner, a)), Some((outer, b))) = (of(first), of(second)) else {
                return Some(limited(
                    Check::Clearance,
                    f64::NAN,
                    self.clearance_min_m,
                    (first, second),
                ));
            };
            // Seen from the inner link, only the joints between the two move anything.
            let reached_m = outer.reached_m(step.travelled_rad, inner.link);
            let apart = a.now.middle_m() - b.now.middle_m();
            let around = inner.half_length_m + outer.half_length_m + a.now.radius_m + b.now.radius_m;
            let far = around + reached_m + wanted_m;
            if apart.dot(apart) >= far * far {
                continue;
            }
            let now_m = a.now.gap(&b.now).distance_m;
            if now_m - reached_m >= wanted_m {
                continue;
            }
            let path_m = step.motion(outer.link, &b.now, inner.link).path_m;
            let bound_m = if step.is_first {
                now_m - path_m
            } else {
                let before_m = a.before.gap(&b.before).distance_m;
                lower(lower(before_m, now_m), 0.5 * (before_m + now_m - path_m))
            };
            if !(bound_m >= wanted_m) {
                return Some(limited(
                    Check::Clearance,
                    bound_m,
                    self.clearance_min_m,
                    (first, second),
                ));
            }
        }
        None
    }
}

impl Member {
    fn of(at_zero: &Posture, link: usize, own: Capsule) -> Self {
        // The distance between the origins of neighbouring joints is the same in every posture.
        let origin = |joint: usize| at_zero.joint_origin_m(joint).unwrap_or(NOWHERE.a_m);
        let mut reach_m = [0.0; DOF_MAX];
        let mut reach = own.a_m.norm().max(own.b_m.norm());
        for (joint, slot) in reach_m.iter_mut().enumerate().take(link).rev() {
            *slot = reach;
            reach += (origin(joint) - origin(joint.saturating_sub(1))).norm();
        }
        Self {
            link,
            own,
            half_length_m: own.half_length_m(),
            reach_m,
            first_pair: 0,
            end_pair: 0,
        }
    }

    fn placed(&self, posture: &Posture) -> Capsule {
        match self.link.checked_sub(1) {
            None => self.own,
            Some(joint) => posture.link(joint).map_or(NOWHERE, |pose| self.own.placed(&pose)),
        }
    }

    /// Bound 1, seen from link `from`.
    fn reached_m(&self, travelled_rad: &Joints, from: usize) -> f64 {
        let joints = self.reach_m.iter().zip(travelled_rad).take(self.link).skip(from);
        joints.map(|(reach, way)| reach * way).sum()
    }
}

fn limit_m(role: Role, clearance_min_m: f64) -> f64 {
    match role {
        Role::Cell => clearance_min_m,
        Role::KeepOut | Role::KeepIn => 0.0,
    }
}

fn check_of(role: Role) -> Check {
    match role {
        Role::Cell => Check::Clearance,
        Role::KeepOut => Check::KeepOut,
        Role::KeepIn => Check::KeepIn,
    }
}

fn limited(check: Check, value: f64, limit: f64, place: (u16, u16)) -> Limited {
    Limited {
        check,
        value,
        limit,
        place,
    }
}

/// The length of the longer one; NaN when one of them is.
pub(crate) fn longer(a: Vec3, b: Vec3) -> f64 {
    -lower(-a.norm(), -b.norm())
}

/// Where a shape is that there is no place for: nowhere near is clear of it.
const NOWHERE: Capsule = Capsule {
    a_m: Vec3::new(f64::NAN, f64::NAN, f64::NAN),
    b_m: Vec3::new(f64::NAN, f64::NAN, f64::NAN),
    radius_m: f64::NAN,
};
