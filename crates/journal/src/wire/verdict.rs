//! The gate's answer, as bytes.

use super::{Put, Take};
use spinal_gate::{Check, FINDINGS_MAX, Finding, Outcome, Verdict};

/// The most bytes of an encoded [`Verdict`].
pub const VERDICT_BYTES_MAX: usize = 32 + 32 * FINDINGS_MAX;

/// Encodes a verdict with the findings that it has; `None` when `out` is too small.
pub fn encode_verdict(verdict: &Verdict, out: &mut [u8]) -> Option<usize> {
    let mut put = Put::new(out);
    put.u32(verdict.source);
    put.u8(verdict.outcome as u8);
    put.u8(verdict.count);
    put.u16(verdict.first_step);
    put.u64(verdict.sequence);
    put.i64(verdict.at_ns);
    put.u64(u64::from(verdict.dropped));
    for finding in verdict.findings.iter().take(usize::from(verdict.count)).flatten() {
        put.u32(finding.check as u32);
        put.u16(finding.step);
        put.u16(finding.joint);
        put.f64(finding.value);
        put.f64(finding.limit);
        put.f64(finding.margin);
    }
    put.finish()
}

/// A verdict; `None` when the bytes are not exactly one.
#[must_use]
pub fn decode_verdict(bytes: &[u8]) -> Option<Verdict> {
    let mut take = Take::new(bytes);
    let source = take.u32()?;
    let outcome = match take.u8()? {
        0 => Outcome::Admitted,
        1 => Outcome::Trimmed,
        2 => Outcome::Refused,
        _ => return None,
    };
    let (count, first_step) = (take.u8()?, take.u16()?);
    let (sequence, at_ns) = (take.u64()?, take.i64()?);
    let dropped = u32::try_from(take.u64()?).ok()?;
    let mut findings = [None; FINDINGS_MAX];
    for place in findings.get_mut(..usize::from(count))? {
        let check = Check::from_code(take.u32()?)?;
        let (step, joint) = (take.u16()?, take.u16()?);
        let (value, limit, margin) = (take.f64()?, take.f64()?, take.f64()?);
        *place = Some(Finding {
            check,
            value,
            limit,
            margin,
            step,
            joint,
        });
    }
    take.is_empty().then_some(Verdict {
        source,
        sequence,
        at_ns,
        outcome,
        first_step,
        count,
        dropped,
        findings,
    })
}
