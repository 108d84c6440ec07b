//! Each rule on a text that breaks it and one that does not.

use super::*;
use crate::ci::{layers as all, tree};

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// Rules broken by a Rust file.
fn broken(path: &str, text: &str) -> Vec<(usize, &'static str)> {
    layers(path, &file(path, text).code()).into_iter().map(|finding| (finding.line, finding.rule)).collect()
}

#[test]
fn the_domain_does_no_io() {
    let rule = "the domain does no IO";
    for text in [
        "use std::fs;",
        "use std::{collections::BTreeMap, io::Read};",
        "pub async fn load() {}",
        "fn a() { tokio::spawn(b()); }",
        "let now = std::time::SystemTime::now();",
        "use sqlx::Row;",
    ] {
        assert!(broken("daemon/src/domain/task.rs", text).contains(&(1, rule)), "{text}");
        assert!(broken("daemon/src/store/task.rs", text).is_empty(), "{text}");
        assert!(broken("daemon/src/domain/task/tests.rs", text).is_empty(), "{text}");
    }
    let pure = "//! Reads std::fs never.\nuse std::collections::BTreeMap;\nconst A: &str = \"tokio\";\n\
                fn fs() {}\n#[cfg(test)]\nmod tests { use std::fs; }";
    assert_eq!(broken("daemon/src/domain/task.rs", pure), []);
}

#[test]
fn rpc_does_no_io() {
    let text = "\nuse std::net::TcpStream;";
    assert_eq!(broken("daemon/src/rpc/task.rs", text), [(2, "rpc translates and does no IO")]);
}

#[test]
fn domain_types_are_not_wire_types() {
    let rule = "domain types are not wire types";
    assert_eq!(
        broken("daemon/src/domain/a.rs", "use serde::{Deserialize, Serialize};"),
        [(1, rule), (1, rule)]
    );
    assert_eq!(broken("daemon/src/domain/a.rs", "use heph_protocol::Request;"), [(1, rule)]);
    assert_eq!(broken("daemon/src/rpc/a.rs", "use heph_protocol::Request;"), []);
}

#[test]
fn only_the_store_speaks_sql() {
    let rule = "only the store speaks SQL";
    assert_eq!(broken("daemon/src/actors/store.rs", "use sqlx::Row;"), [(1, rule)]);
    assert_eq!(broken("clients/cli/src/main.rs", "fn a() { rusqlite::open() }"), [(1, rule)]);
    assert_eq!(broken("daemon/src/store/write.rs", "use sqlx::Row;"), []);
}

#[test]
fn only_actors_name_actix() {
    let rule = "only actors/ and system.rs name actix";
    assert_eq!(broken("daemon/src/store/write.rs", "use actix::Addr;"), [(1, rule)]);
    assert_eq!(broken("daemon/src/actors/store.rs", "use actix::Addr;"), []);
    assert_eq!(broken("daemon/src/system.rs", "use actix_rt::System;"), []);
    assert_eq!(broken("daemon/src/store/write.rs", "use actixlike::Addr;"), []);
}

#[test]
fn a_client_is_no_daemon() {
    assert_eq!(
        broken("clients/cli/src/commands/add.rs", "use hephd::domain;"),
        [(1, "a client is no daemon")]
    );
    assert_eq!(broken("clients/cli/tests/main.rs", "use hephd::run;"), []);
}

#[test]
fn only_the_output_module_prints() {
    let text = "fn a() {\n    println!(\"x\");\n    std::io::stdout().flush();\n    let stdout = 1;\n}";
    let lines = |path| printing(path, &file(path, text).code()).iter().map(|at| at.line).collect::<Vec<_>>();
    assert_eq!(lines("clients/cli/src/commands/add.rs"), [2, 3]);
    assert_eq!(lines("clients/cli/src/output/table.rs"), [0; 0]);
    assert_eq!(lines("clients/cli/tests/add.rs"), [0; 0]);
}

#[test]
fn manifests_keep_the_layers() {
    let manifest = |path, text| dependencies(&file(path, text)).len();
    let ours = "[dependencies]\nserde = \"1\"\nheph-client.workspace = true\n";
    assert_eq!(manifest("protocol/Cargo.toml", ours), 1);
    assert_eq!(manifest("clients/cli/Cargo.toml", ours), 0);
    assert_eq!(manifest("clients/cli/Cargo.toml", "[dependencies]\nsqlx.workspace = true\n"), 1);
    assert_eq!(manifest("clients/cli/Cargo.toml", "[dev-dependencies]\nhephd.workspace = true\n"), 0);
    assert_eq!(manifest("daemon/Cargo.toml", "[dependencies]\nsqlx.workspace = true\n"), 0);
}

#[test]
fn long_files_are_split() {
    let lines = |count: usize| "fn a() {}\n".repeat(count);
    let long = |text: String| !length(&file("daemon/src/a.rs", &text)).is_empty();
    assert!(long(lines(601)));
    assert!(!long(lines(600)));
    assert!(!long(format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(599), lines(300))));
}

#[test]
fn tests_are_not_switched_off() {
    let text = "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n// #[ignore]\n";
    assert_eq!(
        ignored_tests(&file("daemon/tests/a.rs", text)).iter().map(|at| at.line).collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn machine_paths_are_found() {
    let path = concat!("/ro", "ot/.cache");
    assert_eq!(machine_paths(&file("docs/a.md", &format!("one\nsee {path}\n"))).len(), 1);
    assert_eq!(machine_paths(&file("docs/a.md", &format!("see target{path}, ~{path}"))), []);
}

#[test]
fn links_lead_somewhere() {
    let text = "[a](../b.md#part) [web](https://example.org) ![p](c.svg)\n[here](#part) [gone](gone.md)\n";
    let found =
        links(&file("docs/how-to/a.md", text), |path| ["docs/b.md", "docs/how-to/c.svg"].contains(&path));
    assert_eq!(found.iter().map(|at| at.line).collect::<Vec<_>>(), [2]);
    assert!(found[0].what.contains("`docs/how-to/gone.md`"), "{}", found[0].what);
}

#[test]
fn the_top_level_is_fixed() {
    let found =
        top_level(["Cargo.toml", "daemon/src/a.rs", ".ci/run", "scripts/a.sh", "scripts/b.sh"].into_iter());
    assert_eq!(found.iter().map(|at| at.path.as_str()).collect::<Vec<_>>(), ["scripts"]);
}

#[test]
fn the_tree_keeps_the_rules() {
    assert_eq!(all::check(&tree::files().unwrap()), []);
}
