//! Runs a program in a fresh world, on its own runtime, so that a failure does not affect the next one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::program::Step;
use crate::world::{Figures, World};

/// Runs a program; returns what it did, or why it failed.
pub(crate) fn run(program: &[Step]) -> Result<Figures, String> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in program {
                world.take(step).await;
            }
            Box::pin(world.settle()).await
        })
    }));
    ran.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}
