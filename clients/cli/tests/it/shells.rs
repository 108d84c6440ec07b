//! The completion scripts in real bash, zsh and fish, on a real daemon whose titles try to break out.
//!
//! `cargo xtask test --only shells` fetches the shells and says so in `HEPH_SHELLS`; without it a shell that is not
//! there is left out.

use std::path::Path;
use std::process::Command;

use crate::hephd::Hephd;

/// Titles that a shell would act on.
const TITLES: [&str; 7] = [
    "quote \" in it",
    "quote ' in it",
    "$(touch broken) `touch broken` $HOME",
    "colon: and = and <",
    "back\\slash",
    "(brackets) {braces} *",
    "; touch broken #",
];

/// A home with tasks, projects and pages of all these titles, and a script.
fn home(shell: &str) -> Hephd {
    let hephd = Hephd::new();
    let script = hephd.run(&["completions", shell]).clean();
    hephd.home.file(if shell == "zsh" { "functions/_heph" } else { "script" }, &script);
    for title in TITLES {
        hephd.run(&["add", "-q", "--literal", title]).clean();
        // No title of a page has some of these.
        let _ = hephd.run(&["page", "new", "-q", &format!("P {title}")]);
    }
    hephd.run(&["add", "-q", "Paint proj:\"Big $(touch broken) House\" +home"]).clean();
    hephd.run(&["page", "new", "-q", "Travel/Trip to Rome"]).clean();
    hephd
}

/// Runs a shell's line in the home; none when the shell is not there.
fn shell(hephd: &Hephd, program: &str, arguments: &[&str]) -> Option<String> {
    let heph = Path::new(env!("CARGO_BIN_EXE_heph")).parent().unwrap();
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", hephd.home.path())
        .env("PATH", format!("{}:{}", heph.display(), std::env::var("PATH").unwrap()))
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "dumb")
        .env("TZ", "UTC")
        .current_dir(hephd.home.path())
        .output();
    match output {
        Ok(output) => {
            assert!(!hephd.home.path().join("broken").exists(), "{program} ran what a title says");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{program}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            assert!(std::env::var_os("HEPH_SHELLS").is_none(), "{program} cannot be run: {error}");
            None
        }
    }
}

/// The words of a line as bash splits them: at spaces, and at colons and the like.
fn bash(hephd: &Hephd, words: &str, more: &str) -> Vec<String> {
    let line = format!(
        "source ./script; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); {more} _heph heph; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let Some(output) = shell(hephd, "bash", &["--norc", "-c", &line]) else { return Vec::new() };
    output.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_and_quotes() {
    let hephd = home("bash");
    let tasks = bash(&hephd, "heph done ''", "");
    if tasks.is_empty() {
        return;
    }
    assert_eq!(tasks.len(), 8, "{tasks:?}");
    assert!(tasks.iter().all(|id| id.len() >= 3 && id.chars().all(char::is_alphanumeric)), "{tasks:?}");
    // The labels stand beside the values only in a list.
    let listed = bash(&hephd, "heph done ''", "COMP_TYPE=63;");
    assert!(
        listed.iter().any(|line| line.ends_with("  ($(touch broken) `touch broken` $HOME)")),
        "{listed:?}"
    );
    assert_eq!(bash(&hephd, "heph dele", ""), ["delete"]);
    assert!(bash(&hephd, "heph list --so", "").contains(&"--sort".to_owned()));
    assert_eq!(bash(&hephd, "heph list --sort due,sco", ""), ["due,score"]);
    assert_eq!(bash(&hephd, "heph list due : tom", ""), ["tomorrow"]);
    assert!(bash(&hephd, "heph list due :", "").contains(&"today".to_owned()));
    assert!(bash(&hephd, "heph list is : ov", "").contains(&"overdue".to_owned()));
    assert_eq!(bash(&hephd, "heph list -ho", ""), ["-home"]);
    // What is inserted is one word of the shell, and means the value.
    for (word, expected) in [
        ("heph add proj : Bi", "proj:\"Big $(touch broken) House\""),
        ("heph add proj : \\\"Bi", "proj:Big $(touch broken) House"),
        ("heph page show '[[Tr'", "[[Travel/Trip to Rome]]"),
    ] {
        let found = bash(&hephd, word, "");
        assert_eq!(found.len(), 1, "{word}: {found:?}");
        let inserted = match word {
            _ if word.contains("\\\"") => format!("proj:\"{}\"", found[0]),
            _ if word.contains("proj") => format!("proj:{}", found[0]),
            _ => found[0].clone(),
        };
        let said = shell(&hephd, "bash", &["--norc", "-c", &format!("printf '%s' {inserted}")]).unwrap();
        assert_eq!(said, expected, "{word}: {inserted}");
    }
    // Every page's name survives the shell.
    let pages = bash(&hephd, "heph page show ''", "");
    for page in &pages {
        let said = shell(&hephd, "bash", &["--norc", "-c", &format!("heph page show {page}")]).unwrap();
        assert!(!said.contains("cannot be found"), "{page}");
    }
    assert!(pages.len() > 3, "{pages:?}");
}

#[test]
fn zsh_completes_and_quotes() {
    let hephd = home("zsh");
    // In a terminal of its own, as a person types: what the line has become is written to a file.
    let drive = |typed: &str| {
        let line = format!(
            r#"zmodload zsh/zpty || exit 9
            zpty z zsh -f
            zpty -w z 'unsetopt beep; PS1= PROMPT_EOL_MARK=; fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D'
            zpty -w z 'done_typing() {{ print -r -- "$BUFFER" > typed; exit }}; zle -N done_typing; bindkey "^X" done_typing'
            zpty -w z 'zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" select-prompt ""; print > ready'
            repeat 200 {{ [[ -e ready ]] && break; zpty -r -t z >/dev/null; sleep 0.05 }}
            zpty -w -n z $'{typed}\t\x18'
            repeat 200 {{ [[ -s typed ]] && break; zpty -r -t z >/dev/null; sleep 0.05 }}
            zpty -d z
            cat typed; rm -f typed ready"#
        );
        shell(&hephd, "zsh", &["-f", "-c", &line])
    };
    for (typed, expected) in [
        ("heph list --sort due,sco", "heph list --sort due,score "),
        ("heph list due:tom", "heph list due:tomorrow "),
        ("heph comple", "heph completions "),
        ("heph list is:overd", "heph list is:overdue "),
        ("heph page show Tr", "heph page show \\[\\[Travel/Trip\\ to\\ Rome\\]\\] "),
        ("heph add proj:Bi", "heph add proj:\\\"Big\\ \\$\\(touch\\ broken\\)\\ House\\\" "),
    ] {
        let Some(line) = drive(typed) else { return };
        assert_eq!(line.trim_end_matches('\n'), expected, "{typed}");
    }
    // All the titles, shown in a list.
    drive("heph done \t").unwrap();
}

#[test]
fn fish_completes_and_quotes() {
    let hephd = home("fish");
    let ask = |line: &str| {
        shell(&hephd, "fish", &["--no-config", "-c", &format!("source ./script; complete -C {line}")])
    };
    let Some(tasks) = ask("'heph done '") else { return };
    assert_eq!(tasks.lines().count(), 8, "{tasks}");
    assert!(tasks.contains("\t$(touch broken) `touch broken` $HOME\n"), "{tasks}");
    assert!(tasks.contains("\tquote \" in it\n") && tasks.contains("\tcolon: and = and <\n"), "{tasks}");
    assert!(ask("'heph list --so'").unwrap().starts_with("--sort\tKeys to sort by"));
    assert_eq!(ask("'heph list due:tom'").unwrap(), "due:tomorrow\tTue 2026-11-24\n");
    assert_eq!(ask("'heph page show [[Tr'").unwrap().split('\t').next(), Some("[[Travel/Trip to Rome]]"));
    assert!(ask("'heph export markdown s'").unwrap().contains("script"));
    assert!(ask("'heph '").unwrap().contains("done\tFinish tasks\n"));
}
