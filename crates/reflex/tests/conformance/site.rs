//! System 1 with its journal on an analytic six-joint robot, an independent checker on every command, and a twin to compare with.

use crate::arm_cell::checker::{Checker, Violations};
use crate::arm_cell::{home, profile, said, ur5e};
use spinal_gate::{
    Check, Command, DOF_MAX, Finding, Measured, Mode, Outcome, PROPOSAL_BYTES_MAX, Proposal, STEPS_MAX, Semantics,
    Verdict,
};
use spinal_journal::Kind;
use spinal_journal::wire::decode_verdict;
use spinal_reflex::analytic::AnalyticPlant;
use spinal_reflex::shell::{Cycle, Sink, System};
use spinal_reflex::{Control, RobotPort, Settings, Trigger};
use std::sync::OnceLock;

pub const PERIOD_NS: i64 = 1_000_000;
pub const STEP_NS: i64 = 100_000_000;

/// The journal, kept in memory.
#[derive(Default)]
pub struct Kept(pub Vec<(Kind, Vec<u8>)>);

impl Sink for Kept {
    fn append(&mut self, kind: Kind, _at_ns: i64, body: &[u8]) {
        if kind != Kind::Tick {
            self.0.push((kind, body.to_vec()));
        }
    }
}

pub struct Site {
    pub cycle: Cycle<Kept>,
    pub now_ns: i64,
    pub sequence: u64,
    plant: AnalyticPlant,
    checker: Checker,
    is_checked: bool,
    way_ns: i64,
}

pub fn system() -> System {
    System {
        profile: profile(),
        settings: Settings::default(),
        arm: Some(ur5e::model()),
    }
}

impl Site {
    /// At rest, with authority for source 3, epoch 9.
    pub fn still() -> Self {
        let system = system();
        let mut site = Self {
            checker: Checker::new(&system.profile),
            cycle: Cycle::new(&system, Kept::default()).unwrap(),
            now_ns: 10_000_000_000,
            sequence: 0,
            plant: AnalyticPlant::new(&home()[..6], 0.002, PERIOD_NS, 10_000_000_000),
            is_checked: true,
            way_ns: 0,
        };
        site.run(5);
        site.grant(9);
        site.run(5);
        site
    }

    /// In the middle of an admitted chunk, at about 0.6 rad/s.
    pub fn moving() -> Self {
        let mut site = Self::still();
        let chunk = site.good(Semantics::JointPosition);
        assert!(site.offer(&chunk).is_admitted());
        site.run(400);
        assert!(site.cycle.status().velocity_command_rad_s[0] > 0.4);
        site
    }

    pub fn grant(&mut self, epoch: u64) {
        self.cycle.control(&Control::Grant { source: 3, epoch }, self.now_ns);
    }

    /// A chunk that goes on along the way of 0.4 rad that every joint is on, said in these semantics: to be admitted as it is.
    pub fn good(&mut self, semantics: Semantics) -> Proposal {
        self.good_of(semantics, 8, STEP_NS)
    }

    pub fn good_of(&mut self, semantics: Semantics, steps: usize, period_ns: i64) -> Proposal {
        self.sequence += 1;
        let status = self.cycle.status();
        let mut joints = [[0.0; DOF_MAX]; STEPS_MAX];
        for (k, step) in joints.iter_mut().enumerate().take(steps) {
            let at_ns = status.played_ns - self.way_ns + period_ns * (k as i64 + 1);
            *step = way(at_ns as f64 / 0.8e9);
        }
        let period_s = period_ns as f64 * 1e-9;
        Proposal {
            source: 3,
            epoch: 9,
            sequence: self.sequence,
            made_at_ns: self.now_ns,
            observed_at_ns: self.now_ns,
            valid_until_ns: self.now_ns + 2_000_000_000,
            observed_played_ns: status.played_ns,
            profile_hash: [0; 32],
            semantics,
            period_ns,
            dof: semantics.width(6),
            steps,
            targets: said(
                &ur5e::model(),
                semantics,
                &status.position_command_rad,
                &joints[..steps],
                period_s,
            ),
            gripper: [0.0; STEPS_MAX],
        }
    }

    /// What is offered is journaled, and so is the answer.
    pub fn offer(&mut self, proposal: &Proposal) -> Verdict {
        let verdict = self.cycle.offer(proposal, self.now_ns);
        self.is_journaled(&verdict);
        verdict
    }

    pub fn offer_bytes(&mut self, bytes: &[u8]) -> Verdict {
        let verdict = self.cycle.offer_bytes(bytes, self.now_ns);
        self.is_journaled(&verdict);
        verdict
    }

    fn is_journaled(&mut self, verdict: &Verdict) {
        let (kind, body) = self.cycle.sink().0.last().unwrap();
        assert_eq!(*kind, Kind::Verdict);
        // NaN is not equal to itself; its text is.
        assert_eq!(format!("{:?}", decode_verdict(body).unwrap()), format!("{verdict:?}"));
    }

    pub fn tick_with(&mut self, change: impl FnOnce(&mut Measured)) -> Command {
        self.now_ns += PERIOD_NS;
        let mut measured = self.plant.read(self.now_ns);
        change(&mut measured);
        let command = self.cycle.tick(self.now_ns, &measured, false);
        // Power taken off at once is no motion that limits could be kept in.
        self.is_checked &= command.mode() != Mode::Sto;
        if self.is_checked {
            self.checker.look(&command);
        }
        assert!(command.position_rad().iter().all(|q| q.is_finite()));
        self.plant.write(&command);
        command
    }

    pub fn run(&mut self, ticks: usize) -> Vec<[u64; DOF_MAX]> {
        let positions = (0..ticks).map(|_| self.tick_with(|_| {}));
        positions
            .map(|command| command.position_rad().map(f64::to_bits))
            .collect()
    }

    pub fn trigger(&self) -> Trigger {
        self.cycle.status().trigger().unwrap()
    }

    /// Runs on until the robot rests; it keeps its power and no limit was broken on the way.
    pub fn goes_on_to_rest(&mut self) -> Vec<[u64; DOF_MAX]> {
        let positions = self.run(1300);
        self.is_unharmed();
        let status = self.cycle.status();
        assert_eq!((status.at_rest, status.mode()), (1, Mode::Sos));
        positions
    }

    pub fn is_unharmed(&self) {
        assert_eq!(self.checker.violations, Violations::default());
    }
}

/// Where the joints are at a share of the way.
fn way(share: f64) -> [f64; DOF_MAX] {
    let s = share.clamp(0.0, 1.0);
    let done = s * s * (3.0 - 2.0 * s);
    let mut joints = home();
    for (joint, q) in joints.iter_mut().enumerate().take(6) {
        *q += 0.4 * done * if joint % 2 == 0 { 1.0 } else { -0.7 };
    }
    joints
}

const BEGINNINGS: [fn() -> Site; 2] = [Site::still, Site::moving];

/// What the robot does from each beginning when nothing is offered.
fn untouched() -> &'static [Vec<[u64; DOF_MAX]>; 2] {
    static UNTOUCHED: OnceLock<[Vec<[u64; DOF_MAX]>; 2]> = OnceLock::new();
    UNTOUCHED.get_or_init(|| BEGINNINGS.map(|begin| begin().goes_on_to_rest()))
}

/// Offered to a robot that stands and to one that moves, the changed proposal is refused with a finding of this check, and both robots then do, bit for
/// bit, what they would have done without it. Unchanged it would have been admitted. Returns the finding on the moving robot.
pub fn refused(semantics: Semantics, check: Check, change: impl Fn(&mut Proposal)) -> Finding {
    let mut found = None;
    for (begin, wanted) in BEGINNINGS.into_iter().zip(untouched()) {
        let mut site = begin();
        let mut proposal = site.good(semantics);
        let mut other = begin();
        assert!(
            other.offer(&proposal).is_admitted(),
            "it must be the change that refuses {semantics:?}"
        );
        change(&mut proposal);
        let verdict = site.offer(&proposal);
        assert_eq!(verdict.outcome, Outcome::Refused, "{semantics:?} {verdict:?}");
        let finding = verdict.findings().find(|finding| finding.check == check);
        found = Some(*finding.unwrap_or_else(|| panic!("no {check:?} in {verdict:?}")));
        assert!(!check.hint().is_empty());
        assert!(site.goes_on_to_rest() == *wanted, "a refused proposal moved the robot");
    }
    found.unwrap()
}

/// Offered to a robot that stands and to one that moves, the changed proposal is admitted and followed to rest with no limit broken. Returns the
/// positions of both.
pub fn admitted(semantics: Semantics, change: impl Fn(&mut Proposal)) -> Vec<Vec<[u64; DOF_MAX]>> {
    BEGINNINGS
        .map(|begin| {
            let mut site = begin();
            let mut proposal = site.good(semantics);
            change(&mut proposal);
            let verdict = site.offer(&proposal);
            assert!(verdict.is_admitted(), "{semantics:?} {verdict:?}");
            site.goes_on_to_rest()
        })
        .to_vec()
}

pub fn encoded(proposal: &Proposal) -> Vec<u8> {
    let mut bytes = vec![0; PROPOSAL_BYTES_MAX];
    let length = proposal.encode(&mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}
