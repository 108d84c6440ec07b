//! `heph attach`, `heph attachment`, `heph plugin`: files into pages and out of them.

use crate::harness::Home;
use crate::hephd::Hephd;

#[test]
fn a_file_is_attached_shown_saved_and_taken_away() {
    let hephd = Hephd::new();
    hephd.run(&["page", "new", "Trip/Rome", "--quiet"]).clean();
    let bytes: Vec<u8> = (0..1_500_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(hephd.home.path().join("forum.jpg"), &bytes).unwrap();
    hephd.home.file("other/forum.jpg", "another");

    let attached = hephd.run(&["attach", "Rome", "forum.jpg", "--json"]).clean();
    let attached: serde_json::Value = serde_json::from_str(&attached).unwrap();
    assert_eq!(attached["attachment"]["bytes"], 1_500_000);
    assert_eq!(attached["link"], "![[forum.jpg]]");
    assert_eq!(
        hephd.run(&["attach", "Rome", "other/forum.jpg", "--no-insert", "-q"]).clean(),
        "forum 2.jpg\n"
    );
    assert_eq!(hephd.run(&["page", "show", "Rome"]).clean(), "![[forum.jpg]]\n");
    let names = hephd.run(&["attachment", "list", "Rome", "--quiet"]).clean();
    assert_eq!(names, "forum 2.jpg\nforum.jpg\n");
    let rendered = hephd.run(&["page", "show", "Rome", "--rendered"]).clean();
    assert!(rendered.contains("forum.jpg] ‹file›") && rendered.contains("files"), "{rendered}");
    assert!(hephd.run(&["show", "Rome"]).clean().contains("files"), "heph show names them");

    let saved = hephd.run(&["attachment", "save", "Rome", "forum.jpg", "copy.jpg"]).clean();
    assert_eq!(saved, "wrote copy.jpg (1.4 MiB)\n");
    assert!(std::fs::read(hephd.home.path().join("copy.jpg")).unwrap() == bytes);
    assert_eq!(hephd.run(&["attachment", "save", "Rome", "forum.jpg", "copy.jpg"]).code, 5, "it asks first");
    assert_eq!(hephd.run(&["attachment", "save", "Rome", "x.jpg"]).code, 3);

    hephd.run(&["export", "markdown", "out"]).clean();
    let exported = hephd.home.path().join("out/Trip");
    assert!(std::fs::read(exported.join("forum.jpg")).unwrap() == bytes);
    assert_eq!(std::fs::read(exported.join("forum 2.jpg")).unwrap(), b"another");

    hephd.run(&["attachment", "delete", "Rome", "forum 2.jpg"]).clean();
    assert_eq!(hephd.run(&["attachment", "list", "Rome", "-q"]).clean(), "forum.jpg\n");
    hephd.run(&["undo"]).clean();
    assert_eq!(hephd.run(&["attachment", "list", "Rome", "-q"]).clean(), names);
    assert_eq!(hephd.run(&["page", "lint", "Rome"]).code, 0);
}

#[test]
fn what_cannot_be_attached_is_refused_in_a_sentence() {
    let hephd = Hephd::new();
    hephd.run(&["page", "new", "Rome", "-q"]).clean();
    assert_eq!(hephd.run(&["attach", "Rome", "nothing.jpg"]).code, 1);
    assert_eq!(hephd.run(&["attach", "Rome", "."]).code, 2);
    hephd.home.file("a.txt", "x");
    assert_eq!(hephd.run(&["attach", "Nowhere", "a.txt"]).code, 3);
    let named = hephd.run(&["attach", "Rome", "a.txt", "--name", "../a.txt"]);
    assert_eq!(named.code, 2);
    assert!(named.stderr.contains("it may not begin with a dot"), "{}", named.stderr);
}

#[test]
fn the_plugin_is_put_where_neovim_looks() {
    let mut home = Home::new();
    let at = home.path().join(".local/share/nvim/site/pack/heph/start/heph.nvim");
    assert!(home.run(&["plugin", "status"]).clean().starts_with("heph.nvim is not installed"));
    let installed = home.run(&["plugin", "install", "-q"]).clean();
    assert!(installed.starts_with("heph.nvim ") && installed.contains(" is installed: "), "{installed}");
    assert!(at.join("plugin/heph.lua").is_file() && at.join("doc/tags").is_file());
    assert!(!at.join("tests").exists());
    assert!(home.run(&["plugin", "install", "-q"]).clean().contains("is there already"));
    home.run(&["plugin", "uninstall"]).clean();
    assert!(!at.exists());

    std::fs::create_dir_all(&at).unwrap();
    let refused = home.run(&["plugin", "install"]);
    assert_eq!(refused.code, 5);
    assert!(refused.stderr.contains("heph did not make it"), "{}", refused.stderr);
    assert_eq!(home.run(&["plugin", "uninstall"]).code, 5);
    assert!(at.exists(), "what is not ours is left alone");

    home.set("NVIM_APPNAME", "notes");
    home.run(&["plugin", "install", "-q"]).clean();
    assert!(home.path().join(".local/share/notes/site/pack/heph/start/heph.nvim/lua").is_dir());
}
