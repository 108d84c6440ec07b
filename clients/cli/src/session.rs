//! One run of `heph`: its flags and settings, its streams, its connection to the daemon.

use std::io::Read as _;

use heph_client::{Client, Options};
use heph_protocol::Method;
use heph_protocol::event::Progress;
use heph_protocol::types::AppliedContext;

use crate::args::Global;
use crate::config::Config;
use crate::environment::{path_variable, zone};
use crate::error::{Exit, Failure};
use crate::output::{self, Format, Look, Outcome, Output};

/// The most text that is taken from standard input; a page's text has to fit a frame.
const MAX_INPUT: u64 = 15 << 20;

/// One run of `heph`.
pub(crate) struct Session {
    /// Flags that every verb takes.
    pub(crate) global: Global,
    /// The settings in force.
    pub(crate) config: Config,
    /// The streams.
    pub(crate) out: Output,
    client: Option<Client>,
}

impl Session {
    /// Makes a run; connects only when something is asked of the daemon.
    pub(crate) fn new(global: Global, config: Config) -> Self {
        let out = Output::new(look(&global, &config));
        Self { global, config, out, client: None }
    }

    /// A client of its own, that warns of nothing.
    pub(crate) fn quiet_client(&self) -> Client {
        Client::new(Options {
            socket: self.config.socket.value.clone(),
            client: "heph".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            zone: zone(),
        })
    }

    /// The client, made at its first use.
    pub(crate) fn client(&mut self) -> Outcome<&mut Client> {
        if self.client.is_none() {
            let mut client = self.quiet_client();
            self.compare_store(&mut client)?;
            self.client = Some(client);
        }
        Ok(self.client.as_mut().expect("made just above"))
    }

    /// Warns when the daemon's store is not the one the user named: it alone decides which one it serves.
    fn compare_store(&mut self, client: &mut Client) -> Outcome {
        let Some(named) = path_variable("HEPH_DB") else { return Ok(()) };
        let served = client.hello()?.db.clone();
        let same = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if same(&named) != same(served.as_ref()) {
            self.out.warn(&format!("HEPH_DB is {}, but the daemon serves {served}", named.display()));
        }
        Ok(())
    }

    /// Asks the daemon.
    pub(crate) fn call<M: Method>(&mut self, request: &M) -> Outcome<M::Reply> {
        Ok(self.client()?.call(request)?)
    }

    /// Asks the daemon for something long.
    pub(crate) fn call_long<M: Method>(
        &mut self,
        request: &M,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Outcome<M::Reply> {
        Ok(self.client()?.call_with_progress(request, on_progress)?)
    }

    /// The context to ask in: what a flag, the environment or the file says; without, the daemon knows the active one.
    pub(crate) fn context(&self) -> Option<String> {
        let context = &self.config.context;
        (context.origin != "default").then(|| context.value.trim().to_owned())
    }

    /// Tells below a list which context it is of, and how to leave it.
    pub(crate) fn tell_context(&mut self, context: Option<&AppliedContext>) {
        let Some(AppliedContext { name, filter }) = context.filter(|_| !self.out.is_json()) else { return };
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        self.out.note(&format!("context{name}: {filter} · --no-context shows all"));
    }

    /// Asks whether to go on. `--yes` answers; without a terminal it is refused.
    pub(crate) fn confirm(&mut self, question: &str) -> Outcome {
        if self.global.yes {
            return Ok(());
        }
        if !output::can_ask() {
            return Err(Failure::new(Exit::Refused, format!("{question}: nobody can be asked here"))
                .hint("add --yes to do it without asking"));
        }
        self.out.flush()?;
        self.out.ask(&format!("{question}? [y/N]"));
        match answer().as_deref() {
            Some("y" | "yes") => Ok(()),
            _ => Err(Failure::new(Exit::Interrupted, "nothing was changed")),
        }
    }

    /// The editor's command.
    ///
    /// # Errors
    /// `refused` when nobody named one and there is no terminal for the usual one.
    pub(crate) fn editor(&self) -> Outcome<String> {
        let editor = &self.config.editor;
        if editor.origin == "default" && !output::can_ask() {
            return Err(Failure::new(Exit::Refused, "there is no terminal for an editor")
                .hint("give the text with --stdin, or set VISUAL or EDITOR to a program that needs none"));
        }
        Ok(editor.value.clone())
    }

    /// All of standard input as text.
    pub(crate) fn read_input(&self) -> Outcome<String> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(MAX_INPUT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::io("cannot read standard input", &error))?;
        if bytes.len() as u64 > MAX_INPUT {
            return Err(
                Failure::new(Exit::Refused, "standard input is longer than 15 MiB").hint("split the text")
            );
        }
        String::from_utf8(bytes).map_err(|_| {
            Failure::usage("standard input is not UTF-8")
                .hint("convert it, for example: iconv -f latin1 -t utf-8")
        })
    }

    /// The line a verb takes: of standard input with `--stdin`, else of the words that were typed.
    pub(crate) fn line(
        &self,
        stdin: bool,
        words: &[String],
        join: fn(&[String]) -> String,
    ) -> Outcome<String> {
        match (stdin, words.is_empty()) {
            (true, true) => self.read_input_line(),
            (true, false) => {
                Err(Failure::usage("the line comes from standard input and from the command line"))
            }
            (false, _) => Ok(join(words)),
        }
    }

    /// The one line of standard input.
    fn read_input_line(&self) -> Outcome<String> {
        let text = self.read_input()?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(line.to_owned()),
            (None, _) => Err(Failure::usage("standard input is empty").hint("one line is expected")),
            (Some(_), Some(_)) => Err(Failure::usage("standard input has more than one line")
                .hint("one line is expected; for several: while read -r line; do heph add \"$line\"; done")),
        }
    }
}

/// What a person types after a question; nothing for an empty line.
pub(crate) fn typed(session: &mut Session, question: &str) -> Outcome<Option<String>> {
    session.out.flush()?;
    session.out.ask(&format!("{question}:"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| Failure::io("cannot read the answer", &error))?;
    Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
}

/// The answer to a question, in lower case.
fn answer() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim().to_lowercase())
}

/// How the output looks.
pub(crate) fn look(global: &Global, config: &Config) -> Look {
    let format = match (global.json, global.ndjson) {
        (true, _) => Format::Json,
        (_, true) => Format::Ndjson,
        _ => Format::Text,
    };
    let terminal = output::stdout_is_terminal();
    let columns =
        crate::environment::variable("COLUMNS").and_then(|text| text.parse().ok()).filter(|wide| *wide > 0);
    let width =
        columns.or_else(|| if terminal { output::terminal_size().map(|(columns, _)| columns) } else { None });
    let pager = Some(config.pager.value.clone()).filter(|pager| !pager.trim().is_empty() && pager != "cat");
    Look {
        format,
        quiet: global.quiet,
        colour: config.colour.value.applies(terminal),
        error_colour: config.colour.value.applies(output::stderr_is_terminal()),
        terminal,
        width,
        pager,
    }
}
