//! Where the tool is, from plain numbers: the monitor's own forward kinematics.

use crate::JOINTS_MAX;

/// A fixed transform as three rows of [r r r t]; translations in m.
pub type Fixed = [[f64; 4]; 3];

const IDENTITY: Fixed = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

/// One joint: a turn about z by its position and `offset_rad`, then a fixed transform to the next joint's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Added to the joint's position, rad.
    pub offset_rad: f64,
    /// From the turned frame to the next one.
    pub fixed: Fixed,
}

/// All joints from the base outwards, then the tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// One a joint.
    pub links: Vec<Link>,
    /// From the last link's frame to the tool's; its origin is what is watched.
    pub tool: Fixed,
}

impl Chain {
    /// The tool's origin in the base frame, m.
    #[must_use]
    pub fn tool_m(&self, position_rad: &[f64; JOINTS_MAX]) -> [f64; 3] {
        let mut at = IDENTITY;
        for (link, position) in self.links.iter().zip(position_rad) {
            at = times(&turned(&at, position + link.offset_rad), &link.fixed);
        }
        let [x, y, z] = times(&at, &self.tool);
        [x[3], y[3], z[3]]
    }
}

fn turned(at: &Fixed, angle_rad: f64) -> Fixed {
    let (sin, cos) = angle_rad.sin_cos();
    at.map(|[x, y, z, t]| [x * cos + y * sin, y * cos - x * sin, z, t])
}

fn times(a: &Fixed, b: &Fixed) -> Fixed {
    let [bx, by, bz] = *b;
    a.map(|[x, y, z, t]| {
        let column = |k: usize| -> f64 {
            let of = |row: &[f64; 4]| row.get(k).copied().unwrap_or(f64::NAN);
            x * of(&bx) + y * of(&by) + z * of(&bz)
        };
        [column(0), column(1), column(2), column(3) + t]
    })
}
