//! Which release is taken.

use semver::Version;

use super::ledger::Ledger;

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedFile {
    /// Its name.
    pub name: String,
    /// Where it can be had.
    pub url: String,
}

/// A release that a forge offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its version.
    pub version: Version,
    /// Its files.
    pub files: Vec<OfferedFile>,
}

impl Offered {
    /// The tag of its source. The version has been read, so that nothing but letters, digits and `.+-` is in it.
    pub fn tag(&self) -> String {
        format!("v{}", self.version)
    }
}

/// What the user allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Releases before the release (`1.2.0-rc.1`).
    pub pre_releases: bool,
    /// Those that failed too often; not those that were rolled back.
    pub failed: bool,
}

/// What to do about what is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Update to it.
    Take(Offered),
    /// Nothing: there is none that is newer.
    Stay,
    /// Nothing: the newer ones have failed here, and this one last.
    Avoid {
        /// The newest of them.
        version: Version,
        /// What was wrong.
        reason: String,
    },
}

/// Chooses among what is offered: the newest of the releases that are newer than `running` and may be taken.
pub fn choose(running: &Version, offered: Vec<Offered>, ledger: &Ledger, rules: Rules) -> Choice {
    let is_allowed = |version: &Version| rules.pre_releases || version.pre.is_empty();
    let mut newer: Vec<Offered> = offered
        .into_iter()
        .filter(|one| one.version.cmp_precedence(running).is_gt() && is_allowed(&one.version))
        .collect();
    newer.sort_by(|a, b| b.version.cmp_precedence(&a.version));
    let mut avoided = None;
    for one in newer {
        match ledger.why_not(&one.version, rules.failed) {
            None => return Choice::Take(one),
            Some(reason) => {
                avoided.get_or_insert(Choice::Avoid { version: one.version, reason: reason.to_owned() });
            }
        }
    }
    avoided.unwrap_or(Choice::Stay)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offered(version: &str) -> Offered {
        Offered { version: version.parse().unwrap(), files: Vec::new() }
    }

    fn chosen(running: &str, versions: &[&str], ledger: &Ledger, rules: Rules) -> String {
        let all = versions.iter().map(|version| offered(version)).collect();
        match choose(&running.parse().unwrap(), all, ledger, rules) {
            Choice::Take(one) => one.tag(),
            Choice::Stay => "stay".to_owned(),
            Choice::Avoid { version, .. } => format!("avoid {version}"),
        }
    }

    #[test]
    fn the_newest_that_may_be_taken_is() {
        let (none, plain) = (Ledger::default(), Rules::default());
        let early = Rules { pre_releases: true, ..plain };
        for (running, versions, rules, expected) in [
            ("0.1.0", &[][..], plain, "stay"),
            ("0.1.0", &["0.1.0"], plain, "stay"),
            ("0.1.0", &["0.0.9", "0.1.0"], plain, "stay"),
            ("0.1.0", &["0.1.1", "0.10.0", "0.9.0"], plain, "v0.10.0"),
            ("0.1.0", &["0.2.0-rc.1"], plain, "stay"),
            ("0.1.0", &["0.2.0-rc.1"], early, "v0.2.0-rc.1"),
            ("0.1.0", &["0.2.0-rc.1", "0.1.1"], plain, "v0.1.1"),
            ("0.2.0-rc.1", &["0.2.0"], plain, "v0.2.0"),
            ("0.2.0-rc.2", &["0.2.0-rc.1", "0.1.9"], early, "stay"),
            // What stands behind a plus says nothing of the order.
            ("0.1.0", &["0.1.0+built.later"], plain, "stay"),
        ] {
            assert_eq!(chosen(running, versions, &none, rules), expected, "{running} {versions:?}");
        }
    }

    #[test]
    fn a_release_that_was_rolled_back_is_not_taken_again_and_an_older_one_may_be() {
        let mut ledger = Ledger::default();
        ledger.note_rolled_back(&"0.3.0".parse().unwrap(), "it did not start");
        let (plain, by_hand) = (Rules::default(), Rules { failed: true, ..Rules::default() });
        assert_eq!(chosen("0.1.0", &["0.3.0"], &ledger, plain), "avoid 0.3.0");
        assert_eq!(chosen("0.1.0", &["0.3.0"], &ledger, by_hand), "avoid 0.3.0");
        assert_eq!(chosen("0.1.0", &["0.3.0", "0.2.0"], &ledger, plain), "v0.2.0");
        assert_eq!(chosen("0.1.0", &["0.3.0", "0.3.1"], &ledger, plain), "v0.3.1");
    }

    #[test]
    fn a_release_that_failed_too_often_is_tried_again_only_by_hand() {
        let mut ledger = Ledger::default();
        let version = "0.3.0".parse().unwrap();
        let (plain, by_hand) = (Rules::default(), Rules { failed: true, ..Rules::default() });
        for _ in 0..super::super::MOST_FAILURES {
            assert_eq!(chosen("0.1.0", &["0.3.0"], &ledger, plain), "v0.3.0");
            ledger.note_failure(&version, "it does not build");
        }
        assert_eq!(chosen("0.1.0", &["0.3.0"], &ledger, plain), "avoid 0.3.0");
        assert_eq!(chosen("0.1.0", &["0.3.0"], &ledger, by_hand), "v0.3.0");
    }

    fn any_version() -> impl Strategy<Value = Version> {
        (0u64..3, 0u64..3, 0u64..3, prop::option::of(1u64..3)).prop_map(|(major, minor, patch, pre)| {
            let mut version = Version::new(major, minor, patch);
            if let Some(pre) = pre {
                version.pre = format!("rc.{pre}").parse().unwrap();
            }
            version
        })
    }

    proptest! {
        #[test]
        fn there_is_never_a_downgrade(
            running in any_version(),
            versions in prop::collection::vec(any_version(), 0..8),
            bad in prop::collection::vec(any_version(), 0..4),
            pre_releases: bool,
            failed: bool,
        ) {
            let mut ledger = Ledger::default();
            for version in &bad {
                ledger.note_rolled_back(version, "it did not start");
            }
            let all = versions.iter().map(|version| Offered { version: version.clone(), files: Vec::new() });
            let rules = Rules { pre_releases, failed };
            if let Choice::Take(one) = choose(&running, all.collect(), &ledger, rules) {
                prop_assert!(one.version > running);
                prop_assert!(versions.contains(&one.version));
                prop_assert!(!bad.contains(&one.version));
                prop_assert!(pre_releases || one.version.pre.is_empty());
            }
        }
    }
}
