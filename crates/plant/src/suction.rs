//! The suction cup as a vacuum circuit: how well the lip seals, how the vacuum builds and leaks, what it pulls.

/// Number of rays from the lip (and of lip contacts in the model).
pub const LIPS: usize = 8;

/// Constants of the cup and its ejector. All chosen by hand after data sheets of 30 mm bellows cups, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuctionSettings {
    /// Gap up to which the soft lip still seals, m.
    pub gap_sealed_m: f64,
    /// Gap from which that part of the lip is fully open, m.
    pub gap_open_m: f64,
    /// Time in which the ejector evacuates the closed cup, s.
    pub evacuate_s: f64,
    /// Time in which a fully open lip vents the cup, s.
    pub vent_s: f64,
    /// Time in which the valve vents the cup when vacuum is off, s.
    pub release_s: f64,
}

impl Default for SuctionSettings {
    fn default() -> Self {
        Self {
            gap_sealed_m: 0.0012,
            gap_open_m: 0.0045,
            evacuate_s: 0.05,
            vent_s: 0.005,
            release_s: 0.02,
        }
    }
}

/// How the lip meets what is below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seal {
    /// Share of the lip that leaks, 0 (tight) to 1 (open), the surface's own porosity added.
    pub leak: f64,
    /// Body under most of the sealed lip, if any.
    pub body: Option<usize>,
}

impl Seal {
    /// Nothing under the cup.
    pub const OPEN: Self = Self { leak: 1.0, body: None };
}

/// Leak of one part of the lip at `gap_m` from the surface below it; `None` = nothing below.
#[must_use]
pub fn leak_of(gap_m: Option<f64>, settings: &SuctionSettings) -> f64 {
    gap_m.map_or(1.0, |gap| {
        ((gap - settings.gap_sealed_m) / (settings.gap_open_m - settings.gap_sealed_m)).clamp(0.0, 1.0)
    })
}

/// The vacuum in the cup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suction {
    settings: SuctionSettings,
    level: f64,
}

impl Suction {
    /// A cup at ambient pressure.
    #[must_use]
    pub fn new(settings: SuctionSettings) -> Self {
        Self { settings, level: 0.0 }
    }

    /// Vacuum level, 0 (ambient) to 1 (the ejector's best).
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Moves on by `period_s`: pumped while on and leaking by the seal, vented by the valve while off.
    /// First-order circuit, integrated exactly, so that it is stable for any step:
    /// d level/dt = (1 − level)/evacuate − level·leak/vent.
    pub fn advance(&mut self, is_on: bool, seal: &Seal, period_s: f64) {
        let s = &self.settings;
        let (fill, empty) = if is_on {
            (1.0 / s.evacuate_s, seal.leak / s.vent_s)
        } else {
            (0.0, 1.0 / s.release_s)
        };
        let rate = fill + empty;
        let settled = fill / rate;
        self.level = settled + (self.level - settled) * (-rate * period_s).exp();
        if !is_on && self.level < 0.01 {
            self.level = 0.0;
        }
    }
}
