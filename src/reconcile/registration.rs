//! Whether CipherTrust Manager knows a container: it is looked for, registered through the connection that the spec names,
//! and reached by that one from then on.
//!
//! Registering makes no key and takes none away, and is found again by the cloud's own identity, so nothing is written
//! down ahead of it.

use cckm::{Client, connections::Connection};
use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    intent::SETTLING,
    reason::{Blocker, Reason},
    sync::REPLICATION,
};

use super::{
    container::{ContainerKind, Found, Visit},
    failure,
    fields::ContainerObject,
    status,
};

/// How soon a container that was registered has to show.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// As many connections as a message names.
const MOST_NAMED: usize = 10;

/// Why there is no row of a container.
pub(super) struct Unfound {
    pub(super) blocker: Blocker,
    /// Whether that is certain, and not only not known at the moment.
    pub(super) is_absent: bool,
}

impl From<Blocker> for Unfound {
    fn from(blocker: Blocker) -> Self {
        Self {
            blocker,
            is_absent: false,
        }
    }
}

/// The container's row; where there is none, it is registered if the spec says how.
pub(super) async fn find<C: ContainerKind>(
    site: &Visit<'_, C>,
    now: Timestamp,
) -> Result<C::Facts, Unfound> {
    if let Some(facts) = look::<C>(site, now).await? {
        return Ok(reached::<C>(site, facts, now).await?);
    }
    missing_twice::<C>(site, now)?;
    let blocker = match site.cr.connection() {
        _ if site.frozen => unregistered::<C>(
            site,
            "The manager is suspended: nothing is registered meanwhile.",
        ),
        Some(connection) => match register::<C>(site, connection, now).await {
            Ok(()) => match look::<C>(site, now).await? {
                Some(facts) => return Ok(reached::<C>(site, facts, now).await?),
                None => just_registered(now),
            },
            Err(blocker) => blocker,
        },
        None => {
            let known = known_connections::<C>(site.client).await;
            let how = format!(
                "Register it there, or name the connection through which it is to be registered{known}. Or correct the spec."
            );
            unregistered::<C>(site, &how)
        }
    };
    Err(Unfound {
        blocker,
        is_absent: true,
    })
}

async fn look<C: ContainerKind>(
    site: &Visit<'_, C>,
    now: Timestamp,
) -> Result<Option<C::Facts>, Unfound> {
    let found = C::find(site.client, site.cr)
        .await
        .map_err(|error| failure::judge(&error, "Reading the container", now).blocker)?;
    match found {
        Found::Here(facts) => Ok(Some(facts)),
        Found::Nowhere => Ok(None),
        Found::Unclear => Err(Blocker::new(
            Reason::ProgressingWithRetry,
            "CipherTrust Manager's list of containers contradicts its own total, so whether the container is registered is not known; it is read again with growing pauses.",
        )
        .into()),
        Found::Replaced(other) => {
            let message = format!(
                "CipherTrust Manager's record of {} leads to {} now. Its keys are left alone. Create a new {} for the new one.",
                C::identity(site.cr),
                status::name(&other),
                C::KIND.as_str()
            );
            Err(Unfound {
                blocker: Blocker::new(Reason::ContainerReplaced, message),
                is_absent: true,
            })
        }
    }
}

/// One list proves nothing: another node of CM may know more.
fn missing_twice<C: ContainerKind>(site: &Visit<'_, C>, now: Timestamp) -> Result<(), Blocker> {
    let mut state = site.state.lock();
    let since = *state.missing_since.get_or_insert(now);
    if now.duration_since(since) >= REPLICATION {
        return Ok(());
    }
    Err(Blocker::new(
        Reason::Progressing,
        "CipherTrust Manager does not list the container; it is looked for once more.",
    ))
}

/// What is known of a container that is there, once it is reached by the connection that the spec names.
async fn reached<C: ContainerKind>(
    site: &Visit<'_, C>,
    mut facts: C::Facts,
    now: Timestamp,
) -> Result<C::Facts, Blocker> {
    let wanted = site.cr.connection();
    if let Some(wanted) =
        wanted.filter(|wanted| !site.frozen && C::connection(&facts) != Some(*wanted))
    {
        if let Err(error) = C::reconnect(site.client, &facts, wanted).await {
            let failure = failure::judge(&error, "Changing the connection", now);
            return Err(explained::<C>(site, failure.blocker).await);
        }
        tracing::info!(object = %site.object, "reached by another connection");
        if let Found::Here(again) = C::find(site.client, site.cr)
            .await
            .map_err(|error| failure::judge(&error, "Reading the container", now).blocker)?
        {
            facts = again;
        }
    }
    let ok = match C::connection(&facts) {
        Some(name) => last_connection_ok::<C>(site.client, name).await,
        None => None,
    };
    let mut state = site.state.lock();
    state.connection_ok = ok;
    state.missing_since = None;
    state.registered_at = None;
    drop(state);
    Ok(facts)
}

/// Registers the container, unless that was sent lately and may still show.
async fn register<C: ContainerKind>(
    site: &Visit<'_, C>,
    connection: &str,
    now: Timestamp,
) -> Result<(), Blocker> {
    let sent_at = site.state.lock().registered_at;
    if sent_at.is_some_and(|sent_at| now.duration_since(sent_at) < SETTLING) {
        return Err(just_registered(now));
    }
    let Err(error) = C::register(site.client, site.cr, connection).await else {
        site.state.lock().registered_at = Some(now);
        tracing::info!(object = %site.object, "registered");
        return Ok(());
    };
    let failure = error.judge_as("Registering the container", now);
    if failure.outcome_unknown {
        site.state.lock().registered_at = Some(now);
    }
    Err(explained::<C>(site, failure.blocker).await)
}

/// A connection that does not exist is told apart from those that do.
async fn explained<C: ContainerKind>(site: &Visit<'_, C>, blocker: Blocker) -> Blocker {
    if !matches!(
        blocker.reason,
        Reason::NotFound | Reason::ProgressingWithRetry
    ) {
        return blocker;
    }
    let known = known_connections::<C>(site.client).await;
    Blocker {
        message: format!("{} See spec.connection{known}.", blocker.message),
        ..blocker
    }
}

fn just_registered(now: Timestamp) -> Blocker {
    Blocker::until(
        Reason::Progressing,
        "Registering the container was sent to CipherTrust Manager; it is looked for, and sent again only if it does not show within ten minutes.",
        now + SOON,
    )
}

fn unregistered<C: ContainerKind>(site: &Visit<'_, C>, how: &str) -> Blocker {
    let message = format!(
        "{} is not registered in CipherTrust Manager, as far as this login can see. {how}",
        C::identity(site.cr)
    );
    Blocker::new(Reason::NotRegistered, message)
}

/// The connections that this login sees, for a message; nothing where it sees none.
async fn known_connections<C: ContainerKind>(client: &Client) -> String {
    let listing = client.connections().list(C::SERVICE, &[]).await;
    let rows = listing.map(|listing| listing.rows).unwrap_or_default();
    let mut names: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(status::name(row.name.as_ref()?)))
        .collect();
    names.sort();
    names.truncate(MOST_NAMED);
    if names.is_empty() {
        return String::new();
    }
    format!("; CipherTrust Manager has {}", names.join(", "))
}

/// What CM says of the connection's last test. Whether this login may read connections is another matter, so a failure
/// tells nothing.
async fn last_connection_ok<C: ContainerKind>(client: &Client, name: &str) -> Option<bool> {
    let listing = client
        .connections()
        .list(C::SERVICE, &[("name", name)])
        .await
        .ok()?;
    let named = |row: &Connection| row.name.as_deref() == Some(name);
    listing.rows.into_iter().find(named)?.last_connection_ok
}
