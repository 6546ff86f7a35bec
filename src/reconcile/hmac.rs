//! Telling whether a value changed without keeping it: an HMAC under a key that only the operator has.

use hmac::{Hmac, KeyInit, Mac};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::status::MANAGER;
use crate::hex::hex;

/// The Secret that holds the key, in the operator's own namespace.
pub const SECRET: &str = "cckm-operator-hmac";
const FIELD: &str = "key";
const BYTES: usize = 32;

/// The key, and a name for it that tells whether an HMAC was made with another one.
pub struct HmacKey {
    key: Zeroizing<Vec<u8>>,
    id: String,
}

impl HmacKey {
    /// A key from its bytes. Its name is an HMAC of a fixed text, so it says nothing of the key.
    pub fn new(key: Vec<u8>) -> Self {
        let mut named = Self {
            key: Zeroizing::new(key),
            id: String::new(),
        };
        named.id = named.of(b"cckm-operator key id").chars().take(16).collect();
        named
    }

    /// The name of the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The HMAC-SHA-256 of a value, in hex.
    pub fn of(&self, value: &[u8]) -> String {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return String::new();
        };
        mac.update(value);
        hex(&mac.finalize().into_bytes())
    }
}

/// Reads the key, or makes one. Losing it loses no secret: values then count as unverified until they change.
///
/// The Secret is made by a server-side apply, which alone can be allowed for one name only: whoever may create any Secret
/// makes itself the token of every service account of the namespace.
pub async fn load(client: &Client, namespace: &str) -> Result<HmacKey, kube::Error> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    if let Some(key) = secrets.get_opt(SECRET).await?.as_ref().and_then(key_of) {
        return Ok(key);
    }
    let empty = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}});
    let params = PatchParams::apply(MANAGER);
    let present = secrets.patch(SECRET, &params, &Patch::Apply(empty)).await?;
    if let Some(key) = key_of(&present) {
        return Ok(key);
    }
    let mut bytes = vec![0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|_| kube::Error::Service("the system has no random numbers".into()))?;
    let key = json!({
        "metadata": {"resourceVersion": present.resource_version()},
        "data": {FIELD: ByteString(bytes.clone())},
    });
    let params = PatchParams {
        field_manager: Some(MANAGER.into()),
        ..PatchParams::default()
    };
    match secrets.patch(SECRET, &params, &Patch::Merge(key)).await {
        Ok(_) => Ok(HmacKey::new(bytes)),
        // Another replica was faster: its key counts.
        Err(kube::Error::Api(refusal)) if refusal.code == 409 => {
            let present = secrets.get(SECRET).await?;
            key_of(&present).ok_or_else(|| {
                kube::Error::Service("the Secret cckm-operator-hmac holds no key".into())
            })
        }
        Err(error) => Err(error),
    }
}

fn key_of(secret: &Secret) -> Option<HmacKey> {
    secret
        .data
        .as_ref()?
        .get(FIELD)
        .filter(|key| key.0.len() >= BYTES)
        .map(|key| HmacKey::new(key.0.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_has_another_name_and_gives_another_hmac() {
        let (one, two) = (HmacKey::new(vec![1; 32]), HmacKey::new(vec![2; 32]));
        assert_ne!(one.id(), two.id());
        assert_ne!(one.of(b"value"), two.of(b"value"));
        assert_eq!(one.of(b"value"), HmacKey::new(vec![1; 32]).of(b"value"));
    }
}
