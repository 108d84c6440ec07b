//! Templates: `{{title}} {{date}} {{date:FMT}} {{time}} {{time:FMT}}`, with the format letters that Obsidian takes from
//! moment.js. What is none of these stays as it is written.

use jiff::civil::{Date, DateTime, Time};

/// The folder templates stand in.
pub const FOLDER: &str = "Templates";

/// The moment a template is filled in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateTime {
    /// The day.
    pub date: Date,
    /// The time of the day; midnight for a journal, whose text hangs on its date alone.
    pub time: Time,
}

/// Fills a template in.
pub fn render_template(template: &str, title: &str, at: TemplateTime) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        let filled =
            behind.split_once("}}").and_then(|(inner, after)| Some((fill(inner, title, at)?, after)));
        match filled {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn fill(inner: &str, title: &str, at: TemplateTime) -> Option<String> {
    let (name, format) = match inner.split_once(':') {
        Some((name, format)) => (name, Some(format)),
        None => (inner, None),
    };
    match name.trim().to_ascii_lowercase().as_str() {
        "title" if format.is_none() => Some(title.to_owned()),
        "date" => Some(formatted(format.unwrap_or("YYYY-MM-DD"), at)),
        "time" => Some(formatted(format.unwrap_or("HH:mm"), at)),
        _ => None,
    }
}

/// The letters of moment.js, longest first, so that `MMMM` is not read as twice `MM`.
const TOKENS: [&str; 34] = [
    "YYYY", "GGGG", "gggg", "MMMM", "dddd", "MMM", "ddd", "DDDD", "DDD", "YY", "GG", "gg", "MM", "DD", "Do",
    "dd", "WW", "ww", "HH", "hh", "mm", "ss", "M", "D", "d", "W", "w", "H", "h", "m", "s", "Q", "A", "a",
];

fn formatted(format: &str, at: TemplateTime) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if let Some((literal, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            out.push_str(literal);
            rest = after;
        } else if let Some(token) = TOKENS.iter().find(|token| rest.starts_with(**token)) {
            out.push_str(&value(token, at));
            rest = &rest[token.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// The value of a format letter, in English.
fn value(token: &str, TemplateTime { date, time }: TemplateTime) -> String {
    let at = DateTime::from_parts(date, time);
    let week = date.iso_week_date();
    let shown = |format: &str| at.strftime(format).to_string();
    match token {
        "YYYY" => shown("%Y"),
        "YY" => shown("%y"),
        "GGGG" | "gggg" => format!("{:04}", week.year()),
        "GG" | "gg" => format!("{:02}", week.year().rem_euclid(100)),
        "MMMM" => shown("%B"),
        "MMM" => shown("%b"),
        "MM" => shown("%m"),
        "M" => date.month().to_string(),
        "dddd" => shown("%A"),
        "ddd" => shown("%a"),
        "dd" => shown("%a").chars().take(2).collect(),
        "d" => date.weekday().to_sunday_zero_offset().to_string(),
        "DDDD" => format!("{:03}", date.day_of_year()),
        "DDD" => date.day_of_year().to_string(),
        "DD" => shown("%d"),
        "Do" => format!("{}{}", date.day(), ordinal(date.day())),
        "D" => date.day().to_string(),
        "WW" | "ww" => format!("{:02}", week.week()),
        "W" | "w" => week.week().to_string(),
        "HH" => shown("%H"),
        "H" => time.hour().to_string(),
        "hh" => shown("%I"),
        "h" => ((time.hour() + 11) % 12 + 1).to_string(),
        "mm" => shown("%M"),
        "m" => time.minute().to_string(),
        "ss" => shown("%S"),
        "s" => time.second().to_string(),
        "Q" => ((date.month() + 2) / 3).to_string(),
        "A" => shown("%p"),
        "a" => shown("%p").to_lowercase(),
        _ => token.to_owned(),
    }
}

fn ordinal(day: i8) -> &'static str {
    match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> String {
        let at = TemplateTime { date: Date::constant(2026, 11, 23), time: Time::constant(15, 4, 5, 0) };
        render_template(template, "Trip to Rome", at)
    }

    #[test]
    fn what_obsidian_fills_in_is_filled_in() {
        for (template, expected) in [
            ("# {{title}}\n{{date}} {{time}}", "# Trip to Rome\n2026-11-23 15:04"),
            ("{{date:dddd, MMMM Do YYYY}}", "Monday, November 23rd 2026"),
            ("{{date:ddd D MMM YY}} {{ title }}", "Mon 23 Nov 26 Trip to Rome"),
            ("{{date:GGGG-[W]WW}} Q{{date:Q}} {{date:DDDD}} {{date:d}}", "2026-W48 Q4 327 1"),
            ("{{time:hh:mm A}} {{time:h a}} {{time:HH.mm.ss}}", "03:04 PM 3 pm 15.04.05"),
            ("{{date:[Today is] D}}", "Today is 23"),
            ("{{other}} {{title:x}} {{", "{{other}} {{title:x}} {{"),
            ("{{date", "{{date"),
            ("é {{date:YYYY年M月D日}}", "é 2026年11月23日"),
        ] {
            assert_eq!(render(template), expected, "{template}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_plain_text_stays(template in "[a-zA-Z{}:\\[\\] é]{0,40}") {
            let rendered = render(&template);
            if !template.contains("{{") {
                proptest::prop_assert_eq!(rendered, template);
            }
        }
    }
}
