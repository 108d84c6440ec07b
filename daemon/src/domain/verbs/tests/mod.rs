//! The verbs over a store in memory.

mod adding;
mod boxes;
mod breaking;
mod closing;
mod editing;
mod importing;
mod renaming;
mod store;
mod undoing;
