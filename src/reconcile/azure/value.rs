//! The value of a secret: read, checked, compared, and never kept.

use api::{AzureSecret, ValueMac};
use cckm::SecretString;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt};
use lifecycle::{
    azure::Value,
    reason::{Blocker, Reason},
};
use zeroize::Zeroizing;

use crate::{
    context::Context,
    reconcile::{failure, hmac},
};

/// Azure's limit: 25 KB.
const LONGEST: usize = 25 * 1024;

/// The user's value, as far as it can be had.
pub enum Wanted {
    /// `valueFrom` is absent.
    NotManaged,
    /// It cannot be had; why.
    Unavailable(Blocker),
    /// The value, and its HMAC.
    Known {
        /// The value.
        value: SecretString,
        /// Its HMAC and the name of the key it was made with.
        mac: ValueMac,
    },
}

impl Wanted {
    /// Reads the value that the spec names.
    pub async fn read(context: &Context, cr: &AzureSecret) -> Self {
        let Some(value_from) = &cr.spec.value_from else {
            return Self::NotManaged;
        };
        let reference = &value_from.secret_key_ref;
        let secrets: Api<Secret> =
            Api::namespaced(context.client.clone(), &cr.namespace().unwrap_or_default());
        let secret = match secrets.get_opt(&reference.name).await {
            Ok(Some(secret)) => secret,
            Ok(None) => {
                return Self::missing(format!(
                    "Secret {} does not exist in this namespace. Create it, or correct valueFrom.",
                    reference.name
                ));
            }
            Err(error) => {
                let what = format!("Secret {}", reference.name);
                return Self::Unavailable(failure::unread(&error, &what));
            }
        };
        let Some(bytes) = secret.data.and_then(|mut data| data.remove(&reference.key)) else {
            return Self::missing(format!(
                "Secret {} has no key {}. Add it, or correct valueFrom.",
                reference.name, reference.key
            ));
        };
        let bytes = Zeroizing::new(bytes.0);
        let invalid = |why: &str| {
            Self::Unavailable(Blocker::new(
                Reason::ValueInvalid,
                format!("The value in Secret {} {why}. Correct it.", reference.name),
            ))
        };
        if bytes.is_empty() {
            return invalid("is empty");
        }
        if bytes.len() > LONGEST {
            return invalid("is over 25 KB, more than Azure takes");
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return invalid("is not UTF-8 text, which Azure needs");
        };
        let key = context
            .hmac
            .get_or_try_init(|| hmac::load(&context.client, &context.namespace))
            .await;
        let key = match key {
            Ok(key) => key,
            Err(error) => return Self::Unavailable(failure::unkept(&error, hmac::SECRET)),
        };
        let mac = ValueMac {
            key_id: key.id().to_owned(),
            mac: key.of(&bytes),
        };
        Self::Known {
            value: SecretString::new(text.to_owned()),
            mac,
        }
    }

    /// How the value stands to what was last written.
    pub fn judge(&self, applied: Option<&ValueMac>) -> Value {
        match (self, applied) {
            (Self::NotManaged, _) => Value::NotManaged,
            (Self::Unavailable(blocker), _) => Value::Unavailable(blocker.clone()),
            (Self::Known { mac, .. }, Some(applied)) if applied == mac => Value::Current,
            (Self::Known { mac, .. }, Some(applied)) if applied.key_id == mac.key_id => {
                Value::Changed
            }
            (Self::Known { .. }, Some(_) | None) => Value::Unverified,
        }
    }

    fn missing(message: String) -> Self {
        Self::Unavailable(Blocker::new(Reason::SecretNotFound, message))
    }
}
