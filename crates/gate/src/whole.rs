//! What a profile needs beside it, when it limits the arm as a whole.

use crate::path::WHOLE_PERIOD_MIN_NS;
use crate::{ConfigError, Profile};

/// Whether what is limited for the arm as a whole can be known: it needs an arm model, and time to look along whole paths.
pub(crate) fn check(profile: &Profile, has_arm: bool) -> Result<(), ConfigError> {
    let is_apart = profile
        .people
        .as_ref()
        .is_some_and(|people| people.separation().is_some());
    let without_arm = "only with an arm model: without one nobody knows where the links are";
    for (field, is_there) in [
        ("arm", profile.arm.is_some()),
        ("geometry", profile.geometry.is_some()),
        ("people", is_apart),
    ] {
        if is_there && !has_arm {
            return Err(ConfigError::new(field, "limits of the whole arm", without_arm));
        }
        if is_there && profile.period_ns < WHOLE_PERIOD_MIN_NS {
            let allowed = format!("at least {WHOLE_PERIOD_MIN_NS} ns with limits of the whole arm");
            return Err(ConfigError::new("period_ns", profile.period_ns, allowed));
        }
    }
    if is_apart && profile.geometry.is_none() {
        let allowed = "a geometry: without one nobody knows how near a person is";
        return Err(ConfigError::new("people", "separation without shapes", allowed));
    }
    let separation = profile.people.as_ref().and_then(|people| people.separation());
    if let Some(separation) = separation.filter(|separation| !(separation.reaction_s >= profile.period_s())) {
        let allowed = "at least one tick";
        return Err(ConfigError::new("people.reaction_s", separation.reaction_s, allowed));
    }
    Ok(())
}
