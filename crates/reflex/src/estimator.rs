//! Joint velocities from measured positions.

use spinal_gate::DOF_MAX;

use crate::Estimator;

/// A Kalman filter a joint, model: constant acceleration driven by white jerk, measurement: position. All joints share one covariance, since
/// noise and instants are the same for all. Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, §6.2.3.
pub(crate) struct VelocityEstimator {
    joints: Vec<[f64; 3]>,
    covariance: Covariance,
    position_variance: f64,
    jerk_density: f64,
    at_ns: Option<i64>,
}

/// Upper triangle: position, velocity, acceleration.
#[derive(Clone, Copy)]
struct Covariance {
    pp: f64,
    pv: f64,
    pa: f64,
    vv: f64,
    va: f64,
    aa: f64,
}

/// A longer time without a measurement starts the filter again.
const GAP_MAX_NS: i64 = 1_000_000_000;

impl VelocityEstimator {
    pub fn new(dof: usize, settings: &Estimator) -> Self {
        let position_variance = settings.position_noise_rad * settings.position_noise_rad;
        Self {
            joints: vec![[0.0; 3]; dof],
            covariance: Covariance::at_rest(position_variance),
            position_variance,
            jerk_density: settings.jerk_noise * settings.jerk_noise,
            at_ns: None,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.at_ns = None;
    }

    /// Takes a measurement in, when it is newer than the last one, and writes the velocities. Returns the time since the last one, s.
    pub fn update(
        &mut self,
        at_ns: i64,
        position_rad: &[f64; DOF_MAX],
        velocity_rad_s: &mut [f64; DOF_MAX],
    ) -> Option<f64> {
        let since_ns = self.at_ns.map(|before| at_ns.saturating_sub(before));
        match since_ns {
            Some(since) if since <= 0 => return None,
            Some(since) if since <= GAP_MAX_NS => {}
            Some(_) | None => {
                self.at_ns = Some(at_ns);
                self.covariance = Covariance::at_rest(self.position_variance);
                for ((joint, &position), velocity) in self.joints.iter_mut().zip(position_rad).zip(velocity_rad_s) {
                    *joint = [position, 0.0, 0.0];
                    *velocity = 0.0;
                }
                return None;
            }
        }
        let dt = since_ns.unwrap_or(0) as f64 * 1e-9;
        self.at_ns = Some(at_ns);
        let [to_position, to_velocity, to_acceleration] =
            self.covariance.update(dt, self.jerk_density, self.position_variance);
        for (([p, v, a], &measured), velocity) in self.joints.iter_mut().zip(position_rad).zip(velocity_rad_s) {
            let predicted = *p + dt * (*v + 0.5 * dt * *a);
            let surprise = measured - predicted;
            *p = predicted + to_position * surprise;
            *v += dt * *a + to_velocity * surprise;
            *a += to_acceleration * surprise;
            *velocity = *v;
        }
        Some(dt)
    }
}

impl Covariance {
    /// Standing still: velocity known to 0.1 rad/s, acceleration to 1 rad/s². Chosen by hand; forgotten within some ticks.
    fn at_rest(position_variance: f64) -> Self {
        Self {
            pp: position_variance,
            pv: 0.0,
            pa: 0.0,
            vv: 1e-2,
            va: 0.0,
            aa: 1.0,
        }
    }

    /// Prediction over `dt`, then correction by a position; returns the gains.
    fn update(&mut self, dt: f64, jerk_density: f64, position_variance: f64) -> [f64; 3] {
        let Self { pp, pv, pa, vv, va, aa } = *self;
        let (dt2, q) = (dt * dt, jerk_density * dt);
        let pp = pp + dt * (2.0 * pv + dt * (vv + pa) + dt2 * va) + 0.25 * dt2 * dt2 * aa + q * dt2 * dt2 / 20.0;
        let pv = pv + dt * (vv + pa) + dt2 * 1.5 * va + 0.5 * dt2 * dt * aa + q * dt2 * dt / 8.0;
        let pa = pa + dt * va + 0.5 * dt2 * aa + q * dt2 / 6.0;
        let vv = vv + dt * (2.0 * va + dt * aa) + q * dt2 / 3.0;
        let va = va + dt * aa + q * dt / 2.0;
        let aa = aa + q;
        let gain = 1.0 / (pp + position_variance);
        let gains = [pp * gain, pv * gain, pa * gain];
        *self = Self {
            pp: position_variance * pp * gain,
            pv: position_variance * pv * gain,
            pa: position_variance * pa * gain,
            vv: vv - pv * pv * gain,
            va: va - pv * pa * gain,
            aa: aa - pa * pa * gain,
        };
        gains
    }
}
