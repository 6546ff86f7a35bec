//! `kubectl cckm approve`.

mod approval;
mod ask;
mod confirm;
mod key;
mod outcome;
mod refusal;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use api::{ApprovalRequest, DestructionApproval};
use clap::{ArgAction, Args, ValueEnum};
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, PostParams},
};

use self::key::Key;
use crate::{
    cluster::{Cluster, Identity},
    exit::{Code, Failure, Outcome, print_out, visible},
    kinds,
};

/// What to approve, and how.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The key: a `SalesforceTenantSecret` (sfts), an `AzureSecret` (azs), an `OciKey` (ocik) or a
    /// `SalesforceRotation` (sfrot).
    #[arg(required = true, num_args = 1..=2, value_names = ["KIND/NAME"])]
    key: Vec<String>,
    /// Why, for those who ask later, such as the number of a change: 1 to 1024 characters.
    #[arg(long, value_parser = reason)]
    reason: String,
    /// How long the act may be begun, such as 30m or 72h: at most 168h. Absent: 24h.
    #[arg(long, value_name = "DURATION", value_parser = approval::expires_in)]
    expires_in: Option<api::Duration>,
    /// Don't ask: for scripts. What is approved is printed all the same.
    #[arg(short, long)]
    yes: bool,
    /// Wait until the operator says whether the approval counts.
    #[arg(long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    wait: bool,
    /// How long to wait for that.
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    timeout: api::Duration,
    /// Print the approval in this form instead of a sentence.
    #[arg(short, long, value_enum)]
    output: Option<Form>,
}

/// How the approval is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// `destructionapproval.cckm.dev/<name>`.
    Name,
    /// The object as JSON.
    Json,
    /// The object as YAML.
    Yaml,
}

fn reason(text: &str) -> Result<String, String> {
    if (1..=1024).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("a reason has 1 to 1024 characters".into())
    }
}

/// Approves.
pub(crate) async fn run(cluster: &Cluster, flags: &Flags) -> Outcome {
    let (kind, name) = kinds::target(&flags.key, &kinds::keys())?;
    let key = Key::read(cluster, kind, &name).await?;
    let plan = ask::asked(&key)?;
    eprint!("{}", visible(&words::asks(&key, plan)));
    let identity = cluster.identity().await?;
    let approvals: Api<DestructionApproval> =
        Api::namespaced(cluster.client.clone(), &cluster.namespace);
    if let Some(given) = given(&approvals, &key, &plan.approvals).await {
        eprintln!(
            "{} has approved this already, by {}. Nothing is left to approve.",
            given.spec.approved_by,
            words::called(&given.name_any())
        );
        return Ok(());
    }
    if !flags.yes {
        confirm::ask(&key, plan)?;
        // Reading and typing take their time.
        let now = Key::read(cluster, kind, &name).await?;
        if ask::asked(&now)?.approvals != plan.approvals {
            return Err(Failure::new(
                Code::NotApproved,
                "what is asked for has changed meanwhile, and nothing was approved. Run this again, and read what it says now",
            ));
        }
    }
    let approval = approval::approval(
        &key,
        &plan.approvals,
        &identity.user,
        &flags.reason,
        flags
            .expires_in
            .and_then(|lifetime| approval::end(identity.now, lifetime)),
    );
    let made = approvals
        .create(&PostParams::default(), &approval)
        .await
        .map_err(|error| refusal::explain(&key, &identity.user, &error))?;
    print(&made, flags.output, &identity)?;
    if flags.wait {
        let told = outcome::wait(&approvals, &made, &key, flags.timeout.into()).await?;
        eprintln!("{told}");
    }
    Ok(())
}

/// An approval of exactly this that counts already. Who may not list approvals is not told of it: two approvals of one
/// act do no harm.
async fn given(
    approvals: &Api<DestructionApproval>,
    key: &Key,
    requests: &[ApprovalRequest],
) -> Option<DestructionApproval> {
    let all = approvals.list(&ListParams::default()).await.ok()?;
    all.items
        .into_iter()
        .find(|approval| approval::covers(approval, key, requests))
}

fn print(made: &DestructionApproval, form: Option<Form>, identity: &Identity) -> Outcome {
    let unreadable = |error: &dyn std::fmt::Display| Failure::failed(error.to_string());
    let name = words::called(&made.name_any());
    let text = match form {
        None => format!("{name} created, in the name of {}\n", identity.user),
        Some(Form::Name) => format!("{name}\n"),
        Some(Form::Json) => {
            let json = serde_json::to_string_pretty(made).map_err(|error| unreadable(&error))?;
            format!("{json}\n")
        }
        Some(Form::Yaml) => serde_saphyr::to_string(made).map_err(|error| unreadable(&error))?,
    };
    print_out(&text);
    Ok(())
}

/// The name of a kind's collection, as RBAC has it.
fn plural<K: Resource<DynamicType = ()>>() -> String {
    K::plural(&()).into_owned()
}

/// How often the API server is asked what came of an approval.
const INTERVAL: Duration = Duration::from_millis(500);
