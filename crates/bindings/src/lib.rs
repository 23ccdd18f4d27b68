//! Python bindings: they convert, they never decide. One file a noun.

mod analytic;
mod arm;
mod attack;
mod errors;
mod geometry;
mod journal;
mod link;
mod lockstep;
mod monitor;
mod people;
mod plant;
mod profile;
mod proposal;
mod realtime;
mod status;
mod tick_bench;
mod verdict;

use pyo3::prelude::*;

/// The compiled core of Spinal.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("HAS_SEEDED_BUGS", cfg!(feature = "seeded-bugs"))?;
    module.add_class::<arm::Arm>()?;
    module.add("UnreachableError", module.py().get_type::<arm::UnreachableError>())?;
    module.add_class::<plant::MujocoPlant>()?;
    module.add_class::<plant::RealtimePlant>()?;
    module.add_class::<analytic::AnalyticPlant>()?;
    module.add_class::<attack::AttackRun>()?;
    module.add_class::<profile::Profile>()?;
    module.add_class::<profile::PyArmLimits>()?;
    module.add_class::<people::PyPeopleLimits>()?;
    module.add_class::<people::PySeparation>()?;
    module.add_class::<people::PyBodyRegion>()?;
    module.add_class::<people::PyContact>()?;
    module.add_function(wrap_pyfunction!(people::encode_people, module)?)?;
    module.add_function(wrap_pyfunction!(people::decode_people, module)?)?;
    module.add_class::<geometry::Geometry>()?;
    module.add_class::<geometry::Clearance>()?;
    module.add_class::<profile::Settings>()?;
    module.add_class::<proposal::Proposal>()?;
    module.add_class::<verdict::Verdict>()?;
    module.add_class::<status::Status>()?;
    module.add_class::<lockstep::Lockstep>()?;
    module.add_class::<link::Latest>()?;
    module.add_class::<link::Ring>()?;
    module.add_class::<link::Flag>()?;
    module.add_class::<monitor::MonitorLimits>()?;
    module.add_class::<link::HostMessage>()?;
    module.add_function(wrap_pyfunction!(link::create_channels, module)?)?;
    module.add_function(wrap_pyfunction!(link::encode_measured, module)?)?;
    module.add_function(wrap_pyfunction!(link::decode_measured, module)?)?;
    module.add_function(wrap_pyfunction!(link::decode_command, module)?)?;
    module.add_class::<journal::JournalReader>()?;
    module.add_function(wrap_pyfunction!(journal::verify_journal, module)?)?;
    module.add_function(wrap_pyfunction!(journal::read_journal, module)?)?;
    module.add_function(wrap_pyfunction!(journal::decode_event, module)?)?;
    module.add_function(wrap_pyfunction!(realtime::run_reflex, module)?)?;
    module.add_function(wrap_pyfunction!(realtime::bench_realtime, module)?)?;
    module.add_function(wrap_pyfunction!(realtime::decode_timing, module)?)?;
    module.add_function(wrap_pyfunction!(realtime::replay_journal, module)?)?;
    module.add_function(wrap_pyfunction!(tick_bench::bench_tick, module)?)?;
    Ok(())
}
