//! Sine and cosine that are the same on every machine.

/// Sine and cosine of an angle (rad). Not those of the platform, whose last bit depends on the version of the C library and on the
/// processor: a journal must replay bit for bit elsewhere.
pub(crate) fn sin_cos(angle_rad: f64) -> (f64, f64) {
    libm::sincos(angle_rad)
}
