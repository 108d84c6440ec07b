//! The verbs over a store in memory.

mod adding;
mod attaching;
mod boxes;
mod breaking;
mod closing;
mod editing;
mod importing;
mod importing_pages;
mod parts;
mod projects;
mod recurring;
mod renaming;
mod store;
mod times;
mod undoing;
