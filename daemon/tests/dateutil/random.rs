//! Random rules, the same in every run.

use hephd::domain::task::recurrence::Rule;

/// SplitMix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to before `end`.
    pub(super) fn below(&mut self, end: i64) -> i64 {
        (self.next() % end as u64) as i64
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    fn some_of(&mut self, values: &[&str]) -> String {
        let mut chosen: Vec<&str> = values.iter().copied().filter(|_| self.chance(35)).collect();
        if chosen.is_empty() {
            chosen.push(values[self.below(values.len() as i64) as usize]);
        }
        chosen.join(",")
    }

    /// A rule without an end.
    pub(super) fn rule(&mut self) -> Rule {
        const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        const NUMBERED: [&str; 8] = ["1MO", "-1FR", "3TU", "5SU", "2WE", "-2SA", "4TH", "-5MO"];
        const MONTHS: [&str; 12] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
        const MONTH_DAYS: [&str; 12] =
            ["1", "5", "13", "15", "28", "29", "30", "31", "-1", "-2", "-10", "-31"];
        const YEAR_DAYS: [&str; 8] = ["1", "60", "100", "200", "365", "366", "-1", "-366"];
        const WEEKS: [&str; 8] = ["1", "2", "20", "52", "53", "-1", "-2", "30"];
        let mut text = String::new();
        let mut part = |name: &str, value: String| text.push_str(&format!(";{name}={value}"));
        let kind = self.below(4);
        let frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][kind as usize];
        if self.chance(40) {
            part("INTERVAL", (self.below(6) + 1).to_string());
        }
        if self.chance(25) {
            part("BYMONTH", self.some_of(&MONTHS));
        }
        let mut may_choose = false;
        match (kind, self.below(6)) {
            (0, 0) | (1, 0..=3) => {
                part("BYDAY", self.some_of(&WEEKDAYS));
                may_choose = kind == 1;
            }
            (0, 1) => part("BYMONTHDAY", self.some_of(&MONTH_DAYS)),
            (2, 0 | 1) | (3, 0) => {
                part("BYMONTHDAY", self.some_of(&MONTH_DAYS));
                may_choose = true;
            }
            (2, 2) | (3, 1) => {
                part("BYDAY", self.some_of(&WEEKDAYS));
                may_choose = true;
            }
            (2, 3) | (3, 2) => part("BYDAY", self.some_of(&NUMBERED)),
            (2, 4) => {
                part("BYDAY", self.some_of(&WEEKDAYS));
                part("BYMONTHDAY", self.some_of(&MONTH_DAYS));
            }
            (3, 3) => part("BYYEARDAY", self.some_of(&YEAR_DAYS)),
            (3, 4) => {
                part("BYWEEKNO", self.some_of(&WEEKS));
                if self.chance(60) {
                    part("BYDAY", self.some_of(&WEEKDAYS));
                }
            }
            _ => {}
        }
        if may_choose && self.chance(40) {
            part("BYSETPOS", self.some_of(&["1", "2", "-1", "-2", "3"]));
        }
        if self.chance(30) {
            part("WKST", WEEKDAYS[self.below(7) as usize].to_owned());
        }
        format!("FREQ={frequency}{text}").parse().expect("only parts that go together")
    }
}
