//! In which form CM takes the dates of a secret: the pages of creation and update show different ones.

use cckm::{Error, azure::DateForm};
use lifecycle::reason::{Blocker, Reason};

use super::AzureSecretKind;
use crate::reconcile::{failure::ActError, kind::Scene};

const TEXT: &str = "Text";
const SECONDS: &str = "Seconds";

/// The form that is tried now, if another one than the pages show was learned to be needed.
pub(super) fn form(scene: &Scene<AzureSecretKind>) -> Option<DateForm> {
    match scene.site.container.lock().learned.as_deref() {
        Some(TEXT) => Some(DateForm::Text),
        Some(SECONDS) => Some(DateForm::Seconds),
        Some(_) | None => None,
    }
}

/// Learns from what came of a request: where CM refuses dates in the form that the call's page shows, the next visit tries
/// the other. Where that is refused as well, it was not the form. A request that was `dateless` tells nothing.
pub(super) fn learn<T>(
    scene: &Scene<AzureSecretKind>,
    sent: Option<DateForm>,
    of_page: DateForm,
    dateless: bool,
    result: Result<T, Error>,
) -> Result<T, ActError> {
    let error = match result {
        Err(error) if error.is_bad_request() && !dateless => error,
        outcome => return Ok(outcome?),
    };
    let other = match of_page {
        DateForm::Text => SECONDS,
        DateForm::Seconds => TEXT,
    };
    scene.site.container.lock().learned = sent.is_none().then(|| other.to_owned());
    if sent.is_some() {
        return Err(error.into());
    }
    let message = "CipherTrust Manager refused the dates as its page of this call shows them; the other form is tried next.";
    Err(Blocker::until(Reason::ProgressingWithRetry, message, scene.now()).into())
}
