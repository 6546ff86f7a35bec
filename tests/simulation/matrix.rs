//! Every scenario under every switch.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::{
    Outcome,
    mistakes::Mistake,
    scenarios::{self, Scenario, expect},
    switches::{self, Setting},
    world::{ALONE, World},
};

/// What came of one run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Stands for everything that CM answered.
    digest: u64,
    simulated: Duration,
    real: Duration,
    /// What Kubernetes shows of the keys in the end.
    shown: Vec<String>,
    pub(crate) failure: Option<String>,
}

/// What came of all runs, by setting and number of the scenario.
static RUNS: Mutex<BTreeMap<(String, usize), Ran>> = Mutex::new(BTreeMap::new());

/// What each scenario comes to without any switch, once it was run.
static STANDARD: LazyLock<Vec<OnceLock<Ran>>> =
    LazyLock::new(|| scenarios::all().iter().map(|_| OnceLock::new()).collect());

fn standard(index: usize, scenario: &Scenario) -> Outcome<&'static Ran> {
    let place = STANDARD.get(index).ok_or("there is no such scenario")?;
    Ok(place.get_or_init(|| kept(Setting::Standard, index, scenario)))
}

pub(crate) fn tests() -> Vec<Trial> {
    let mut trials = vec![trial(
        "every switch is set to each of its values",
        every_switch_is_listed,
    )];
    for (index, scenario) in scenarios::all().into_iter().enumerate() {
        trials.push(trial(scenario.sentence, move || {
            let ran = standard(index, &scenario)?;
            ran.failure
                .clone()
                .map_or(Ok(()), |failure| Err(failure.into()))
        }));
    }
    trials.push(trial(
        "what Kubernetes shows of a switch is tried on the real API server as well",
        visible_ones_are_tried_for_real,
    ));
    trials.push(trial(
        "the same run twice is the same to the last byte",
        replayed,
    ));
    for switch in switches::ALL {
        for value in switch.values {
            let setting = Setting::Always(switch.name, value);
            let sentence = format!("every scenario holds under {setting}");
            trials.push(trial(sentence, move || all_hold_under(setting)));
        }
    }
    trials
}

pub(crate) fn trial(
    sentence: impl Into<String>,
    run: impl FnOnce() -> Outcome + Send + 'static,
) -> Trial {
    Trial::test(sentence, || {
        run().map_err(|error| Failed::from(error.to_string()))
    })
}

/// Runs one scenario.
pub(crate) fn run(setting: Setting, mistake: Option<Mistake>, scenario: &Scenario) -> Ran {
    let began = Instant::now();
    let (mut digest, mut simulated, mut shown) = (0, Duration::ZERO, Vec::new());
    let outcome = in_a_time_of_its_own(setting, mistake, async |world: &mut World| {
        let outcome = (scenario.run)(world).await;
        digest = world.line.replies.digest();
        simulated = world.line.clock.elapsed().unsigned_abs();
        shown = world.shown().await?;
        outcome
    });
    Ran {
        digest,
        simulated,
        real: began.elapsed(),
        shown,
        failure: outcome
            .err()
            .map(|error| format!("{}: {error}", scenario.sentence)),
    }
}

/// Starts a world in a paused time of its own, lets something happen in it, and judges the whole.
pub(crate) fn in_a_time_of_its_own(
    setting: Setting,
    mistake: Option<Mistake>,
    deed: impl AsyncFnOnce(&mut World) -> Outcome,
) -> Outcome {
    among_replicas(&ALONE, setting, mistake, deed)
}

/// [`in_a_time_of_its_own`], with that many replicas of the operator.
pub(crate) fn among_replicas(
    replicas: &'static [&'static str],
    setting: Setting,
    mistake: Option<Mistake>,
    deed: impl AsyncFnOnce(&mut World) -> Outcome,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let mut world = World::start(setting, mistake, replicas).await?;
        deed(&mut world).await?;
        world.judge().await
    })
}

/// Runs one and keeps for the end what came of it.
fn kept(setting: Setting, index: usize, scenario: &Scenario) -> Ran {
    let ran = run(setting, None, scenario);
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    runs.insert((setting.to_string(), index), ran.clone());
    ran
}

fn all_hold_under(setting: Setting) -> Outcome {
    let mut failures = Vec::new();
    let (mut noticed, mut visible) = (false, false);
    for (index, scenario) in scenarios::all().iter().enumerate() {
        let ran = kept(setting, index, scenario);
        let standard = standard(index, scenario)?;
        noticed |= ran.digest != standard.digest;
        visible |= ran.shown != standard.shown;
        failures.extend(ran.failure);
    }
    if !failures.is_empty() {
        return Err(failures.join("\n").into());
    }
    if !noticed {
        return Err("no scenario gets another answer under it".into());
    }
    let said = switches::VISIBLE
        .iter()
        .any(|(name, value)| setting.is(name, value));
    expect("whether Kubernetes shows it", visible, said)
}

fn replayed() -> Outcome {
    for (index, scenario) in scenarios::all().iter().enumerate() {
        let standard = standard(index, scenario)?;
        let again = run(Setting::Standard, None, scenario);
        if again.digest != standard.digest || again.simulated != standard.simulated {
            return Err(format!("{} went another way", scenario.sentence).into());
        }
    }
    Ok(())
}

fn visible_ones_are_tried_for_real() -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promises");
    let mut promises = String::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_file() {
            promises += &fs::read_to_string(path)?;
        }
    }
    let untried: Vec<String> = switches::VISIBLE
        .iter()
        .map(|(name, value)| format!("\"{name}={value}\""))
        .filter(|setting| !promises.contains(setting))
        .collect();
    expect("those that are not", untried, Vec::new())
}

fn every_switch_is_listed() -> Outcome {
    let all = serde_json::to_value(cckm_simulator::Switches::default())?;
    let there: BTreeSet<&str> = all
        .as_object()
        .into_iter()
        .flat_map(|switches| switches.keys().map(String::as_str))
        .collect();
    let listed: BTreeSet<&str> = switches::ALL
        .iter()
        .map(|switch| switch.name)
        .chain(switches::WITHIN.iter().map(|(name, _)| *name))
        .chain([switches::NOT_MET])
        .collect();
    if there != listed {
        let differing: Vec<_> = there.symmetric_difference(&listed).collect();
        return Err(format!("listed or there, not both: {differing:?}").into());
    }
    for (switch, beginning) in switches::WITHIN {
        let scenarios = scenarios::all();
        if !scenarios
            .iter()
            .any(|scenario| scenario.sentence.starts_with(beginning))
        {
            return Err(format!("no scenario is about {switch}").into());
        }
    }
    for switch in switches::ALL {
        for value in switch.values {
            let mut switches = cckm_simulator::Switches::default();
            switches.set(switch.name, &json!(value))?;
            if switches == cckm_simulator::Switches::default() {
                return Err(format!("{}={value} is the standard", switch.name).into());
            }
        }
    }
    Ok(())
}

/// Prints what came of all runs: a line for each setting, a column for each scenario.
pub(crate) fn print() {
    let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    if runs.is_empty() {
        return;
    }
    let scenarios = scenarios::all();
    println!("scenarios:");
    for (number, scenario) in scenarios.iter().enumerate() {
        println!("{:>4}  {}", number + 1, scenario.sentence);
    }
    let settings: BTreeSet<&str> = runs.keys().map(|(setting, _)| setting.as_str()).collect();
    let width = settings.iter().map(|setting| setting.len()).max();
    let width = width.unwrap_or_default();
    for setting in settings {
        let marks: String = (0..scenarios.len())
            .map(|index| match runs.get(&(setting.to_owned(), index)) {
                None => ' ',
                Some(Ran { failure: None, .. }) => '.',
                Some(_) => 'X',
            })
            .collect();
        println!("  {setting:<width$}  {marks}");
    }
    let simulated: Duration = runs.values().map(|ran| ran.simulated).sum();
    let real: Duration = runs.values().map(|ran| ran.real).sum();
    println!(
        "{} runs, {} simulated days, {} s of work",
        runs.len(),
        simulated.as_secs() / 86_400,
        real.as_secs()
    );
}
