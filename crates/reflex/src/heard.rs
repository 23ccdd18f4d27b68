//! What the independent monitor says, as System 1 hears it.

use spinal_monitor::{Check, Stop, WORD_BYTES, Word};

use crate::Trigger;

/// Whether somebody watches System 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Life {
    /// This system runs without a monitor.
    None = 0,
    /// Its counter goes on.
    Alive = 1,
    /// Its counter stands still.
    Silent = 2,
}

/// Bytes of an encoded [`Heard`].
pub const HEARD_BYTES: usize = WORD_BYTES + 1;

/// The monitor's newest word and whether it lives. An input of the tick, journaled when it changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Its newest word.
    pub word: Word,
    /// Its life.
    pub life: Life,
}

impl Heard {
    /// A system without a monitor.
    pub const NOBODY: Heard = Heard {
        word: Word::SILENCE,
        life: Life::None,
    };

    /// What it makes System 1 do, if anything.
    #[must_use]
    pub fn trigger(&self) -> Option<Trigger> {
        match (self.word.stop, self.life) {
            (Stop::Sto, _) => Some(Trigger::MonitorSto),
            (Stop::Ss1, _) => Some(Trigger::MonitorSs1),
            (_, Life::Silent) => Some(Trigger::MonitorSilent),
            (Stop::Ss2, _) => Some(Trigger::MonitorSs2),
            (Stop::None, Life::None | Life::Alive) => None,
        }
    }

    /// Whether it says another thing than `before`, apart from being alive.
    pub(crate) fn is_news_after(&self, before: &Heard) -> bool {
        let what = |heard: &Heard| (heard.word.stop, heard.word.check, heard.word.joint, heard.life);
        what(self) != what(before)
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEARD_BYTES] {
        let mut bytes = [0; HEARD_BYTES];
        let values = self.word.encode().into_iter().chain([self.life as u8]);
        bytes.iter_mut().zip(values).for_each(|(to, from)| *to = from);
        bytes
    }

    /// What was heard; `None` when the bytes are not exactly one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Heard> {
        let (life, word) = bytes.split_last()?;
        let life = match life {
            0 => Life::None,
            1 => Life::Alive,
            2 => Life::Silent,
            _ => return None,
        };
        let word = Word::decode(word)?;
        Some(Heard { word, life })
    }

    /// Why, where it asks for something.
    #[must_use]
    pub fn check(&self) -> Check {
        self.word.check
    }
}
