//! `Latest` and `Ring`, the channels of a real-time run, and the messages in them, for Python.

use std::path::{Path, PathBuf};

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use spinal_gate::{DOF_MAX, INPUTS_MAX};
use spinal_journal::wire::{
    CommandRecord, MEASURED_BYTES_MAX, decode_measured as measured_of, decode_timed_command as command_of,
    encode_measured as put_measured,
};
use spinal_link::{
    Flag as SharedFlag, LatestReader, LatestWriter, Popped, RingReader, RingWriter, create_latest, create_ring,
};
use spinal_reflex::Control;
use spinal_reflex::shell;

use crate::errors;
use crate::lockstep::{stop_of, tightening_of};
use crate::status::mode_name;

/// One end of a channel whose newest message wins.
#[pyclass(module = "spinal._core")]
pub struct Latest {
    end: LatestEnd,
    scratch: Vec<u8>,
}

enum LatestEnd {
    Writer(LatestWriter),
    Reader(LatestReader),
}

#[pymethods]
impl Latest {
    #[staticmethod]
    fn create(path: PathBuf, capacity: usize) -> PyResult<()> {
        create_latest(&path, capacity).map_err(errors::link)
    }

    #[staticmethod]
    fn writer(path: PathBuf) -> PyResult<Self> {
        let end = LatestWriter::open(&path).map_err(errors::link)?;
        Ok(Self {
            end: LatestEnd::Writer(end),
            scratch: Vec::new(),
        })
    }

    #[staticmethod]
    fn reader(path: PathBuf) -> PyResult<Self> {
        let end = LatestReader::open(&path).map_err(errors::link)?;
        let scratch = vec![0; end.capacity()];
        Ok(Self {
            end: LatestEnd::Reader(end),
            scratch,
        })
    }

    fn write(&mut self, message: &[u8]) -> PyResult<u64> {
        match &mut self.end {
            LatestEnd::Writer(writer) => writer.write(message).map_err(errors::link),
            LatestEnd::Reader(_) => Err(wrong_end("reader", "Latest.writer")),
        }
    }

    fn read<'py>(&mut self, py: Python<'py>) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
        let LatestEnd::Reader(reader) = &self.end else {
            return Err(wrong_end("writer", "Latest.reader"));
        };
        let read = reader.read(&mut self.scratch).map_err(errors::link)?;
        Ok(read.map(|read| (read.generation, PyBytes::new(py, &self.scratch[..read.bytes]))))
    }

    #[getter]
    fn generation(&self) -> PyResult<u64> {
        match &self.end {
            LatestEnd::Reader(reader) => Ok(reader.generation()),
            LatestEnd::Writer(_) => Err(wrong_end("writer", "Latest.reader")),
        }
    }

    #[getter]
    fn capacity(&self) -> usize {
        match &self.end {
            LatestEnd::Writer(writer) => writer.capacity(),
            LatestEnd::Reader(reader) => reader.capacity(),
        }
    }
}

/// A flag that anybody may raise.
#[pyclass(frozen, module = "spinal._core")]
pub struct Flag {
    flag: SharedFlag,
}

#[pymethods]
impl Flag {
    #[staticmethod]
    fn open(path: PathBuf) -> PyResult<Self> {
        let flag = SharedFlag::open(&path).map_err(errors::link)?;
        Ok(Self { flag })
    }

    fn up(&self) {
        self.flag.raise();
    }

    fn down(&self) {
        self.flag.lower();
    }

    #[getter]
    fn is_up(&self) -> bool {
        self.flag.read().is_up
    }

    #[getter]
    fn raises(&self) -> u32 {
        self.flag.read().raises
    }
}

/// One end of a bounded queue between two processes.
#[pyclass(module = "spinal._core")]
pub struct Ring {
    end: RingEnd,
    scratch: Vec<u8>,
    damaged: u64,
}

enum RingEnd {
    Writer(RingWriter),
    Reader(RingReader),
}

#[pymethods]
impl Ring {
    #[staticmethod]
    fn create(path: PathBuf, slots: usize, capacity: usize) -> PyResult<()> {
        create_ring(&path, slots, capacity).map_err(errors::link)
    }

    #[staticmethod]
    fn writer(path: PathBuf) -> PyResult<Self> {
        let end = RingWriter::open(&path).map_err(errors::link)?;
        Ok(Self {
            end: RingEnd::Writer(end),
            scratch: Vec::new(),
            damaged: 0,
        })
    }

    #[staticmethod]
    fn reader(path: PathBuf) -> PyResult<Self> {
        let end = RingReader::open(&path).map_err(errors::link)?;
        let scratch = vec![0; end.capacity()];
        Ok(Self {
            end: RingEnd::Reader(end),
            scratch,
            damaged: 0,
        })
    }

    fn push(&mut self, message: &[u8]) -> PyResult<bool> {
        match &mut self.end {
            RingEnd::Writer(writer) => writer.push(message).map_err(errors::link),
            RingEnd::Reader(_) => Err(wrong_end("reader", "Ring.writer")),
        }
    }

    fn pop<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let RingEnd::Reader(reader) = &mut self.end else {
            return Err(wrong_end("writer", "Ring.reader"));
        };
        loop {
            match reader.pop(&mut self.scratch).map_err(errors::link)? {
                Popped::Empty => return Ok(None),
                Popped::Message(bytes) => return Ok(Some(PyBytes::new(py, &self.scratch[..bytes]))),
                Popped::Damaged => self.damaged += 1,
            }
        }
    }

    #[getter]
    fn damaged(&self) -> u64 {
        self.damaged
    }

    #[getter]
    fn dropped(&self) -> u64 {
        match &self.end {
            RingEnd::Writer(writer) => writer.dropped(),
            RingEnd::Reader(reader) => reader.dropped(),
        }
    }

    #[getter]
    fn capacity(&self) -> usize {
        match &self.end {
            RingEnd::Writer(writer) => writer.capacity(),
            RingEnd::Reader(reader) => reader.capacity(),
        }
    }
}

/// What the host may send to System 1, as bytes for the `controls` ring.
#[pyclass(frozen, module = "spinal._core")]
pub struct HostMessage;

#[pymethods]
impl HostMessage {
    #[staticmethod]
    fn grant(py: Python<'_>, source: u32, epoch: u64) -> Bound<'_, PyBytes> {
        message(py, shell::HostMessage::Control(Control::Grant { source, epoch }))
    }
    #[staticmethod]
    fn revoke(py: Python<'_>) -> Bound<'_, PyBytes> {
        message(py, shell::HostMessage::Control(Control::Revoke))
    }
    #[staticmethod]
    fn stop<'py>(py: Python<'py>, mode: &str) -> PyResult<Bound<'py, PyBytes>> {
        Ok(message(py, shell::HostMessage::Control(Control::Stop(stop_of(mode)?))))
    }
    #[staticmethod]
    fn reset(py: Python<'_>) -> Bound<'_, PyBytes> {
        message(py, shell::HostMessage::Control(Control::Reset))
    }
    #[staticmethod]
    fn tighten<'py>(py: Python<'py>, scale: f64, until_ns: i64, reason: &str) -> PyResult<Bound<'py, PyBytes>> {
        let control = tightening_of(scale, until_ns, reason)?;
        Ok(message(py, shell::HostMessage::Control(control)))
    }
    #[staticmethod]
    fn note<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyBytes> {
        message(py, shell::HostMessage::Note(text))
    }
    #[staticmethod]
    fn shutdown(py: Python<'_>) -> Bound<'_, PyBytes> {
        message(py, shell::HostMessage::Shutdown)
    }
}

fn message<'py>(py: Python<'py>, message: shell::HostMessage<'_>) -> Bound<'py, PyBytes> {
    PyBytes::new(py, &message.encode())
}

/// A reading of the robot as bytes for the `measured` channel.
#[pyfunction]
#[pyo3(signature = (*, at_ns, position_rad, velocity_rad_s, torque_nm, inputs))]
pub fn encode_measured<'py>(
    py: Python<'py>,
    at_ns: i64,
    position_rad: PyReadonlyArray1<'py, f64>,
    velocity_rad_s: PyReadonlyArray1<'py, f64>,
    torque_nm: PyReadonlyArray1<'py, f64>,
    inputs: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let dof = position_rad.as_array().len();
    let measured = spinal_gate::Measured {
        at_ns,
        position_rad: padded::<DOF_MAX>("position_rad", &position_rad, Some(dof))?,
        velocity_rad_s: padded::<DOF_MAX>("velocity_rad_s", &velocity_rad_s, Some(dof))?,
        torque_nm: padded::<DOF_MAX>("torque_nm", &torque_nm, Some(dof))?,
        inputs: padded::<INPUTS_MAX>("inputs", &inputs, None)?,
    };
    let mut bytes = [0; MEASURED_BYTES_MAX];
    let length = put_measured(&measured, dof, &mut bytes).unwrap_or(0);
    Ok(PyBytes::new(py, &bytes[..length]))
}

/// A reading of the robot from its bytes.
#[pyfunction]
pub fn decode_measured<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let (dof, measured) = measured_of(data).ok_or_else(|| unreadable("reading", data))?;
    measured_dict(py, dof, &measured)
}

/// The content of a command from its bytes, and when the robot is meant to be there.
#[pyfunction]
pub fn decode_command<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let (due_ns, command) = command_of(data).ok_or_else(|| unreadable("command", data))?;
    let dict = command_dict(py, &command)?;
    dict.set_item("due_ns", due_ns)?;
    Ok(dict)
}

/// Makes all channels of a run whose messages this crate defines.
#[pyfunction]
pub fn create_channels(folder: PathBuf) -> PyResult<()> {
    shell::create_channels(Path::new(&folder)).map_err(errors::shell)
}

/// A reading as a dict.
pub fn measured_dict<'py>(
    py: Python<'py>,
    dof: usize,
    measured: &spinal_gate::Measured,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("at_ns", measured.at_ns)?;
    dict.set_item("position_rad", PyArray1::from_slice(py, &measured.position_rad[..dof]))?;
    dict.set_item(
        "velocity_rad_s",
        PyArray1::from_slice(py, &measured.velocity_rad_s[..dof]),
    )?;
    dict.set_item("torque_nm", PyArray1::from_slice(py, &measured.torque_nm[..dof]))?;
    dict.set_item("inputs", PyArray1::from_slice(py, &measured.inputs))?;
    Ok(dict)
}

/// A command's content as a dict.
pub fn command_dict<'py>(py: Python<'py>, command: &CommandRecord) -> PyResult<Bound<'py, PyDict>> {
    let dof = command.dof;
    let dict = PyDict::new(py);
    dict.set_item("at_ns", command.at_ns)?;
    dict.set_item("mode", mode_name(command.mode))?;
    dict.set_item("is_powered", command.power == spinal_gate::Power::On)?;
    dict.set_item("position_rad", PyArray1::from_slice(py, &command.position_rad[..dof]))?;
    dict.set_item(
        "velocity_rad_s",
        PyArray1::from_slice(py, &command.velocity_rad_s[..dof]),
    )?;
    dict.set_item(
        "acceleration_rad_s2",
        PyArray1::from_slice(py, &command.acceleration_rad_s2[..dof]),
    )?;
    dict.set_item("torque_nm", PyArray1::from_slice(py, &command.torque_nm[..dof]))?;
    dict.set_item("gripper", command.gripper)?;
    Ok(dict)
}

fn padded<const N: usize>(name: &str, values: &PyReadonlyArray1<'_, f64>, wanted: Option<usize>) -> PyResult<[f64; N]> {
    let values = values.as_array();
    let found = values.len();
    if found > N || wanted.is_some_and(|wanted| wanted != found) {
        let text = format!(
            "{name} has {found} values; allowed are {}",
            wanted.map_or(format!("at most {N}"), |n| format!("{n}, at most {N}"))
        );
        return Err(PyValueError::new_err(text));
    }
    let mut padded = [0.0; N];
    padded.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
    Ok(padded)
}

fn unreadable(what: &str, data: &[u8]) -> PyErr {
    PyValueError::new_err(format!("{} bytes are no {what}", data.len()))
}

fn wrong_end(end: &str, maker: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "this is the {end} end of the channel; open the other one with {maker}"
    ))
}
