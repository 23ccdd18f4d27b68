//! Proposals as bytes: what is written is read back, and nothing else is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use spinal_gate::{DOF_MAX, DecodeError, PROPOSAL_BYTES_MAX, Proposal, STEPS_MAX, Semantics};

fn proposal(dof: usize, steps: usize) -> Proposal {
    let mut proposal = Proposal {
        source: 0x0102_0304,
        epoch: u64::MAX,
        sequence: 7,
        made_at_ns: i64::MIN,
        observed_at_ns: -1,
        valid_until_ns: i64::MAX,
        observed_played_ns: 42,
        profile_hash: [0xab; 32],
        semantics: Semantics::JointPosition,
        period_ns: 100_000_000,
        dof,
        steps,
        targets: [[0.0; DOF_MAX]; STEPS_MAX],
        gripper: [0.0; STEPS_MAX],
    };
    for step in 0..steps {
        for joint in 0..dof {
            proposal.targets[step][joint] = step as f64 + joint as f64 / 100.0;
        }
        proposal.gripper[step] = (step % 2) as f64;
    }
    proposal
}

fn bytes(proposal: &Proposal) -> Vec<u8> {
    let mut out = vec![0xff; PROPOSAL_BYTES_MAX];
    let length = proposal.encode(&mut out).unwrap();
    out.truncate(length);
    out
}

#[test]
fn what_is_written_is_read_back() {
    for (dof, steps) in [(0, 0), (1, 1), (6, 8), (7, 50), (DOF_MAX, STEPS_MAX)] {
        let proposal = proposal(dof, steps);
        let bytes = bytes(&proposal);
        assert_eq!(bytes.len(), 104 + 8 * steps * (dof + 1));
        assert_eq!(Proposal::decode(&bytes).unwrap(), proposal);
    }
    assert_eq!(bytes(&proposal(DOF_MAX, STEPS_MAX)).len(), PROPOSAL_BYTES_MAX);
}

#[test]
fn every_meaning_is_read_back_and_has_bytes_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for semantics in Semantics::ALL {
        let written = bytes(&Proposal {
            semantics,
            ..proposal(7, 3)
        });
        assert_eq!(Proposal::decode(&written).unwrap().semantics, semantics);
        assert!(seen.insert((written[96], written[99])));
    }
}

#[test]
fn the_layout_is_little_endian_and_fixed() {
    let bytes = bytes(&proposal(6, 8));
    assert_eq!(&bytes[..8], b"SPP1\x04\x03\x02\x01");
    assert_eq!(&bytes[16..24], &7u64.to_le_bytes());
    assert_eq!(&bytes[96..104], &[1, 6, 8, 0, 0, 0, 0, 0]);
    assert_eq!(&bytes[112..120], &0.01f64.to_le_bytes());
}

// Hazard: H-10
#[test]
fn every_cut_and_every_byte_too_many_is_refused() {
    let mut bytes = bytes(&proposal(6, 8));
    for length in 0..bytes.len() {
        assert!(Proposal::decode(&bytes[..length]).is_err(), "{length} bytes were read");
    }
    let expected = bytes.len();
    bytes.push(0);
    assert_eq!(
        Proposal::decode(&bytes),
        Err(DecodeError::Length {
            found: expected + 1,
            expected
        })
    );
}

// Hazard: H-10
#[test]
fn unknown_bytes_are_refused_by_name() {
    let change = |at: usize, byte: u8| {
        let mut bytes = bytes(&proposal(6, 8));
        bytes[at] = byte;
        Proposal::decode(&bytes).unwrap_err()
    };
    assert_eq!(change(3, b'2'), DecodeError::Magic);
    assert_eq!(change(96, 0), DecodeError::Semantics(0));
    assert_eq!(change(96, 7), DecodeError::Semantics(7));
    assert_eq!(change(97, 33), DecodeError::Dof(33));
    assert_eq!(change(98, 65), DecodeError::Steps(65));
    for (semantics, frame) in [(1, 1), (2, 2), (3, 1), (4, 0), (4, 2), (5, 0), (5, 3), (6, 0), (6, 255)] {
        let mut bytes = bytes(&proposal(6, 8));
        (bytes[96], bytes[99]) = (semantics, frame);
        assert_eq!(Proposal::decode(&bytes), Err(DecodeError::Frame(frame)), "{semantics}");
    }
    for at in 100..104 {
        assert_eq!(change(at, 1), DecodeError::Reserved);
    }
    assert!(matches!(change(97, 5), DecodeError::Length { .. }));
}

#[test]
fn a_proposal_that_is_too_large_or_a_place_too_small_is_not_written() {
    let good = proposal(6, 8);
    let mut small = vec![0; good.encoded_len() - 1];
    assert_eq!(good.encode(&mut small), None);
    let mut out = vec![0; PROPOSAL_BYTES_MAX];
    for (dof, steps) in [(33, 8), (6, 65), (usize::MAX, 8), (6, usize::MAX), (262, 8)] {
        assert_eq!(
            Proposal {
                dof,
                steps,
                ..good.clone()
            }
            .encode(&mut out),
            None
        );
    }
}

/// Bit for bit, NaN too.
fn is_same(a: &Proposal, b: &Proposal) -> bool {
    let numbers = |proposal: &Proposal| {
        (
            proposal.targets.map(|step| step.map(f64::to_bits)),
            proposal.gripper.map(f64::to_bits),
        )
    };
    let plain = |proposal: &Proposal| {
        let zero = Proposal::default();
        Proposal {
            targets: zero.targets,
            gripper: zero.gripper,
            ..proposal.clone()
        }
    };
    numbers(a) == numbers(b) && plain(a) == plain(b)
}

#[test]
fn the_seeds_of_the_fuzzer_are_proposals_of_every_meaning() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/proposal");
    for semantics in Semantics::ALL {
        let frame = semantics.frame().map_or("joint", spinal_gate::Frame::name);
        let bytes = std::fs::read(folder.join(format!("{}-{frame}", semantics.name()))).unwrap();
        let seed = Proposal::decode(&bytes).unwrap();
        assert_eq!((seed.semantics, seed.steps), (semantics, 2));
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back_bit_for_bit(
        (dof, steps) in (0usize..=DOF_MAX, 0usize..=STEPS_MAX), which in 0usize..Semantics::ALL.len(),
        numbers in prop::collection::vec(any::<u64>(), 1..40), instants in prop::array::uniform5(any::<i64>()),
        (source, epoch, sequence) in (any::<u32>(), any::<u64>(), any::<u64>()), profile_hash in prop::array::uniform32(any::<u8>()),
    ) {
        let [made_at_ns, observed_at_ns, valid_until_ns, observed_played_ns, period_ns] = instants;
        let mut written = Proposal {
            source, epoch, sequence, made_at_ns, observed_at_ns, valid_until_ns, observed_played_ns, period_ns, profile_hash,
            semantics: Semantics::ALL[which],
            ..proposal(dof, steps)
        };
        let mut numbers = numbers.iter().cycle().map(|bits| f64::from_bits(*bits));
        for step in 0..steps {
            written.targets[step][..dof].iter_mut().for_each(|target| *target = numbers.next().unwrap());
            written.gripper[step] = numbers.next().unwrap();
        }
        prop_assert!(is_same(&Proposal::decode(&bytes(&written)).unwrap(), &written));
    }

    #[test]
    fn random_bytes_after_a_good_beginning_never_panic(rest in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Proposal::decode(&[b"SPP1", &rest[..]].concat());
    }

    // Hazard: H-10
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Proposal::decode(&bytes);
    }

    // Hazard: H-10
    #[test]
    fn damaged_proposals_never_panic_and_what_is_read_is_written_the_same(
        dof in 0usize..=DOF_MAX, steps in 0usize..=STEPS_MAX,
        damage in prop::collection::vec((0usize..200, any::<u8>()), 0..4),
    ) {
        let mut bytes = bytes(&proposal(dof, steps));
        for (at, byte) in damage {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        if let Ok(read) = Proposal::decode(&bytes) {
            let mut again = vec![0; PROPOSAL_BYTES_MAX];
            let length = read.encode(&mut again).unwrap();
            prop_assert_eq!(&again[..length], &bytes[..]);
        }
    }
}
