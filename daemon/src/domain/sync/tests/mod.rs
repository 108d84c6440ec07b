//! A hub and some spokes in one thread, with a network that loses, doubles and delays, crashes, and clocks that jump.
//! The rules are the real ones; only what stores and sends is in memory.

mod spoke;
mod world;

use world::{Mutant, Outcome, World};

/// Schedules of a run: `HEPH_SEED` is the first, so that one that failed can be had again.
fn run(schedules: u64, mutant: Option<Mutant>) -> Outcome {
    let first: u64 = std::env::var("HEPH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let mut all = Outcome::default();
    std::thread::scope(|scope| {
        let run_some = |thread: u64| {
            let mut some = Outcome::default();
            for seed in (first + thread..first + schedules).step_by(threads as usize) {
                some.add(World::new(seed, mutant).run());
            }
            some
        };
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run_some(thread))).collect();
        running.into_iter().for_each(|thread| all.add(thread.join().unwrap()));
    });
    println!("schedules {schedules} from HEPH_SEED={first}: {all:?}");
    all
}

#[test]
fn no_schedule_loses_an_edit_and_all_agree() {
    let schedules = if std::env::var_os("HEPH_LONG").is_some() { 100_000 } else { 2_000 };
    let all = run(schedules, None);
    assert_eq!(all.failures, Vec::<String>::new());
    assert!(all.saves > 50_000 && all.stale > 1_000 && all.crashes > 1_000, "{all:?}");
    assert!(all.snapshots > 500 && all.joins > 200, "{all:?}");
    // Where a reply was lost nothing is sent twice under another id.
    assert!(all.doubled * 20 < all.tokens, "{all:?}");
}

#[test]
fn the_simulation_notices_a_save_that_overwrites() {
    assert!(run(60, Some(Mutant::SaveOverwrites)).failures.len() > 10);
}

#[test]
fn the_simulation_notices_local_work_that_is_thrown_away() {
    assert!(run(60, Some(Mutant::LocalWorkDiscarded)).failures.len() > 10);
}

#[test]
fn the_simulation_notices_a_hub_that_does_not_compare() {
    assert!(run(60, Some(Mutant::NoCompare)).failures.len() > 10);
}

#[test]
fn the_simulation_notices_a_new_id_for_every_retry() {
    let (sound, mutant) = (run(200, None), run(200, Some(Mutant::NewIdOnRetry)));
    assert!(mutant.doubled > 2 * sound.doubled + 20, "{} {}", sound.doubled, mutant.doubled);
}

#[test]
fn the_simulation_notices_a_snapshot_that_throws_local_work_away() {
    assert!(run(60, Some(Mutant::SnapshotDiscards)).failures.len() > 10);
}

#[test]
fn the_simulation_notices_a_snapshot_that_forgets_what_was_taken() {
    let (sound, mutant) = (run(400, None), run(400, Some(Mutant::AcceptedForgotten)));
    let noticed = mutant.doubled > sound.doubled || !mutant.failures.is_empty();
    assert!(noticed, "{} {}", sound.doubled, mutant.doubled);
}
