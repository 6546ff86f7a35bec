//! What cannot be changed of a key, and whether a spec says the same.

use api::{OciKey, OciObserved};
use cckm::oci;

use crate::reconcile::status::word;

/// No key is as long: what is longer reads like this.
const LONGEST: i32 = 65_536;

/// What cannot be changed of a key, in OCI's words; what is not known differs from nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Nature {
    algorithm: Option<String>,
    length: Option<i32>,
    curve_id: Option<String>,
    protection_mode: Option<String>,
}

impl Nature {
    /// As CipherTrust Manager's row has it.
    pub(super) fn of_row(row: &oci::Key) -> Self {
        let length = |length| i32::try_from(length).unwrap_or(LONGEST).min(LONGEST);
        Self {
            algorithm: row
                .algorithm
                .as_ref()
                .map(|algorithm| word(algorithm.as_str())),
            length: row.length.map(length),
            curve_id: row.curve_id.as_deref().map(word),
            protection_mode: row.protection_mode.as_deref().map(word),
        }
    }

    /// As a status has it.
    pub(super) fn of_status(seen: &OciObserved) -> Self {
        Self {
            algorithm: seen.algorithm.clone(),
            length: seen.length,
            curve_id: seen.curve_id.clone(),
            protection_mode: seen.protection_mode.clone(),
        }
    }

    /// Writes it into a status.
    pub(super) fn record(self, seen: &mut OciObserved) {
        seen.algorithm = self.algorithm;
        seen.length = self.length;
        seen.curve_id = self.curve_id;
        seen.protection_mode = self.protection_mode;
    }

    /// The fields of the spec that say something else than this key of that OCID.
    pub(super) fn mismatch(&self, ocid: Option<&str>, cr: &OciKey) -> Vec<String> {
        let mut differing = Vec::new();
        let named = cr.spec.key_id.as_deref();
        // Added to an object that stands for another key already.
        if named.is_some_and(|named| differs(named, ocid)) {
            differing.push("keyId".to_owned());
        }
        if let Some(shape) = &cr.spec.key_shape {
            let algorithm = differs(shape.algorithm.as_str(), self.algorithm.as_deref());
            let length = shape
                .length
                .zip(self.length)
                .is_some_and(|(spec, key)| spec != key);
            let curve = shape
                .curve_id
                .is_some_and(|curve| differs(curve.as_str(), self.curve_id.as_deref()));
            if algorithm || length || curve {
                differing.push("keyShape".to_owned());
            }
        }
        let mode = cr.spec.protection_mode;
        if mode.is_some_and(|mode| differs(mode.as_str(), self.protection_mode.as_deref())) {
            differing.push("protectionMode".to_owned());
        }
        differing
    }
}

fn differs(spec: &str, key: Option<&str>) -> bool {
    key.is_some_and(|key| key != spec)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn mismatch(seen: Value) -> Vec<String> {
        let seen: OciObserved = serde_json::from_value(seen).unwrap();
        let cr: OciKey = serde_json::from_value(json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey",
            "metadata": {"name": "master"}, "spec": {"vaultRef": {"name": "payments"}, "protectionMode": "HSM",
                "keyShape": {"algorithm": "ECDSA", "length": 32, "curveId": "NIST_P256"}}}))
        .unwrap();
        Nature::of_status(&seen).mismatch(Some("ocid1.key.a"), &cr)
    }

    #[test]
    fn each_fact_that_differs_is_a_mismatch_and_one_that_is_not_known_is_none() {
        assert_eq!(mismatch(json!({})), Vec::<String>::new());
        let same = json!({"algorithm": "ECDSA", "length": 32, "curveId": "NIST_P256", "protectionMode": "HSM"});
        assert_eq!(mismatch(same), Vec::<String>::new());
        for shape in [
            json!({"algorithm": "RSA"}),
            json!({"length": 48}),
            json!({"curveId": "NIST_P384"}),
        ] {
            assert_eq!(mismatch(shape), ["keyShape"]);
        }
        assert_eq!(
            mismatch(json!({"protectionMode": "SOFTWARE"})),
            ["protectionMode"]
        );
    }

    #[test]
    fn what_a_status_says_of_a_row_is_what_the_row_says() {
        let row: oci::Key =
            serde_json::from_value(json!({"id": "k", "length": 32, "curve_id": "NIST_P256"}))
                .unwrap();
        let mut seen = OciObserved::default();
        Nature::of_row(&row).record(&mut seen);
        assert_eq!(Nature::of_status(&seen), Nature::of_row(&row));
    }
}
