//! A vault comes in and goes out: the small one beside these tests, and the large one if it is at hand.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::hephd::Hephd;

/// Our own vault.
fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vault")
}

/// A real vault, kept beside the repository where the project is worked on.
#[expect(clippy::print_stderr, reason = "what is not tested is named")]
fn large() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/obsidian-help-en");
    if !beside.is_dir() {
        eprintln!("the large vault is not here: tested with the small one alone");
    }
    beside.is_dir().then_some(beside)
}

/// Every Markdown file by its path, byte for byte.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn import(hephd: &Hephd, vault: &Path) -> Value {
    hephd.run(&["import", "obsidian", vault.to_str().unwrap(), "--json"]).json()["import"].clone()
}

#[test]
fn what_goes_in_comes_out_byte_for_byte_and_twice_is_once() {
    for vault in [Some(small()), large()].into_iter().flatten() {
        let hephd = Hephd::new();
        let count = files(&vault).len();
        assert_eq!(import(&hephd, &vault)["created"], count);
        let again = import(&hephd, &vault);
        assert_eq!(
            (&again["created"], &again["updated"], &again["unchanged"]),
            (&0.into(), &0.into(), &count.into())
        );
        let out = hephd.home.path().join("out");
        let target = out.to_str().unwrap();
        assert_eq!(hephd.run(&["export", "markdown", target, "-q"]).code, 0);
        assert!(files(&out) == files(&vault), "other files, or other bytes in them");
        assert_eq!(hephd.run(&["export", "markdown", target]).code, 2, "it is not empty");
        let again = hephd.run(&["export", "markdown", target, "--overwrite"]).clean();
        assert_eq!(again, format!("wrote 0 files to [HOME]/out, {count} unchanged\n"));
    }
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    const PAGES: usize = 1_500;
    let hephd = Hephd::new();
    let vault = hephd.home.path().join("vault");
    fs::create_dir(&vault).unwrap();
    for n in 0..PAGES {
        fs::write(vault.join(format!("Page {n}.md")), format!("see [[Page {}]]\n", n + 1)).unwrap();
    }
    let imported = || hephd.run(&["page", "list", "--json"]).json()["pages"].as_array().unwrap().len();
    let mut import_process =
        hephd.home.command(&["import", "obsidian", vault.to_str().unwrap()]).spawn().unwrap();
    while imported() == 0 && import_process.try_wait().unwrap().is_none() {}
    import_process.kill().unwrap();
    import_process.wait().unwrap();
    let before = imported();
    let again = import(&hephd, &vault);
    let counts = ["created", "updated", "unchanged"].map(|name| again[name].as_u64().unwrap() as usize);
    // A batch that was on its way when the client was killed may have been written after it was counted here.
    assert!(counts[2] >= before && counts[1] == 0, "{counts:?} after {before}");
    assert_eq!(counts[0] + counts[2], PAGES);
    assert_eq!(imported(), PAGES, "each page is there once");
    assert_eq!(import(&hephd, &vault)["unchanged"], PAGES);
}

/// A link as it stands in a file: whether it embeds, and its target.
type Written = (bool, String);

/// Links of a text, found without a Markdown parser: frontmatter, fences and code spans are cut out line by line.
fn written_links(text: &str) -> Vec<Written> {
    let mut lines = text.lines().peekable();
    if lines.peek() == Some(&"---") {
        lines.next();
        lines.by_ref().find(|line| *line == "---");
    }
    let (mut links, mut fence) = (Vec::new(), None::<String>);
    for line in lines {
        let bare = line.trim_start_matches([' ', '\t', '>', '-']);
        let ticks: String = bare.chars().take_while(|c| *c == '`' || *c == '~').collect();
        match &fence {
            Some(open) if ticks.starts_with(open.as_str()) && bare.trim() == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => links.extend(links_of_line(line)),
        }
    }
    links
}

fn links_of_line(line: &str) -> Vec<Written> {
    let mut links = Vec::new();
    let mut rest = without_code(line);
    while let Some((before, behind)) = rest.clone().split_once("[[") {
        let Some((inner, after)) = behind.split_once("]]") else { break };
        rest = after.to_owned();
        let target = inner.split(['|', '#']).next().unwrap_or_default().trim_end_matches('\\');
        links.push((before.ends_with('!'), target.trim().to_owned()));
    }
    links
}

/// A line without its code spans: from some backticks to as many.
fn without_code(line: &str) -> String {
    let mut prose = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        prose.push_str(&rest[..at]);
        let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let behind = &rest[at + ticks..];
        let mut places = behind.match_indices(&rest[at..at + ticks]).map(|(place, _)| place);
        let closing = places
            .find(|place| !behind[..*place].ends_with('`') && !behind[place + ticks..].starts_with('`'));
        rest = closing.map_or(behind, |place| &behind[place + ticks..]);
    }
    prose + rest
}

/// How many links are of which kind: whether they embed, and what they mean.
type Counts = BTreeMap<(bool, &'static str), usize>;

/// What links mean, by the paths of the files alone.
fn expected(files: &BTreeMap<String, Vec<u8>>) -> Counts {
    let paths: Vec<String> = files.keys().map(|path| path.trim_end_matches(".md").to_lowercase()).collect();
    let folder_of = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let mut counts = Counts::new();
    for (path, bytes) in files {
        let folder = folder_of(&path.to_lowercase());
        for (embeds, target) in written_links(&String::from_utf8_lossy(bytes)) {
            let target = target.to_lowercase();
            let bearers: Vec<&String> =
                paths.iter().filter(|path| path.rsplit('/').next() == Some(target.as_str())).collect();
            let here = bearers.iter().filter(|path| folder_of(path) == folder).count();
            let meaning = match bearers.len() {
                _ if target.is_empty() => "resolved",
                _ if target.starts_with("../") => "resolved",
                _ if paths.contains(&target) => "resolved",
                0 => "unresolved",
                1 => "resolved",
                _ if here == 1 => "resolved",
                _ => "ambiguous",
            };
            *counts.entry((embeds, meaning)).or_default() += 1;
        }
    }
    counts
}

/// What the daemon says of all links that are wiki links.
fn counted(hephd: &Hephd) -> Counts {
    let mut counts = Counts::new();
    let pages =
        hephd.run(&["page", "list", "--quiet"]).clean() + &hephd.run(&["journals", "--quiet"]).clean();
    for id in pages.lines() {
        let links = hephd.run(&["page", "links", id, "--json"]).json()["links"].clone();
        for link in links.as_array().unwrap() {
            let embeds = match link["kind"].as_str().unwrap() {
                "wiki" => false,
                "embed" => true,
                _ => continue,
            };
            let state =
                ["resolved", "ambiguous", "unresolved"].into_iter().find(|state| link["state"] == *state);
            *counts.entry((embeds, state.unwrap())).or_default() += 1;
        }
    }
    counts
}

#[test]
fn links_are_counted_as_a_plain_reading_of_the_files_counts_them() {
    let hephd = Hephd::new();
    import(&hephd, &small());
    let mut plain = expected(&files(&small()));
    // Two links of the small vault name aliases, of which a reading of paths knows nothing.
    *plain.get_mut(&(false, "unresolved")).unwrap() -= 2;
    *plain.get_mut(&(false, "resolved")).unwrap() += 2;
    assert_eq!(counted(&hephd), plain);

    let Some(large) = large() else { return };
    let hephd = Hephd::new();
    import(&hephd, &large);
    let mut plain = expected(&files(&large));
    let counted = counted(&hephd);
    let unresolved = |counts: &Counts| counts.get(&(false, "unresolved")).copied().unwrap_or_default();
    // What the daemon resolves beyond paths are aliases: it may never be the other way round.
    let aliases = unresolved(&plain) - unresolved(&counted);
    *plain.get_mut(&(false, "unresolved")).unwrap() -= aliases;
    *plain.get_mut(&(false, "resolved")).unwrap() += aliases;
    assert_eq!(counted, plain);
}

#[test]
fn what_links_say_of_the_small_vault() {
    let hephd = Hephd::new();
    import(&hephd, &small());
    insta::assert_snapshot!(hephd.session(&[
        &["page", "links", "Home"],
        &["page", "unresolved"],
        &["page", "orphans"],
        &["page", "lint"],
        &["tags"],
        &["search", "title:plan"],
        &["search", "東京"],
        &["search", "journal: rain"],
    ]), @r#"
    $ heph page links Home
    3  Trip to Rome       rfm  Travel/Trip to Rome
    3  Work/Plan          mx6  Work/Plan
    4  Plan               ?    ambiguous: 5dp Travel/Plan, mx6 Work/Plan
    6  Packing            qsm  Travel/Packing
    6  2026-05-02         hsq  Daily/2026-05-02
    6  Nobody wrote this  ?    nothing yet
    7  !ticket.png        ?    nothing yet
    7  !Packing#Clothes   qsm  Travel/Packing
    $ heph page unresolved
    1  Nobody wrote this  xra Home
    1  ticket.png         xra Home
    $ heph page orphans
    bah  Empty        2026-11-23 18:00
    5dp  Travel/Plan  2026-11-23 18:00
    7nv  日本/メモ 🗒  2026-11-23 18:00
    $ heph page lint
    xra  Home  4  “Plan” may mean 2 pages
    xra  Home  6  no page answers to “Nobody wrote this”
    xra  Home  7  no file “ticket.png” is attached to this page
    bra  Anna  1  “Home” has no heading “Nowhere”
    hint: name the folder as well: [[Folder/Title]]; heph page links shows them
    hint: heph page new makes it, and the link leads there
    hint: heph attach attaches it
    $ heph tags
    spring/travel  1
    start          1
    trip           1
    trip/clothes   1
    $ heph search title:plan
    mx6  Work/Plan
         # Plan Lines end as on Windows. [[Anna]] decides.
    5dp  Travel/Plan
         # Plan for the journey Begins at [[Home]], ends in [[../Work/Plan]].
    $ heph search 東京
    7nv  日本/メモ 🗒
         東京に行く計画。[[Trip to Rome]] の後で。
    $ heph search journal: rain
    vbb  Daily/2026-05-01  journal
         3: # 2026-05-01 Rain. [[Trip to Rome]] is near.
    "#);
}

#[test]
fn what_was_changed_here_or_there_is_kept() {
    let hephd = Hephd::new();
    let vault = hephd.home.path().join("vault");
    fs::create_dir_all(vault.join("A")).unwrap();
    let write = |name: &str, text: &str| fs::write(vault.join(name), text).unwrap();
    write("A/One.md", "one\n");
    write("A/Two.md", "two\n");
    write("A/Three.md", "three\n");
    assert_eq!(import(&hephd, &vault)["created"], 3);
    let edit = |title: &str, text: &str| hephd.home.run_with_input(&["page", "edit", title, "--stdin"], text);
    assert_eq!(edit("Two", "two, here\n").code, 0);
    assert_eq!(edit("Three", "three, here\n").code, 0);
    assert_eq!(hephd.run(&["page", "rename", "One", "B/First"]).code, 0);
    write("A/One.md", "one, there\n");
    write("A/Three.md", "three, there\n");
    let report = import(&hephd, &vault);
    assert_eq!((&report["updated"], &report["unchanged"]), (&1.into(), &1.into()));
    assert_eq!(
        report["problems"][0],
        serde_json::json!({"item": "A/Three", "message": "changed both here and in the vault; left as it is here"})
    );
    let text = |title: &str| hephd.run(&["page", "show", title]).clean();
    assert_eq!(
        (text("First"), text("Two"), text("Three")),
        ("one, there\n".into(), "two, here\n".into(), "three, here\n".into())
    );
    // A page that stands where a new file goes is not written over.
    assert_eq!(hephd.home.run_with_input(&["page", "new", "A/Four", "--stdin"], "mine\n").code, 0);
    write("A/Four.md", "theirs\n");
    let report = import(&hephd, &vault);
    assert_eq!(report["problems"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(text("Four"), "mine\n");
    // What is in the trash here stays there.
    assert_eq!(hephd.run(&["delete", "First", "--yes"]).code, 0);
    write("A/One.md", "one, again\n");
    assert_eq!(import(&hephd, &vault)["updated"], 0);
}

#[test]
fn odd_files_are_named_and_left_out() {
    let hephd = Hephd::new();
    let vault = hephd.home.path().join("vault");
    fs::create_dir_all(vault.join(".obsidian")).unwrap();
    fs::create_dir_all(vault.join("loop")).unwrap();
    symlink(&vault, vault.join("loop/again")).unwrap();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"), vault.join("outside.md")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        vault.join("pipe.md"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    for (name, bytes) in [
        ("good.md", &b"good"[..]),
        ("Good.MD", b"twin"),
        ("C#.md", b"sharp"),
        ("latin.md", b"\xe9t\xe9"),
        ("pic.png", b"png"),
        (".hidden.md", b"hidden"),
        (".obsidian/x.md", b"hidden"),
    ] {
        fs::write(vault.join(name), bytes).unwrap();
    }
    fs::write(vault.join("huge.md"), vec![b'x'; (4 << 20) + 1]).unwrap();
    let ran = hephd.run(&["import", "obsidian", vault.to_str().unwrap()]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(format!("{}{}", ran.stdout, ran.stderr), @r##"
    imported 3 items: 1 created, 0 updated, 0 unchanged, 2 left out
    other files stay where they are: 1 .png
    warning: huge.md: a page can have 4 MiB at most, this file has 4194305 bytes
    warning: loop/again: a symbolic link, which is not followed
    warning: outside.md: a symbolic link, which is not followed
    warning: pipe.md: not an ordinary file
    warning: latin.md: left out: not UTF-8, which a page has to be
    warning: C#.md: a page title cannot contain "#", which links use
    warning: good: another file of the vault became this page: their names differ in case, accents or folder only
    "##);
    assert_eq!(hephd.run(&["import", "obsidian", vault.join("good.md").to_str().unwrap()]).code, 2);
    assert_ne!(hephd.run(&["import", "obsidian", "/nowhere/at/all"]).code, 0);
}
