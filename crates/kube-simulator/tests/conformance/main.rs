//! What the simulator and a real API server have in common, in sentences that are held against both: where the two
//! differ, a trial fails. `[simulated]` as a filter runs the half that needs no control plane.

mod approving;
mod authorizing;
mod creating;
mod deleting;
mod harness;
mod listing;
mod manifests;
mod patching;
mod reading;
mod replacing;
mod schemas;
mod server;
mod status;
mod watching;
mod words;

use libtest_mimic::Arguments;

fn main() {
    playground::role::become_child();
    let sentences = [
        creating::sentences(),
        reading::sentences(),
        replacing::sentences(),
        patching::sentences(),
        status::sentences(),
        deleting::sentences(),
        listing::sentences(),
        watching::sentences(),
        schemas::sentences(),
        manifests::sentences(),
        authorizing::sentences(),
        approving::sentences(),
    ];
    let trials = sentences.into_iter().flatten().flat_map(harness::trials);
    let trials = trials
        .chain(manifests::comparisons())
        .chain(words::comparisons());
    let mut arguments = Arguments::from_args();
    // They wait for the control plane more than they work.
    arguments.test_threads.get_or_insert(6);
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
