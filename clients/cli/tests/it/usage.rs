//! Command lines that cannot be understood, help, the version.

use crate::harness::Home;

#[test]
fn mistakes_are_exit_2_and_go_to_standard_error() {
    let home = Home::new();
    insta::assert_snapshot!(home.run(&["nxt"]), @r"
    --- stderr
    error: unrecognized subcommand 'nxt'

      tip: some similar subcommands exist: 'note', 'next'

    Usage: heph [OPTIONS] [VERB]

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["list", "--jsn"]), @r"
    --- stderr
    error: unexpected argument '--jsn' found

      tip: a similar argument exists: '--json'

    Usage: heph list --json [FILTER]...

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["list", "--jsn", "--json"]), @r#"
    --- stderr
    {"error":{"code":"invalid","message":"unexpected argument '--jsn' found","hint":"heph <verb> --help has the flags and examples"}}
    --- exit 2
    "#);
    insta::assert_snapshot!(home.run(&["add"]), @r"
    --- stderr
    error: the task has no title
    hint: for example: heph add Call the bank due:fri
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["mod", "due:fri"]), @r"
    --- stderr
    error: no task is named
    hint: for example: heph mod 7k3 due:fri, or --where '<filter>'
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["mod", "7k3"]), @r"
    --- stderr
    error: no change is named
    hint: for example: heph mod 7k3 due:fri p1 +phone
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["defer", "2w"]), @r"
    --- stderr
    error: a task and a date are expected
    hint: for example: heph defer 7k3 2w
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["page", "show", "Garden", "plan"]), @r"
    --- stderr
    error: unexpected argument 'plan' found

    Usage: heph page show [OPTIONS] <REF>

    For more information, try '--help'.
    hint: one thing is named here; a title of several words stands in quotes
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["undo", "--dry-run"]), @r"
    --- stderr
    error: unexpected argument '--dry-run' found

      tip: to pass '--dry-run' as a value, use '-- --dry-run'

    Usage: heph undo [OPTIONS] [GROUP]

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(home.run(&["log", "7k3"]), @r"
    --- stderr
    error: the line is empty
    hint: for example: heph log 7k3 left a message
    --- exit 2
    ");
}

#[test]
fn help_is_data_and_has_examples() {
    let home = Home::new();
    insta::assert_snapshot!(home.run(&["done", "--help"]), @r#"
    Finish tasks

    Usage: heph done [OPTIONS] [REF]...

    Arguments:
      [REF]...  The tasks: short ids, @last, or a quoted title

    Options:
          --where <FILTER>  All tasks that match instead
          --dry-run         Only tell what would be done
          --with-children   Close open children too
          --leave-children  Leave open children as they are
      -h, --help            Print help

    Everywhere:
          --json           Print one JSON document
          --ndjson         Print one JSON object a line
      -q, --quiet          Print only the bare answer: ids of what was made, no remarks
      -y, --yes            Do it without asking
      -n, --limit <N>      Show at most so many
          --no-context     Leave the active context aside
          --color <WHEN>   When to colour: auto, always, never
          --socket <PATH>  The daemon's socket

    Examples:
      heph done 7k3
      heph done 7k3 9ab --dry-run
      heph done "Call the bank"
      heph done 7k3 --with-children
      heph done --where '+errand plan<today' --dry-run
    --- exit 0
    "#);
    insta::assert_snapshot!(home.run(&["--help"]), @r"
    Your tasks, pages and journal, on this machine first

    Usage: heph [OPTIONS] [VERB]

    Verbs:
      add          Add a task
      next         Show what to do next, best first
      why          Explain why a task stands where it stands in next
      list         List tasks by a filter; open ones unless it says otherwise
      agenda       Show what a day or week brings
      show         Show a task or page
      edit         Edit a task as a form, or a page's text, in the editor
      done         Finish tasks
      start        Begin tasks
      stop         Stop doing tasks, without finishing them
      cancel       Give tasks up
      reopen       Open closed tasks again
      skip         Leave an occurrence of recurring tasks out
      mod          Change fields of tasks
      defer        Hide tasks until a date
      wait         Let a task wait for somebody
      time         Show what was worked, and correct it
      review       Go through what has to be looked at
      pin          Put tasks on top of next for today
      unpin        Take the pin of tasks away
      log          Add a line to a task's log
      note         Edit the body of a task or page
      delete       Put tasks and pages into the trash
      restore      Take tasks and pages out of the trash
      page         Write and read pages
      attach       Attach a file to a page and show it there
      attachment   List, save and take away files attached to a page
      dep          Make a task wait for others
      sub          Add parts to a task
      move         Put a task elsewhere in its list
      duplicate    Copy a task with its body and its open parts
      home         Edit the page everything begins at; into a pipe it prints it
      today        Edit the journal of today or another day; into a pipe it prints it
      capture      Add a line to today's journal
      journals     List the journals, newest first
      promote      Make a task of a line of a page
      search       Find pages, journals and tasks by what is in them
      tags         List tags with how many open tasks and pages have them
      projects     List projects and areas with their open tasks and next actions
      view         Keep filters under a name, and list their tasks
      field        Give tasks fields of your own
      context      Keep lists within a filter, and give new tasks what belongs to it
      undo         Undo the last change, or a named one
      redo         Redo what was undone last
      history      Show the changes of a task or page, newest first
      filter       Look into the filter language
      import       Take in another program's data; a repeat changes nothing
      export       Write your data out in other forms
      sync         Tell how this machine stands to its hub, or sync now
      auth         Log in to sync with a hub, or out
      conflicts    List values that another machine overwrote without having seen them
      hub          Look after a hub: its accounts, their devices and quotas
      store        Back the store up, or put a backup in its place
      daemon       Run hephd as a service that starts with your session
      events       Print changes, reminders and what sync does as they happen, until stopped with Ctrl-C
      doctor       Look for what keeps heph from working
      config       Look at the settings, and set what all machines share
      plugin       Install heph.nvim, the plugin for Neovim, which this program carries
      completions  Print a completion script for a shell
      man          Print the manual page, or write those of all verbs

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Everywhere:
          --json           Print one JSON document
          --ndjson         Print one JSON object a line
      -q, --quiet          Print only the bare answer: ids of what was made, no remarks
      -y, --yes            Do it without asking
      -n, --limit <N>      Show at most so many
          --no-context     Leave the active context aside
          --color <WHEN>   When to colour: auto, always, never
          --socket <PATH>  The daemon's socket

    Examples:
      heph add Call the bank due:fri p1 +phone
      heph next
      heph done 7k3
      heph list proj:Home 'due<fri'

    heph <verb> --help has examples for each verb.
    --- exit 0
    ");
}

#[test]
fn the_version_is_data() {
    assert_eq!(Home::new().run(&["--version"]).clean(), concat!("heph ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn an_argument_that_is_not_utf_8_is_a_usage_error() {
    use std::os::unix::ffi::OsStringExt as _;
    let home = Home::new();
    let output = home.command(&["add"]).arg(std::ffi::OsString::from_vec(vec![b'a', 0xff])).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn manual_pages_are_written_for_every_verb() {
    let home = Home::new();
    assert!(home.run(&["man"]).clean().contains(".TH heph 1"));
    assert_eq!(home.run(&["man", "--dir", "man1"]).clean(), "wrote the manual pages into man1\n");
    for page in ["heph.1", "heph-add.1", "heph-page-new.1"] {
        assert!(home.path().join("man1").join(page).exists(), "{page}");
    }
    assert!(!home.path().join("man1/heph-__complete.1").exists());
}
