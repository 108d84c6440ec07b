//! How stores agree: what a hub takes, what a spoke makes of what it pulls, and what it pushes. No IO.

pub mod hub;
