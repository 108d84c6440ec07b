//! Where the daemon's socket is.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that names another socket.
const VARIABLE: &str = "HEPH_SOCKET";

/// The socket of a daemon started without options: `~/.local/share/heph/hephd.sock`.
///
/// `XDG_DATA_HOME` is not read, so that a login shell, cron, a service manager and ssh agree.
pub fn default_socket() -> PathBuf {
    let mut path = env::home_dir().unwrap_or_default();
    path.push(".local/share/heph/hephd.sock");
    path
}

/// The socket to use: the flag's, else that of `HEPH_SOCKET`, else [`default_socket`].
pub fn socket_from(flag: Option<PathBuf>) -> PathBuf {
    choose(flag, env::var_os(VARIABLE)).unwrap_or_else(default_socket)
}

/// The socket somebody named; an empty variable names none.
fn choose(flag: Option<PathBuf>, variable: Option<OsString>) -> Option<PathBuf> {
    flag.or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_variable_and_the_variable_over_the_default() {
        let (flag, variable) = (PathBuf::from("/flag"), OsString::from("/variable"));
        assert_eq!(choose(Some(flag.clone()), Some(variable.clone())), Some(flag));
        assert_eq!(choose(None, Some(variable)), Some(PathBuf::from("/variable")));
        assert_eq!(choose(None, Some(OsString::new())), None);
        assert_eq!(choose(None, None), None);
    }

    #[test]
    fn the_default_lies_under_the_home_folder() {
        assert!(default_socket().ends_with(".local/share/heph/hephd.sock"));
    }
}
