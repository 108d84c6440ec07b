//! heph.nvim, which this program carries: unpacked, and put where Neovim looks for plugins.

mod embedded;
mod installed;

pub(crate) use installed::{Installed, Place};
