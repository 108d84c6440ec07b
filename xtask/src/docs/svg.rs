//! A terminal's output, colours and all, as an SVG picture.

use std::fmt::Write as _;

/// Width of a cell, in pixels.
const CELL: f64 = 8.4;

/// Height of a line, in pixels.
const LINE: f64 = 20.0;

/// Room around the text, in pixels.
const MARGIN: f64 = 16.0;

/// Height of the bar above the text, in pixels.
const BAR: f64 = 28.0;

const BACKGROUND: &str = "#1d2021";
const FOREGROUND: &str = "#ebdbb2";

/// The sixteen colours of a terminal.
const PALETTE: [&str; 16] = [
    "#3c3836", "#fb4934", "#b8bb26", "#fabd2f", "#83a598", "#d3869b", "#8ec07c", "#d5c4a1", "#928374",
    "#fb4934", "#b8bb26", "#fabd2f", "#83a598", "#d3869b", "#8ec07c", "#fbf1c7",
];

/// How a run of characters looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Style {
    colour: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// Characters of one style.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    style: Style,
    text: String,
}

/// Draws what a terminal shows.
pub(crate) fn draw(title: &str, screen: &str) -> String {
    let lines: Vec<Vec<Run>> =
        screen.trim_end().lines().scan(Style::default(), |style, line| Some(runs(line, style))).collect();
    let columns = lines.iter().map(|line| line.iter().map(|run| width(&run.text)).sum()).max().unwrap_or(0);
    let (wide, high) = (columns as f64 * CELL + 2.0 * MARGIN, lines.len() as f64 * LINE + 2.0 * MARGIN + BAR);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         viewBox=\"0 0 {wide:.0} {high:.0}\" role=\"img\" aria-label=\"{}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n",
        escaped(title)
    );
    for (at, colour) in ["#fb4934", "#fabd2f", "#b8bb26"].into_iter().enumerate() {
        let x = MARGIN + 4.0 + at as f64 * 18.0;
        let _ = writeln!(svg, "<circle cx=\"{x:.0}\" cy=\"18\" r=\"5\" fill=\"{colour}\"/>");
    }
    let _ = writeln!(
        svg,
        "<g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" \
         fill=\"{FOREGROUND}\">"
    );
    for (at, line) in lines.iter().enumerate() {
        let y = BAR + MARGIN + at as f64 * LINE + 12.0;
        let mut column = 0;
        for run in line {
            if run.style.reverse {
                let x = MARGIN + column as f64 * CELL;
                let colour = run.style.colour.as_deref().unwrap_or(FOREGROUND);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"{LINE:.0}\" fill=\"{colour}\"/>",
                    y - 15.0,
                    width(&run.text) as f64 * CELL
                );
            }
            for (offset, text) in pieces(&run.text) {
                let x = MARGIN + (column + offset) as f64 * CELL;
                // A set length keeps the columns straight whatever font the reader has.
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.0}\" textLength=\"{:.1}\"{}>{}</text>",
                    width(text) as f64 * CELL,
                    attributes(&run.style),
                    escaped(text)
                );
            }
            column += width(&run.text);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The pieces of a text between two spaces or more, each with its column: SVG draws such spaces as one.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 0;
    text.split("  ").filter_map(move |piece| {
        let lead = piece.chars().take_while(|c| *c == ' ').count();
        let at = column + lead;
        column += width(piece) + 2;
        Some((at, piece.trim())).filter(|(_, piece)| !piece.is_empty())
    })
}

fn attributes(style: &Style) -> String {
    let mut attributes = String::new();
    if style.reverse {
        let _ = write!(attributes, " fill=\"{BACKGROUND}\"");
    } else if let Some(colour) = &style.colour {
        let _ = write!(attributes, " fill=\"{colour}\"");
    }
    for (set, attribute) in [
        (style.bold, " font-weight=\"bold\""),
        (style.dim, " opacity=\"0.6\""),
        (style.italic, " font-style=\"italic\""),
        (style.underline, " text-decoration=\"underline\""),
    ] {
        if set {
            attributes.push_str(attribute);
        }
    }
    attributes
}

/// Cuts a line into runs; the style goes on to the next line.
fn runs(line: &str, style: &mut Style) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            let end = sequence.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c)).unwrap_or(sequence.len());
            if sequence[end..].starts_with('m') {
                apply(&sequence[..end], style);
            }
            rest = sequence.get(end + 1..).unwrap_or_default();
            continue;
        }
        rest = &rest[first.len_utf8()..];
        if first.is_control() {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.style == *style => run.text.push(first),
            _ => runs.push(Run { style: style.clone(), text: first.to_string() }),
        }
    }
    runs
}

/// Applies the numbers of one `ESC [ … m`.
fn apply(numbers: &str, style: &mut Style) {
    let mut numbers = numbers.split([';', ':']).map(|number| number.parse::<u8>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        match number {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = true,
            7 => style.reverse = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.reverse = false,
            30..=37 => style.colour = Some(PALETTE[usize::from(number - 30)].into()),
            38 => style.colour = extended(&mut numbers),
            39 => style.colour = None,
            90..=97 => style.colour = Some(PALETTE[usize::from(number - 82)].into()),
            _ => {}
        }
    }
}

/// A colour of 256, or of all.
fn extended(numbers: &mut impl Iterator<Item = u8>) -> Option<String> {
    match numbers.next()? {
        2 => Some(format!("#{:02x}{:02x}{:02x}", numbers.next()?, numbers.next()?, numbers.next()?)),
        5 => Some(match numbers.next()? {
            number @ 0..16 => PALETTE[usize::from(number)].into(),
            number @ 16..232 => {
                let step = |value: u8| if value == 0 { 0 } else { 55 + 40 * value };
                let number = number - 16;
                format!("#{:02x}{:02x}{:02x}", step(number / 36), step(number / 6 % 6), step(number % 6))
            }
            number => {
                let grey = 8 + 10 * (number - 232);
                format!("#{grey:02x}{grey:02x}{grey:02x}")
            }
        }),
        _ => None,
    }
}

/// Columns of a text; the sample data has no wide characters.
fn width(text: &str) -> usize {
    text.chars().count()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styled(line: &str) -> Vec<Run> {
        runs(line, &mut Style::default())
    }

    #[test]
    fn colours_cut_a_line_into_runs() {
        let red = Style { colour: Some(PALETTE[1].into()), bold: true, ..Style::default() };
        assert_eq!(
            styled("a \u{1b}[1;31mb\u{1b}[0m c"),
            [
                Run { style: Style::default(), text: "a ".into() },
                Run { style: red, text: "b".into() },
                Run { style: Style::default(), text: " c".into() },
            ]
        );
    }

    #[test]
    fn a_reversed_run_has_its_colour_behind_it() {
        let svg = draw("x", "a \u{1b}[7;31m  b  \u{1b}[27m c");
        assert!(
            svg.contains(&format!("width=\"{:.1}\" height=\"20\" fill=\"{}\"", 5.0 * CELL, PALETTE[1])),
            "{svg}"
        );
        assert!(svg.contains(&format!("fill=\"{BACKGROUND}\">b</text>")), "{svg}");
    }

    #[test]
    fn all_kinds_of_colours_are_known() {
        let colour = |numbers: &str| {
            let mut style = Style::default();
            apply(numbers, &mut style);
            style.colour
        };
        assert_eq!(colour("38;2;1;2;255").as_deref(), Some("#0102ff"));
        assert_eq!(colour("38;5;208").as_deref(), Some("#ff8700"));
        assert_eq!(colour("38;5;244").as_deref(), Some("#808080"));
        assert_eq!(colour("91").as_deref(), Some(PALETTE[9]));
        assert_eq!(colour("31;39"), None);
    }

    #[test]
    fn other_sequences_leave_nothing() {
        assert_eq!(styled("\u{1b}[2Ka\u{1b}[").iter().map(|run| run.text.as_str()).collect::<String>(), "a");
    }

    #[test]
    fn wide_gaps_cut_a_text() {
        let found: Vec<_> = pieces("  p2   a b    c ").collect();
        assert_eq!(found, [(2, "p2"), (7, "a b"), (14, "c")]);
        assert_eq!(pieces("    ").count(), 0);
    }

    #[test]
    fn the_picture_is_xml_and_as_wide_as_its_longest_line() {
        let svg = draw("a & b", "<one>\nthree \"four\"\n\n");
        assert!(svg.contains("aria-label=\"a &amp; b\""));
        assert!(svg.contains(">&lt;one&gt;</text>") && svg.contains(">three &quot;four&quot;</text>"));
        assert!(svg.contains(&format!("width=\"{:.0}\"", 12.0 * CELL + 2.0 * MARGIN)), "{svg}");
    }
}
