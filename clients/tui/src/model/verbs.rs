//! Verbs of the command line. Without a reference they are for what is selected or marked.

use super::{Confirm, Effect, Model, PromptKind, REMEMBERED, Target};

/// Verbs that take references and nothing else.
const BARE: [&str; 9] = ["done", "start", "stop", "cancel", "reopen", "skip", "pin", "unpin", "delete"];

/// Verbs of one node.
const OF_ONE: [&str; 3] = ["why", "show", "duplicate"];

/// More than so many are changed only when somebody said yes.
pub(super) const ASKED_ABOVE: usize = 20;

/// How the command line says that it would have asked.
const WOULD_ASK: &str = ": nobody can be asked here";

/// A verb that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb {
    /// What was typed.
    pub line: String,
    /// Its words, with what it is for.
    pub words: Vec<String>,
}

impl Model {
    /// Runs the line that was typed.
    pub(super) fn run(&mut self, text: String) -> Vec<Effect> {
        let text = text.strip_prefix("heph ").unwrap_or(&text).trim().to_owned();
        if text.is_empty() {
            self.prompt = None;
            return Vec::new();
        }
        if matches!(text.as_str(), "q" | "quit" | "q!" | "wq" | "x") {
            self.prompt = None;
            return vec![Effect::Quit];
        }
        let Some(mut words) = shlex::split(&text).filter(|words| !words.is_empty()) else {
            return self.refuse("a quote is not closed".to_owned());
        };
        if let Some(Verb { line, .. }) = &self.running {
            return self.refuse(format!("`{line}` still runs: esc, then esc again stops it"));
        }
        let implied = if is_without_reference(&words) { self.targets() } else { Vec::new() };
        if implied.len() > 1 && OF_ONE.contains(&words[0].as_str()) {
            return self.refuse(format!("`{}` is about one; {} are marked", words[0], implied.len()));
        }
        self.prompt = None;
        self.remember(&text);
        let question = question(&words[0], &implied);
        words.splice(1..1, implied.into_iter().map(|target| target.id));
        let verb = Verb { line: text, words };
        match question {
            Some(question) => {
                self.prompt(PromptKind::Confirm(Confirm::Verb(question, verb)));
                Vec::new()
            }
            None => self.start(verb),
        }
    }

    pub(super) fn start(&mut self, verb: Verb) -> Vec<Effect> {
        let words = verb.words.clone();
        self.running = Some(verb);
        vec![Effect::Run(words)]
    }

    fn refuse(&mut self, reason: String) -> Vec<Effect> {
        if let Some(prompt) = &mut self.prompt {
            prompt.refused = Some(reason);
        }
        Vec::new()
    }

    fn remember(&mut self, line: &str) {
        self.commands.retain(|command| command != line);
        self.commands.push(line.to_owned());
        if self.commands.len() > REMEMBERED {
            self.commands.remove(0);
        }
    }

    /// What a line without a reference is for, in words.
    pub(super) fn implied(&self, text: &str) -> Option<String> {
        let words = shlex::split(text.strip_prefix("heph ").unwrap_or(text))?;
        match self.targets().as_slice() {
            _ if !is_without_reference(&words) => None,
            [] => None,
            [one] => Some(format!("for “{}”", one.title)),
            several => Some(format!("for the {} that are marked", several.len())),
        }
    }

    /// Asks what the command line would have asked, if it was that; the verb runs again when the answer is yes.
    pub(super) fn ask_for_verb(&mut self, verb: &Verb, output: &str) -> bool {
        let said = output.lines().find_map(|line| line.split_once(WOULD_ASK));
        let Some((question, _)) = said.filter(|_| self.prompt.is_none()) else { return false };
        let question = format!("{}?", question.trim_start_matches("error: "));
        let mut verb = verb.clone();
        verb.words.insert(0, "--yes".to_owned());
        self.prompt(PromptKind::Confirm(Confirm::Verb(question, verb)));
        true
    }
}

/// What is asked before a verb is run on what it was not told.
fn question(verb: &str, implied: &[Target]) -> Option<String> {
    match (verb, implied) {
        ("delete", [one]) => Some(format!("put “{}” into the trash?", one.title)),
        (_, several) if several.len() > ASKED_ABOVE || verb == "delete" && !several.is_empty() => {
            Some(format!("{verb} {} that are marked?", several.len()))
        }
        _ => None,
    }
}

/// Whether a verb that needs a reference has none. When in doubt it has: the command line says what is missing.
fn is_without_reference(words: &[String]) -> bool {
    let Some((verb, rest)) = words.split_first() else { return false };
    let elsewhere = |word: &String| word.starts_with("--where") || matches!(word.as_str(), "--help" | "-h");
    if rest.iter().any(elsewhere) {
        return false;
    }
    let first = rest.iter().find(|word| !word.starts_with("--"));
    match (verb.as_str(), first) {
        (verb, None) => BARE.contains(&verb) || OF_ONE.contains(&verb),
        ("mod", Some(word)) => is_change(word),
        ("defer", Some(word)) => !(is_like_a_reference(word) || word.contains(' ') && rest.len() > 1),
        _ => false,
    }
}

/// Whether a word is a change and can be nothing else.
fn is_change(word: &str) -> bool {
    let is_pair = word.split_once(':').is_some_and(|(key, _)| {
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    });
    is_pair || word.starts_with(['+', '-']) || matches!(word, "p0" | "p1" | "p2" | "p3" | "p4")
}

/// Whether a word has the shape of a reference: `@last`, `[[a title]]`, an id or the beginning of a short one.
fn is_like_a_reference(word: &str) -> bool {
    const DATES: [&str; 9] = ["next", "wed", "sat", "jan", "feb", "mar", "may", "dec", "today"];
    let is_id = word.len() >= 3
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() && !"ilou".contains(c) || c == '-');
    let step = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_date = DATES.contains(&word)
        || word.len() == 10 && word.chars().all(|c| c.is_ascii_digit() || c == '-')
        || step != word && matches!(step, "d" | "w" | "mo" | "q" | "y" | "h" | "min");
    word.starts_with('@') || word.starts_with("[[") || is_id && !is_date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_without_a_reference_is_told_from_one_with() {
        let is_without = |line: &str| is_without_reference(&shlex::split(line).unwrap_or_default());
        for line in [
            "done",
            "why",
            "mod p1",
            "mod +home due:fri",
            "mod -home",
            "mod --dry-run title:New",
            "defer fri",
            "defer 2w",
            "defer 10d",
            "defer next mon",
            "defer \"next mon\"",
            "defer 2026-12-01",
            "defer none",
            "delete --dry-run",
        ] {
            assert!(is_without(line), "{line}");
        }
        for line in [
            "done 7k3",
            "done \"Call the bank\"",
            "mod 7k3 p1",
            "mod \"Call the bank\" p1",
            "mod Call p1",
            "mod",
            "mod --where +home p1",
            "done --where=+home",
            "defer 7k3 fri",
            "defer @last fri",
            "defer [[Call]] fri",
            "defer",
            "defer \"Call the bank\" fri",
            "list",
            "add",
            "why --help",
        ] {
            assert!(!is_without(line), "{line}");
        }
    }
}
