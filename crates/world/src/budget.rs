//! How many requests one request may make, where a host counts them.

use tasker_settings::OUTBOUND_REQUESTS;

use crate::{World, config};

/// The bound for one request of a component.
#[derive(Debug, Clone, Copy)]
pub struct Budget(u32);

impl Budget {
    /// As the variable `outbound_requests` says; 0 stands for no bound.
    ///
    /// # Errors
    /// If it is not set or not a number.
    pub fn read(world: &impl World) -> Result<Self, config::Error> {
        let bound = config::read(world, &OUTBOUND_REQUESTS)?;
        Ok(Self(if bound == 0 { u32::MAX } else { bound }))
    }

    /// How many more requests may be made, with `kept_back` of them kept for the end.
    #[must_use]
    pub fn left(self, world: &impl World, kept_back: u32) -> usize {
        let left = self.0.saturating_sub(world.spent());
        usize::try_from(left.saturating_sub(kept_back)).unwrap_or(usize::MAX)
    }
}
