//! What System 1 must survive, item by item: whatever comes in, it is judged by name, the answer is journaled, and the robot goes on along its
//! verified stop with no limit broken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../../../gate/tests/arm_cell/mod.rs"]
mod arm_cell;
mod chunk;
mod load;
mod meaning;
mod numeric;
mod plant;
mod site;
mod time;
