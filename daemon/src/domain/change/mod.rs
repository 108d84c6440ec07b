//! How a change is recorded: operations, registers, the clock.
