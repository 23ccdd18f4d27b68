//! The functions of `libmujoco` that the plant calls.

use std::error::Error;
use std::ffi::{c_int, c_void};
use std::fmt;
use std::path::{Path, PathBuf};

use libloading::Library;

/// `mj_versionString` numbers that this crate's signatures were checked against: 4.0.x.
const VERSIONS: std::ops::RangeInclusive<c_int> = 4_000_000..=4_000_999;

type Step = unsafe extern "C" fn(*const c_void, *mut c_void);
type RayGeom = unsafe extern "C" fn(*const f64, *const f64, *const f64, *const f64, *const f64, c_int, *mut f64) -> f64;

/// Why the library cannot be used.
#[derive(Debug)]
pub enum LibraryError {
    /// It could not be opened, or a function is missing: its path and why.
    Load(PathBuf, libloading::Error),
    /// Its version is not one that the signatures were checked against.
    Version(i32),
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(path, error) => {
                let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                write!(f, "libmujoco at {} could not be used: {reason}", path.display())
            }
            Self::Version(found) => write!(
                f,
                "libmujoco has version number {found}; allowed are {} to {}; install mujoco-core 4.0",
                VERSIONS.start(),
                VERSIONS.end()
            ),
        }
    }
}

impl Error for LibraryError {}

/// A model and its data at fixed addresses, and the library that steps them.
pub struct Engine {
    step: Step,
    ray_geom: RayGeom,
    model: *const c_void,
    data: *mut c_void,
    _library: Library,
}

// SAFETY: MuJoCo's functions have no thread affinity; exclusive use of the data is the contract of `Engine::open`.
unsafe impl Send for Engine {}
// SAFETY: through a shared reference only `ray` can be called, which reads nothing but its arguments.
unsafe impl Sync for Engine {}

impl Engine {
    /// Opens `path` (the library that Python has loaded) for this model and data.
    ///
    /// # Errors
    /// When the library cannot be opened, lacks a function, or is of another version.
    ///
    /// # Safety
    /// `model` and `data` are live `mjModel` and `mjData` of this library, outlive the engine, and nobody else steps or changes
    /// them while a method of the engine runs.
    pub unsafe fn open(path: &Path, model: usize, data: usize) -> Result<Self, LibraryError> {
        let failed = |error| LibraryError::Load(path.to_path_buf(), error);
        // SAFETY: it is the library that Python runs already, so its initialisers have run.
        let library = unsafe { Library::new(path) }.map_err(failed)?;
        // SAFETY: the three signatures are those of mujoco.h 4.0, which the version check holds.
        let (version, step, ray_geom) = unsafe {
            (
                *library
                    .get::<unsafe extern "C" fn() -> c_int>(b"mj_version\0")
                    .map_err(failed)?,
                *library.get::<Step>(b"mj_step\0").map_err(failed)?,
                *library.get::<RayGeom>(b"mju_rayGeom\0").map_err(failed)?,
            )
        };
        // SAFETY: takes no argument and reads a constant.
        let found = unsafe { version() };
        if !VERSIONS.contains(&found) {
            return Err(LibraryError::Version(found));
        }
        Ok(Self {
            step,
            ray_geom,
            model: model as *const c_void,
            data: data as *mut c_void,
            _library: library,
        })
    }

    /// Advances the physics by one step of the model's length.
    pub fn step(&mut self) {
        // SAFETY: the addresses are live and exclusively ours by the contract of `open`.
        unsafe { (self.step)(self.model, self.data) }
    }

    /// Distance (m) along `direction` (unit) from `origin` to a primitive geom, or `None` when the ray misses it.
    #[must_use]
    pub fn ray(&self, geom: &PlacedGeom, origin: &[f64; 3], direction: &[f64; 3]) -> Option<f64> {
        // SAFETY: all pointers are to arrays of the lengths that mujoco.h asks for; the normal may be null.
        let distance = unsafe {
            (self.ray_geom)(
                geom.position_m.as_ptr(),
                geom.rotation.as_ptr(),
                geom.size_m.as_ptr(),
                origin.as_ptr(),
                direction.as_ptr(),
                geom.kind,
                std::ptr::null_mut(),
            )
        };
        (distance >= 0.0).then_some(distance)
    }
}

/// A primitive geom where it is now.
#[derive(Clone, Copy, Debug)]
pub struct PlacedGeom {
    /// Centre in the world, m.
    pub position_m: [f64; 3],
    /// Rotation to the world, row-major.
    pub rotation: [f64; 9],
    /// Sizes as MuJoCo means them for the kind, m.
    pub size_m: [f64; 3],
    /// `mjtGeom`.
    pub kind: c_int,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_named() {
        // SAFETY: the library is never opened, so the addresses are never used.
        let opened = unsafe { Engine::open(Path::new("/nowhere/libmujoco.so"), 0, 0) };
        let message = opened.err().expect("there is no such file").to_string();
        assert!(message.contains("/nowhere/libmujoco.so"), "{message}");
    }
}
