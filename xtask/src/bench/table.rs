//! The result as a Markdown table.

use std::fmt::Write as _;
use std::time::Duration;

use super::measure::Samples;

/// Whether a budget holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    Misses,
    /// There is none.
    Free,
}

impl Verdict {
    /// Judges by a comparison.
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Misses }
    }
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    p50: String,
    p99: String,
    against: String,
    ratio: String,
    budget: String,
    verdict: Verdict,
}

impl Row {
    /// Times without a floor.
    pub(crate) fn plain(what: impl Into<String>, samples: &Samples) -> Self {
        Self { p50: shown(samples.p50()), p99: shown(samples.p99()), ..Self::fact(what, "") }
    }

    /// One figure.
    pub(crate) fn fact(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            p50: value.into(),
            p99: String::new(),
            against: String::new(),
            ratio: String::new(),
            budget: String::new(),
            verdict: Verdict::Free,
        }
    }

    /// Times against those of a floor, at most so many times it.
    pub(crate) fn against(
        what: impl Into<String>,
        samples: &Samples,
        floor: (&str, &Samples),
        at_most: Option<f64>,
    ) -> Self {
        let ratio = samples.p50().as_secs_f64() / floor.1.p50().as_secs_f64();
        Self {
            against: format!("{} {}", floor.0, shown(floor.1.p50())),
            ratio: format!("{ratio:.2}"),
            budget: at_most.map(|bound| format!("≤ {bound}×")).unwrap_or_default(),
            verdict: at_most.map_or(Verdict::Free, |bound| Verdict::of(ratio <= bound)),
            ..Self::plain(what, samples)
        }
    }

    /// Sets what it is measured against, and the ratio.
    pub(crate) fn beside(mut self, against: impl Into<String>, ratio: f64) -> Self {
        self.against = against.into();
        self.ratio = format!("{ratio:.2}");
        self
    }

    /// Sets a budget of its own.
    pub(crate) fn budget(mut self, budget: impl Into<String>, holds: bool) -> Self {
        self.budget = budget.into();
        self.verdict = Verdict::of(holds);
        self
    }
}

/// Rows in their order.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a row.
    pub(crate) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    /// Budgets that hold, and all of them.
    pub(crate) fn held(&self) -> (usize, usize) {
        let count = |verdict| self.0.iter().filter(|row| row.verdict == verdict).count();
        (count(Verdict::Holds), count(Verdict::Holds) + count(Verdict::Misses))
    }

    /// Writes it as Markdown.
    pub(crate) fn render(&self) -> String {
        let mut text = String::from(
            "| what | p50 | p99 | against | ratio | budget | |\n|---|---:|---:|---|---:|---|---|\n",
        );
        for Row { what, p50, p99, against, ratio, budget, verdict } in &self.0 {
            let verdict = match verdict {
                Verdict::Holds => "holds",
                Verdict::Misses => "**misses**",
                Verdict::Free => "",
            };
            let _ = writeln!(text, "| {what} | {p50} | {p99} | {against} | {ratio} | {budget} | {verdict} |");
        }
        text
    }
}

/// A time in the unit that fits.
pub(crate) fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 0.1 => format!("{:.2} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(micros: u64) -> Samples {
        let mut samples = Samples::default();
        samples.push(Duration::from_micros(micros));
        samples
    }

    #[test]
    fn ratios_decide() {
        let mut table = Table::default();
        table.push(Row::plain("floor", &samples(54)));
        table.push(Row::against("heph next", &samples(2_000), ("floor", &samples(1_000)), Some(2.0)));
        table.push(Row::against("heph add", &samples(2_500), ("floor", &samples(1_000)), Some(2.0)));
        assert_eq!(table.held(), (1, 2));
        assert_eq!(
            table.render().lines().skip(2).collect::<Vec<_>>(),
            [
                "| floor | 54 µs | 54 µs |  |  |  |  |",
                "| heph next | 2.00 ms | 2.00 ms | floor 1.00 ms | 2.00 | ≤ 2× | holds |",
                "| heph add | 2.50 ms | 2.50 ms | floor 1.00 ms | 2.50 | ≤ 2× | **misses** |",
            ]
        );
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let shown = |micros| shown(Duration::from_micros(micros));
        assert_eq!(
            [shown(12), shown(1_234), shown(123_456), shown(1_234_567)],
            ["12 µs", "1.23 ms", "123 ms", "1.23 s"]
        );
    }
}
