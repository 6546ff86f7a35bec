//! `kubectl cckm plan`.

mod foresee;
mod manifests;
mod setting;
#[cfg(test)]
mod tests;
mod words;

use std::path::PathBuf;

use clap::{Args, ValueHint};
use lifecycle::{action::Effect, approval::Rule};

use self::setting::Reader;
use crate::{
    cluster::Cluster,
    exit::{Code, Failure, Outcome, print_out, visible},
    kinds,
};

/// Of what to show the plan.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// A key as it is: a `SalesforceTenantSecret` (sfts), an `AzureSecret` (azs), an `OciKey` (ocik) or a
    /// `SalesforceRotation` (sfrot).
    #[arg(num_args = 1..=2, value_names = ["KIND/NAME"], required_unless_present = "filename", conflicts_with = "filename")]
    key: Vec<String>,
    /// Keys as they would be once these manifests are applied: a file, or a folder with all that is in it. Other kinds
    /// in them are passed over.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    filename: Vec<PathBuf>,
    /// As whom the manifests are applied, for that decides which fields go that a manifest no longer has.
    #[arg(long, value_name = "NAME", default_value = "kubectl")]
    field_manager: String,
    /// End with 2 if anything would be done, and with 3 if something of it cannot be undone.
    #[arg(long)]
    exit_code: bool,
}

/// What is to be done to one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Foreseen {
    /// `Kind namespace/name`.
    pub(crate) key: String,
    /// What is said of it besides its steps.
    pub(crate) verdict: String,
    /// Whether nothing is planned because something stands in the way, and not because all is well.
    pub(crate) blocked: bool,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// What is done.
    pub(crate) action: String,
    /// How bad it is.
    pub(crate) effect: Effect,
    /// Why.
    pub(crate) reason: String,
    /// What the manager says of it.
    pub(crate) rule: Rule,
}

/// Shows plans.
pub(crate) async fn run(cluster: &Cluster, flags: &Flags) -> Outcome {
    let mut foreseen = Vec::new();
    let mut reader = Reader::new(cluster);
    if flags.filename.is_empty() {
        let (kind, name) = kinds::target(&flags.key, &kinds::keys())?;
        foreseen.push(foresee::present(&mut reader, kind, &name).await?);
    } else {
        for manifest in manifests::read(&flags.filename)? {
            foreseen.push(foresee::applied(&mut reader, &manifest, &flags.field_manager).await?);
        }
    }
    for warning in reader.warnings() {
        eprintln!("{}", visible(&format!("Warning: {warning}")));
    }
    print_out(&visible(&words::all(&foreseen)));
    match code(&foreseen).filter(|_| flags.exit_code) {
        Some(code) => Err(Failure::new(code, words::summary(&foreseen))),
        None => Ok(()),
    }
}

/// What the exit code tells where that is asked for.
fn code(foreseen: &[Foreseen]) -> Option<Code> {
    let effects = || {
        foreseen
            .iter()
            .flat_map(|key| &key.steps)
            .map(|step| step.effect)
    };
    if effects().any(|effect| effect == Effect::Irreversible) {
        return Some(Code::Irreversible);
    }
    effects().next().map(|_| Code::Changes)
}
