//! The robot's own safety side: what takes its power away besides System 1's commands.

/// Longest time from the press of an emergency stop to power off, ns: System 1 brakes first (SS1), and whether it does or not, then the
/// power goes (SS1-t of IEC 61800-5-2). Chosen by hand: three times the longest stop of the shipped cell's arm at full speed.
const ESTOP_TO_POWER_OFF_NS: i64 = 1_000_000_000;

/// Decides at each of the robot's ticks whether it may have power.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SafetyLane {
    pressed_ns: Option<i64>,
}

impl SafetyLane {
    /// Whether the power goes, whatever is commanded. `is_cut`: the independent monitor asks for it.
    pub fn wants_power_off(&mut self, now_ns: i64, is_estop_up: bool, is_cut: bool) -> bool {
        if !is_estop_up {
            self.pressed_ns = None;
        }
        let is_time_up = is_estop_up && {
            let pressed_ns = *self.pressed_ns.get_or_insert(now_ns);
            now_ns.saturating_sub(pressed_ns) >= ESTOP_TO_POWER_OFF_NS
        };
        is_time_up || is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_stop_takes_the_power_after_a_second_whoever_commands() {
        let mut lane = SafetyLane::default();
        assert!(!lane.wants_power_off(0, true, false));
        assert!(!lane.wants_power_off(ESTOP_TO_POWER_OFF_NS - 1, true, false));
        assert!(lane.wants_power_off(ESTOP_TO_POWER_OFF_NS, true, false));
        assert!(!lane.wants_power_off(ESTOP_TO_POWER_OFF_NS, false, false), "released");
        assert!(
            !lane.wants_power_off(ESTOP_TO_POWER_OFF_NS + 1, true, false),
            "pressed anew"
        );
    }

    #[test]
    fn the_monitor_takes_the_power_at_once() {
        assert!(SafetyLane::default().wants_power_off(0, false, true));
    }
}
