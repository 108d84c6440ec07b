//! Term by term, and what joins them.

use super::*;

#[test]
fn tags_projects_and_relations() {
    check(
        &task(),
        &[
            "",
            "+home",
            "+Home/Kitchen",
            "+phone +home",
            "tag:home",
            "tag:garden,phone",
            "tag.is:phone",
            "tag.has:KITCH",
            "tags.any:",
            "-work",
            "tag.not:work",
            "proj:kitchen",
            "proj:home/kitchen",
            "proj:Home/",
            "project:\"Home/Kitchen\"",
            "proj.has:ome/k",
            "proj.any:",
            "proj!=Garden",
            "parent:4444",
            "under:4444",
            "dep:4444",
            "parent.any:",
            "dep.any",
            "area:life",
            "area.has:if",
            "area.any:",
            "tag:\"phone\",\"x\"",
            "proj:\"Garden, big\",Kitchen",
            "-proj:\"Garden, big\",Sink",
        ],
        &[
            "+hom",
            "+home/kitchen/sink",
            "-home",
            "tag.is:home",
            "tag:",
            "area:Work",
            "proj:Home",
            "proj:hom/",
            "proj:",
            "-proj:Home/",
            "parent:",
            "dep:",
            "dep.none:",
        ],
    );
    check(
        &bare(),
        &["tag:", "tag.none:", "proj:", "parent:", "dep:", "-home"],
        &["tag.any:", "proj:Home/", "under:4444"],
    );
}

#[test]
fn dates() {
    check(
        &task(),
        &[
            "due:fri",
            "due:2026-11-27",
            "due:thu,fri",
            "due<sat",
            "due<=fri",
            "due.by:fri",
            "due>thu",
            "due>=fri",
            "due.after:thu",
            "due.before:next fri",
            "due < next fri 17:00 +phone",
            "due:fri 17:00",
            "due<=fri 17:00",
            "due.before:\"fri 17:01\"",
            "due.any:",
            "due.not:sat",
            "planned:today",
            "plan=tod",
            "defer:",
            "defer.none",
            "created:sat-1w",
            "created.after:fri-1w",
            "modified:today",
            "modified>now-3h",
            "is:today",
            "is:week",
            "age<3d",
            "age:2d",
            "reviewed:",
            "started:",
        ],
        &[
            "due<fri",
            "due:",
            "due.none:",
            "due>fri",
            "due:fri 17:01",
            "due<fri 17:00",
            "due.not:fri",
            "defer<eoy",
            "defer>2020-01-01",
            "created:fri-1w",
            "modified<today",
            "is:overdue",
            "is:stale",
            "age>2d",
            "is:expired",
        ],
    );
    let mut past = task();
    past.due = Some("2026-11-22".parse().unwrap());
    check(&past, &["is:overdue", "is:today", "is:week", "due<today", "due:yesterday"], &["due:today"]);
    past.due = Some("2026-11-23".parse().unwrap());
    check(&past, &["is:today", "due:today", "due.by:eod", "due>now"], &["is:overdue", "due<now"]);
    check(
        &bare(),
        &["due:", "is:stale", "modified<\"-90d\"", "created<2026-02-01"],
        &["due.any:", "is:week", "due<eoy", "is:today"],
    );
    let mut later = bare();
    for (due, yes, no) in [
        ("2026-11-23T23:00:00[Europe/Berlin]", &["is:today", "is:week"][..], &["is:inbox"][..]),
        ("2026-11-24", &["is:week"], &["is:today"]),
        ("2026-11-29", &["is:week"], &["is:today"]),
        ("2026-11-30", &[], &["is:today", "is:week"]),
    ] {
        later.due = Some(due.parse().unwrap());
        check(&later, yes, no);
        (later.due, later.planned) = (None, later.due);
        check(&later, yes, no);
        later.planned = None;
    }
    let mut over = bare();
    over.expires = Some("2026-11-22".parse().unwrap());
    over.reviewed = Some("2026-11-20".parse().unwrap());
    (over.status, over.status_at) = (Status::Doing, ms("2026-11-22T12:00:00Z"));
    check(
        &over,
        &["is:expired", "reviewed:2026-11-20", "reviewed<today", "started:yesterday"],
        &["reviewed:"],
    );
    let mut fresh = bare();
    fresh.modified = ms("2026-08-25T21:59:00Z");
    check(&fresh, &["is:stale"], &[]);
    fresh.modified = ms("2026-08-25T22:00:00Z");
    check(&fresh, &[], &["is:stale"]);
}

#[test]
fn numbers() {
    check(
        &task(),
        &[
            "p2",
            "p1 or p2",
            "priority:2",
            "priority:p2",
            "priority:1,2",
            "priority<3",
            "priority>p1",
            "p<=2",
            "est>30m",
            "est:45m",
            "est<1h",
            "lead:3d",
            "lead<1w",
            "score>8",
            "score < 8.6",
            "priority.any:",
        ],
        &[
            "p1",
            "priority:",
            "priority>2",
            "est>45m",
            "est:",
            "lead>3d",
            "score>8.5",
            "score>=9",
            "lead.none:",
        ],
    );
    check(
        &bare(),
        &["priority:", "priority>3", "est:", "priority.none:"],
        &["p4", "est<1h", "lead<1w", "priority<4"],
    );
}

#[test]
fn texts() {
    check(
        &task(),
        &[
            "bank",
            "BANK call",
            "\"the bank\"",
            "10:30",
            "/b.nk/",
            "/(the|a) bank/",
            "straße",
            "STRASSE",
            "/for .* \\d$/",
            "title:bank",
            "title:/^call/",
            "title.word:bank",
            "title.is:\"call the bank about 10:30\"",
            "body:ask",
            "body.any:",
            "waiting:bob",
            "waiting.word:smith",
            "waiting.any:",
            "id:01010101-0101-0101-0101-010101010101",
        ],
        &[
            "banks",
            "\"bank the\"",
            "/^bank/",
            "title:straße",
            "title.word:ban",
            "title.is:bank",
            "body:bank",
            "body.none:",
            "waiting:",
            "waiting.is:bob",
            "id:zzz",
        ],
    );
    check(&bare(), &["waiting:", "body:"], &["ask", "body.any:"]);
    let short = Code::of(task().id).prefix(4);
    check(&task(), &[&format!("id:{short}"), &format!("id:zzz,{short}")], &[]);
}

#[test]
fn words_behind_is() {
    check(
        &task(),
        &[
            "is:open",
            "is:todo",
            "is:available",
            "is:blocking",
            "is:project",
            "is:doing,todo",
            "is.not:done",
            "-is:waiting",
        ],
        &[
            "is:doing",
            "is:started",
            "is:waiting",
            "is:someday",
            "is:blocked",
            "is:deferred",
            "is:parent",
            "is:pinned",
            "is:inbox",
        ],
    );
    let mut pinned = bare();
    pinned.pinned_on = Some("2026-11-23".parse().unwrap());
    check(&pinned, &["is:pinned", "is:today", "is:inbox", "status:todo", "status:open"], &["is:blocking"]);
    pinned.pinned_on = Some("2026-11-22".parse().unwrap());
    check(&pinned, &[], &["is:pinned", "is:today"]);
}

#[test]
fn and_or_not_and_parentheses() {
    check(
        &task(),
        &[
            "+home and +phone",
            "+work or +phone",
            "+work +x or +phone",
            "+phone (+work or +home)",
            "not +work",
            "NOT not +home",
            "not +work +home",
            "((+home))",
            "-(+work or +x)",
        ],
        &["+home +work", "+phone and (+work or +x)", "not (+home or +work)", "+work or +x"],
    );
}

#[test]
fn what_is_looked_up_and_what_only_can_be_set() {
    let mut linking = task();
    linking.tags.push("so-linking".into());
    linking.tags.push("so-on-hold".into());
    check(
        &linking,
        &[
            "links:[[Home]]",
            "links:7k3",
            "straße links:[[Home]]",
            "is:on-hold",
            "every:",
            "remind:",
            "repeats.none",
        ],
        &["-links:[[A, b]],[[C]]", "every.any:", "remind.any:"],
    );
    check(&task(), &["-links:[[Home]]"], &["links:[[Home]]", "is:on-hold"]);
    let filter = bind("links:[[Home/Plan#Later|soon]] or links:7k3");
    let targets: Vec<_> =
        filter.link_targets().iter().map(|target| (&*target.reference, target.start, target.end)).collect();
    assert_eq!(targets, [("[[Home/Plan]]", 6, 30), ("7k3", 40, 43)]);
}

#[test]
fn the_inbox_holds_what_nothing_says_about() {
    check(&bare(), &["is:inbox"], &[]);
    let today = Some("2026-11-23".parse().unwrap());
    for task in [
        Task { due: today.clone(), ..bare() },
        Task { planned: today.clone(), ..bare() },
        Task { defer: today, ..bare() },
        Task { project: Some(PROJECT), ..bare() },
        Task { parent: Some(PARENT), ..bare() },
        Task { status: Status::Doing, ..bare() },
    ] {
        check(&task, &[], &["is:inbox"]);
    }
}
