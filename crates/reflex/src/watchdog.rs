//! What is wrong with the world at this tick.

use spinal_gate::{DOF_MAX, Measured, Profile};

/// Looks at the measured state and at the tick itself. Each question has one answer and no memory but what it counts in a row.
#[derive(Default)]
pub(crate) struct Watchdog {
    misses_in_row: u32,
    ticked_ns: Option<i64>,
    heard_ns: Option<i64>,
    silent_in_row: u32,
}

impl Watchdog {
    /// Whether every number of the reading is finite.
    pub fn is_finite(measured: &Measured, dof: usize) -> bool {
        #[cfg(feature = "seeded-bugs")]
        if spinal_gate::seeded::is(spinal_gate::seeded::Bug::NanPasses) {
            return true;
        }
        let finite = |values: &[f64; DOF_MAX]| values.iter().take(dof).all(|value| value.is_finite());
        finite(&measured.position_rad)
            && finite(&measured.velocity_rad_s)
            && finite(&measured.torque_nm)
            && measured.inputs.iter().all(|value| value.is_finite())
    }

    /// Whether the reading is too old, or from further in the future than two clocks read one after the other explain.
    pub fn is_stale(measured: &Measured, now_ns: i64, profile: &Profile) -> bool {
        let age = now_ns.saturating_sub(measured.at_ns);
        !(-profile.measured_age_max_ns..=profile.measured_age_max_ns).contains(&age)
    }

    /// Largest distance between command and measurement, rad.
    pub fn tracking_error(command_rad: &[f64; DOF_MAX], measured: &Measured, dof: usize) -> f64 {
        let errors = command_rad
            .iter()
            .zip(&measured.position_rad)
            .take(dof)
            .map(|(to, at)| (to - at).abs());
        errors.fold(0.0, |worst, error| if error <= worst { worst } else { error })
    }

    /// Counts this tick's deadline; whether too many were missed in a row.
    pub fn has_missed_too_many(&mut self, missed: bool, profile: &Profile) -> bool {
        self.misses_in_row = if missed {
            self.misses_in_row.saturating_add(1)
        } else {
            0
        };
        self.misses_in_row >= profile.deadline_misses_max
    }

    /// Whether this one tick came later after the one before than a tick may. The first tick has none before.
    pub fn has_overrun(&mut self, now_ns: i64, profile: &Profile) -> bool {
        let since_ns = now_ns.saturating_sub(self.ticked_ns.replace(now_ns).unwrap_or(now_ns));
        let longest_ns = profile
            .period_ns
            .saturating_mul(i64::from(profile.tick_overrun_max).saturating_add(1));
        !(0..=longest_ns).contains(&since_ns)
    }

    /// Counts ticks in a row that found no newer reading; whether they are too many.
    ///
    /// Source: libfranka stops a motion after 20 packets lost in a row.
    pub fn has_lost_too_many(&mut self, measured: &Measured, profile: &Profile) -> bool {
        let is_newer = self.heard_ns.is_none_or(|heard_ns| measured.at_ns > heard_ns);
        if is_newer {
            self.heard_ns = Some(measured.at_ns);
        }
        self.silent_in_row = if is_newer {
            0
        } else {
            self.silent_in_row.saturating_add(1)
        };
        self.silent_in_row >= profile.packet_loss_max
    }

    /// Starts counting again. When the last tick was stays known.
    pub fn reset(&mut self) {
        *self = Self {
            ticked_ns: self.ticked_ns,
            ..Self::default()
        };
    }
}
