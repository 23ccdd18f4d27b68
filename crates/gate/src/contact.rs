//! Contact with people: how fast the robot may be when it touches somebody (power and force limiting).
//!
//! Source: ISO/TS 15066:2016, A.3.4 and A.3.5: body region and robot are two masses on a spring, so that the force of a contact at
//! the relative speed `v` is `v·√(μ·k)`, with `1/μ = 1/m_H + 1/m_R`, and the energy that goes into it is `μ·v²/2`.

use crate::ConfigError;

/// The most body regions that a profile can name.
pub const REGIONS_MAX: usize = 32;

/// What the part of the robot that touches is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ContactType {
    /// Rounded and wide: force and pressure count.
    Blunt = 0,
    /// An edge or a point: the energy that an edge may bring counts as well.
    Edge = 1,
}

/// What one body region bears. Where transient contact bears no more than a clamped one, both numbers are the same; a limit that no
/// source gives is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyRegion {
    /// Force while clamped, N.
    pub force_quasi_static_n: f64,
    /// Force for less than 0.5 s, N.
    pub force_transient_n: f64,
    /// Pressure while clamped, N/m².
    pub pressure_quasi_static_n_m2: f64,
    /// Pressure for less than 0.5 s, N/m².
    pub pressure_transient_n_m2: f64,
    /// Energy that a blunt contact may bring, J.
    pub energy_blunt_j: f64,
    /// Energy that an edge may bring, J.
    pub energy_edge_j: f64,
    /// Stiffness of the region, N/m.
    pub stiffness_n_m: f64,
    /// Mass that moves with the region, kg.
    pub mass_kg: f64,
}

/// Everything that decides how fast the robot may touch a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// The regions that the risk assessment declares reachable: at least one.
    pub regions: Vec<BodyRegion>,
    /// The part that touches.
    pub contact_type: ContactType,
    /// Whether a person can be held fast between the robot and something else: then only what is borne for long counts.
    pub is_clamping_possible: bool,
    /// Smallest area that touches, m².
    pub area_m2: f64,
    /// Mass of the robot's moving parts, kg.
    pub moving_mass_kg: f64,
    /// Mass of tool and load, kg.
    pub payload_kg: f64,
    /// How fast the person may come towards the robot in the moment of contact, m/s: it is taken from what is allowed.
    pub human_speed_m_s: f64,
}

/// Which of a region's limits allows the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactTerm {
    /// Force.
    Force,
    /// Pressure.
    Pressure,
    /// Energy.
    Energy,
}

/// How fast the robot may touch, and what decides it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContactSpeed {
    /// Relative speed, m/s.
    pub relative_m_s: f64,
    /// The robot's own share of it, m/s; 0 when nothing is left.
    pub robot_m_s: f64,
    /// Number of the region that bears least.
    pub region: u16,
    /// What of it counts.
    pub term: ContactTerm,
}

impl BodyRegion {
    /// The mass that a contact with a robot of `robot_kg` works with, kg. Source: ISO/TS 15066:2016, A.3.5.
    #[must_use]
    pub fn reduced_mass_kg(&self, robot_kg: f64) -> f64 {
        1.0 / (1.0 / self.mass_kg + 1.0 / robot_kg)
    }

    /// The relative speed at which this force comes about, m/s. Source: ISO/TS 15066:2016, A.3.5.
    #[must_use]
    pub fn speed_for_force_m_s(&self, force_n: f64, robot_kg: f64) -> f64 {
        force_n / (self.reduced_mass_kg(robot_kg) * self.stiffness_n_m).sqrt()
    }

    /// The relative speed at which this energy goes into the region, m/s.
    #[must_use]
    pub fn speed_for_energy_m_s(&self, energy_j: f64, robot_kg: f64) -> f64 {
        (2.0 * energy_j / self.reduced_mass_kg(robot_kg)).sqrt()
    }
}

impl Contact {
    /// The mass of the robot that a person feels, kg: half of what moves, and the load. Source: ISO/TS 15066:2016, A.3.5.
    #[must_use]
    pub fn robot_kg(&self) -> f64 {
        self.moving_mass_kg / 2.0 + self.payload_kg
    }

    /// The smallest speed over all regions and all of their limits.
    #[must_use]
    pub fn speed(&self) -> ContactSpeed {
        let robot_kg = self.robot_kg();
        let mut least = ContactSpeed {
            relative_m_s: f64::INFINITY,
            robot_m_s: 0.0,
            region: 0,
            term: ContactTerm::Force,
        };
        for (number, region) in self.regions.iter().enumerate() {
            for (term, speed_m_s) in self.speeds(region, robot_kg) {
                // NaN counts as the least, and stays it.
                if speed_m_s.is_nan() || speed_m_s < least.relative_m_s {
                    least.relative_m_s = speed_m_s;
                    least.region = number as u16;
                    least.term = term;
                }
            }
        }
        let robot_m_s = least.relative_m_s - self.human_speed_m_s;
        least.robot_m_s = if robot_m_s.is_finite() && robot_m_s > 0.0 {
            robot_m_s
        } else {
            0.0
        };
        least
    }

    fn speeds(&self, region: &BodyRegion, robot_kg: f64) -> [(ContactTerm, f64); 3] {
        let (force_n, pressure_n_m2) = if self.is_clamping_possible {
            (region.force_quasi_static_n, region.pressure_quasi_static_n_m2)
        } else {
            (region.force_transient_n, region.pressure_transient_n_m2)
        };
        let energy_j = match self.contact_type {
            ContactType::Blunt => region.energy_blunt_j,
            ContactType::Edge => region.energy_edge_j.min(region.energy_blunt_j),
        };
        [
            (ContactTerm::Force, region.speed_for_force_m_s(force_n, robot_kg)),
            (
                ContactTerm::Pressure,
                region.speed_for_force_m_s(pressure_n_m2 * self.area_m2, robot_kg),
            ),
            (ContactTerm::Energy, region.speed_for_energy_m_s(energy_j, robot_kg)),
        ]
    }

    /// Whether it can be held to: every number there and positive.
    ///
    /// # Errors
    /// The first field that is wrong, its value and what is allowed.
    pub fn check(&self) -> Result<(), ConfigError> {
        let count = self.regions.len();
        if !(1..=REGIONS_MAX).contains(&count) {
            let allowed = format!("1 to {REGIONS_MAX} regions that the robot can reach");
            return Err(ConfigError::new("people.contact.regions", count, allowed));
        }
        for (name, value, low, high) in [
            ("area_m2", self.area_m2, 1e-7, 1.0),
            ("moving_mass_kg", self.moving_mass_kg, 1e-3, 1e4),
            ("payload_kg", self.payload_kg, 0.0, 1e4),
            ("human_speed_m_s", self.human_speed_m_s, 0.0, 10.0),
        ] {
            within(&format!("people.contact.{name}"), value, low, high)?;
        }
        self.regions
            .iter()
            .enumerate()
            .try_for_each(|(number, region)| region.check(number))
    }
}

impl BodyRegion {
    fn check(&self, number: usize) -> Result<(), ConfigError> {
        for (name, value, high) in [
            ("force_quasi_static_n", self.force_quasi_static_n, 1e4),
            ("force_transient_n", self.force_transient_n, 1e4),
            ("stiffness_n_m", self.stiffness_n_m, 1e7),
            ("mass_kg", self.mass_kg, 1e3),
            (
                "pressure_quasi_static_n_m2",
                self.pressure_quasi_static_n_m2,
                f64::INFINITY,
            ),
            ("pressure_transient_n_m2", self.pressure_transient_n_m2, f64::INFINITY),
            ("energy_blunt_j", self.energy_blunt_j, f64::INFINITY),
            ("energy_edge_j", self.energy_edge_j, f64::INFINITY),
        ] {
            within(&format!("people.contact.regions[{number}].{name}"), value, 1e-6, high)?;
        }
        Ok(())
    }
}

/// A number that must lie in a range, ends included.
pub(crate) fn within(field: &str, value: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    if low <= value && value <= high {
        return Ok(());
    }
    Err(ConfigError::new(
        field,
        value,
        if high.is_finite() {
            format!("a number from {low} to {high}")
        } else {
            format!("a number of at least {low}, or infinity")
        },
    ))
}
