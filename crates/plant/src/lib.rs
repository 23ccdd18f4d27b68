//! The simulated robot: MuJoCo stepped natively, so that no Python runs per tick, behind the same port as a real robot.
//!
//! Python compiles the model and owns model and data; this crate takes the addresses and array views that the Python package gives,
//! and the functions of the very library that Python has loaded. No struct layout of MuJoCo is known here.

mod arrays;
mod cup;
mod lane;
mod library;
mod noise;
mod person;
mod playback;
mod port;
mod realtime;
mod settings;
mod suction;

pub use arrays::{Array, Arrays};
pub use library::{Engine, LibraryError, PlacedGeom};
pub use person::PersonSettings;
pub use port::MujocoPlant;
pub use realtime::{RealtimeError, RealtimePlant, Snapshot};
pub use settings::{PlantError, SceneSettings, Settings};
pub use suction::{LIPS, Seal, Suction, SuctionSettings, leak_of};
