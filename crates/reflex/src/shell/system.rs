//! Everything that System 1 is made from, and its bytes in the journal's header.

use super::ShellError;
use super::people::{encode_people_limits, take_people_limits};
use super::shapes::{decode_geometry, encode_geometry};
use crate::{Estimator, Observer, Reflex, SafeState, Servo, Settings};
use spinal_arm::ArmModel;
use spinal_gate::{ArmLimits, JointLimits, Profile};
use spinal_journal::wire::{Put, Take};
use spinal_journal::{Detail, Header};

/// What a System 1 is made from.
#[derive(Clone, Debug)]
pub struct System {
    /// Every limit.
    pub profile: Profile,
    /// Tuning.
    pub settings: Settings,
    /// The arm, where torques are to be known.
    pub arm: Option<ArmModel>,
}

impl System {
    /// A System 1 made from it.
    ///
    /// # Errors
    /// What cannot be run with.
    pub fn start(&self) -> Result<Reflex, ShellError> {
        Ok(Reflex::new(self.profile.clone(), self.arm.clone(), self.settings)?)
    }

    /// The header of a journal of this system.
    #[must_use]
    pub fn header(&self, run_id: &str, detail: Detail, started_unix_ns: i64, meta: &str) -> Header {
        Header {
            run_id: run_id.into(),
            segment: 0,
            starts_fresh: true,
            detail,
            dof: self.profile.dof() as u8,
            started_unix_ns,
            previous_head: [0; 32],
            profile: encode_profile(&self.profile),
            settings: encode_settings(&self.settings),
            arm: self.arm.as_ref().map(ArmModel::encode).unwrap_or_default(),
            meta: meta.into(),
        }
    }

    /// The system that a journal's header describes, bit for bit.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn from_header(header: &Header) -> Result<System, ShellError> {
        let unreadable = |part: &str| {
            ShellError::Replay(format!(
                "its header's {part} is of another version; use the version that wrote it"
            ))
        };
        let profile = decode_profile(&header.profile).ok_or_else(|| unreadable("profile"))?;
        let settings = decode_settings(&header.settings).ok_or_else(|| unreadable("settings"))?;
        let arm = match header.arm.as_slice() {
            [] => None,
            bytes => Some(ArmModel::decode(bytes).map_err(|_| unreadable("arm"))?),
        };
        Ok(System { profile, settings, arm })
    }
}

/// A new field in the profile must break this line, and so be added to the bytes.
fn encode_profile(profile: &Profile) -> Vec<u8> {
    let Profile {
        joints,
        arm,
        people,
        geometry,
        period_ns,
        tracking_error_max_rad,
        observation_age_max_ns,
        proposal_gap_max_ns,
        measured_age_max_ns,
        splice_jump_max_rad,
        deadline_misses_max,
        tick_overrun_max,
        packet_loss_max,
        hash,
    } = profile;
    let arm = arm.as_ref().map(arm_values);
    let people = encode_people_limits(people.as_ref());
    let mut bytes =
        vec![0; people.len() + 8 + 56 * joints.len() + 8 * (1 + arm.map_or(0, |values| values.len())) + 8 * 9 + 32];
    let mut put = Put::new(&mut bytes);
    put.u64(joints.len() as u64);
    for joint in joints {
        let JointLimits {
            position_min_rad,
            position_max_rad,
            velocity_max_rad_s,
            acceleration_max_rad_s2,
            jerk_max_rad_s3,
            torque_max_nm,
            torque_rate_max_nm_s,
        } = *joint;
        for value in [
            position_min_rad,
            position_max_rad,
            velocity_max_rad_s,
            acceleration_max_rad_s2,
            jerk_max_rad_s3,
            torque_max_nm,
            torque_rate_max_nm_s,
        ] {
            put.f64(value);
        }
    }
    put.u64(u64::from(arm.is_some()));
    for value in arm.into_iter().flatten() {
        put.f64(value);
    }
    put.bytes(&people);
    put.i64(*period_ns);
    put.f64(*tracking_error_max_rad);
    put.i64(*observation_age_max_ns);
    put.i64(*proposal_gap_max_ns);
    put.i64(*measured_age_max_ns);
    put.f64(*splice_jump_max_rad);
    put.u64(u64::from(*deadline_misses_max));
    put.u64(u64::from(*tick_overrun_max));
    put.u64(u64::from(*packet_loss_max));
    put.bytes(hash);
    bytes.extend(encode_geometry(geometry.as_ref()));
    bytes
}

fn decode_profile(bytes: &[u8]) -> Option<Profile> {
    let mut take = Take::new(bytes);
    let count = take.u64()?;
    let mut joints = Vec::new();
    for _ in 0..count {
        joints.push(JointLimits {
            position_min_rad: take.f64()?,
            position_max_rad: take.f64()?,
            velocity_max_rad_s: take.f64()?,
            acceleration_max_rad_s2: take.f64()?,
            jerk_max_rad_s3: take.f64()?,
            torque_max_nm: take.f64()?,
            torque_rate_max_nm_s: take.f64()?,
        });
    }
    let arm = match take.u64()? {
        0 => None,
        1 => Some(take_arm(&mut take)?),
        _ => return None,
    };
    let mut profile = Profile {
        joints,
        arm,
        people: take_people_limits(&mut take)?,
        geometry: None,
        period_ns: take.i64()?,
        tracking_error_max_rad: take.f64()?,
        observation_age_max_ns: take.i64()?,
        proposal_gap_max_ns: take.i64()?,
        measured_age_max_ns: take.i64()?,
        splice_jump_max_rad: take.f64()?,
        deadline_misses_max: u32::try_from(take.u64()?).ok()?,
        tick_overrun_max: u32::try_from(take.u64()?).ok()?,
        packet_loss_max: u32::try_from(take.u64()?).ok()?,
        hash: take.array()?,
    };
    profile.geometry = decode_geometry(&mut take)?;
    take.is_empty().then_some(profile)
}

fn arm_values(arm: &ArmLimits) -> [f64; 7] {
    let ArmLimits {
        tool_speed_max_m_s,
        elbow_speed_max_m_s,
        momentum_max_kg_m_s,
        power_max_w,
        kinetic_energy_max_j,
        stopping_time_max_s,
        stopping_distance_max_m,
    } = *arm;
    [
        tool_speed_max_m_s,
        elbow_speed_max_m_s,
        momentum_max_kg_m_s,
        power_max_w,
        kinetic_energy_max_j,
        stopping_time_max_s,
        stopping_distance_max_m,
    ]
}

fn take_arm(take: &mut Take<'_>) -> Option<ArmLimits> {
    Some(ArmLimits {
        tool_speed_max_m_s: take.f64()?,
        elbow_speed_max_m_s: take.f64()?,
        momentum_max_kg_m_s: take.f64()?,
        power_max_w: take.f64()?,
        kinetic_energy_max_j: take.f64()?,
        stopping_time_max_s: take.f64()?,
        stopping_distance_max_m: take.f64()?,
    })
}

fn encode_settings(settings: &Settings) -> Vec<u8> {
    let Settings {
        servo,
        estimator,
        observer,
        blend_ns,
        follow_rad_s,
        safe_state,
    } = *settings;
    let (kind, gains) = match servo {
        Servo::PassThrough => (0, [0.0; 4]),
        Servo::Pid {
            kp,
            ki,
            kd,
            integral_max_nm,
        } => (1, [kp, ki, kd, integral_max_nm]),
        Servo::ComputedTorque { kp, kd } => (2, [kp, kd, 0.0, 0.0]),
    };
    let Estimator {
        position_noise_rad,
        jerk_noise,
    } = estimator;
    let Observer { gain_1_s } = observer;
    let mut bytes = vec![0; 8 * 11];
    let mut put = Put::new(&mut bytes);
    put.u64(kind);
    put.f64s(&gains, 4);
    put.f64(position_noise_rad);
    put.f64(jerk_noise);
    put.f64(gain_1_s);
    put.i64(blend_ns);
    put.f64(follow_rad_s);
    put.u64(safe_state as u64);
    bytes
}

fn decode_settings(bytes: &[u8]) -> Option<Settings> {
    let mut take = Take::new(bytes);
    let kind = take.u64()?;
    let [kp, second, third, integral_max_nm] = take.f64s(4)?;
    let servo = match kind {
        0 => Servo::PassThrough,
        1 => Servo::Pid {
            kp,
            ki: second,
            kd: third,
            integral_max_nm,
        },
        2 => Servo::ComputedTorque { kp, kd: second },
        _ => return None,
    };
    let settings = Settings {
        servo,
        estimator: Estimator {
            position_noise_rad: take.f64()?,
            jerk_noise: take.f64()?,
        },
        observer: Observer { gain_1_s: take.f64()? },
        blend_ns: take.i64()?,
        follow_rad_s: take.f64()?,
        safe_state: SafeState::from_number(u8::try_from(take.u64()?).ok()?)?,
    };
    take.is_empty().then_some(settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;
    use spinal_gate::PeopleLimits;

    #[test]
    fn a_system_comes_back_from_its_header_bit_for_bit() {
        let joint = JointLimits {
            position_min_rad: -1.5,
            position_max_rad: 2.5,
            velocity_max_rad_s: 3.0,
            acceleration_max_rad_s2: 4.0,
            jerk_max_rad_s3: 5.0,
            torque_max_nm: 6.0,
            torque_rate_max_nm_s: f64::INFINITY,
        };
        let profile = Profile {
            joints: vec![
                joint,
                JointLimits {
                    torque_max_nm: 7.0,
                    ..joint
                },
            ],
            arm: Some(ArmLimits {
                tool_speed_max_m_s: 1.0,
                elbow_speed_max_m_s: 2.0,
                momentum_max_kg_m_s: 3.0,
                power_max_w: f64::INFINITY,
                kinetic_energy_max_j: 5.0,
                stopping_time_max_s: 6.0,
                stopping_distance_max_m: 7.0,
            }),
            people: Some(PeopleLimits::Fenced),
            geometry: Some(super::super::shapes::tests::geometry()),
            period_ns: 1_000_000,
            tracking_error_max_rad: 0.1,
            observation_age_max_ns: 2,
            proposal_gap_max_ns: 3,
            measured_age_max_ns: 4,
            splice_jump_max_rad: 0.5,
            deadline_misses_max: 6,
            tick_overrun_max: 8,
            packet_loss_max: 9,
            hash: [7; 32],
        };
        for servo in [
            Servo::PassThrough,
            Servo::Pid {
                kp: 1.0,
                ki: 2.0,
                kd: 3.0,
                integral_max_nm: 4.0,
            },
            Servo::ComputedTorque { kp: 1.0, kd: 2.0 },
        ] {
            let system = System {
                profile: profile.clone(),
                settings: Settings {
                    servo,
                    ..Settings::default()
                },
                arm: None,
            };
            let read = System::from_header(&system.header("run", Detail::Full, 0, "")).unwrap();
            assert_eq!((read.profile, read.settings), (system.profile, system.settings));
        }
    }
}
