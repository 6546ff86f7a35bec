//! Schemas that derives can't express.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::rules;

/// Names of Kubernetes objects: DNS-1123 subdomains.
pub(crate) const NAME_PATTERN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// Names of namespaces: DNS-1123 labels.
pub(crate) const LABEL_PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// Go's durations, without signs and without units below a millisecond.
pub(crate) const DURATION_PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";
/// The text form of UUIDs.
pub(crate) const UUID_PATTERN: &str =
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
/// OCIDs: the kind of resource, the realm, the region, parts of OCI's own, and the unique part.
pub(crate) const VAULT_OCID_PATTERN: &str =
    r"^ocid1\.vault\.[a-z0-9-]+\.[a-z0-9-]+(\.[A-Za-z0-9_-]+)+$";
/// As above, of keys.
pub(crate) const KEY_OCID_PATTERN: &str =
    r"^ocid1\.key\.[a-z0-9-]+\.[a-z0-9-]+(\.[A-Za-z0-9_-]+)+$";
/// As above, of compartments; a tenancy is its root compartment. Neither has a region.
pub(crate) const COMPARTMENT_OCID_PATTERN: &str =
    r"^ocid1\.(compartment|tenancy)\.[a-z0-9-]+\.[a-z0-9-]*(\.[A-Za-z0-9_-]+)+$";
/// Approval tokens.
pub(crate) const TOKEN_PATTERN: &str = "^v1:[0-9a-f]{32}$";

/// Selects namespaces by their labels: Kubernetes' own selector, bounded.
pub(crate) fn namespace_selector(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": {
                "description": "Labels that a namespace has to have, with these values. `kubernetes.io/metadata.name` is its name. Absent: none.",
                "type": "object",
                "maxProperties": 16,
                "additionalProperties": {"type": "string", "maxLength": 63},
            },
            "matchExpressions": {
                "description": "Requirements that a namespace's labels have to meet, all of them. Absent: none.",
                "type": "array",
                "maxItems": 16,
                "x-kubernetes-list-type": "atomic",
                "items": {
                    "description": "One requirement.",
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": {
                            "description": "The label that it is about.",
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 317,
                        },
                        "operator": {
                            "description": "In or NotIn: the label's value is, or is not, one of values. Exists or DoesNotExist: the label is, or is not, there.",
                            "type": "string",
                            "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                        },
                        "values": {
                            "description": "The values that In and NotIn look for, at least one. Absent: none, as Exists and DoesNotExist want it.",
                            "type": "array",
                            "maxItems": 64,
                            "x-kubernetes-list-type": "atomic",
                            "items": {"type": "string", "maxLength": 63},
                        },
                    },
                    "x-kubernetes-validations": [rules::selector_values()],
                },
            },
        },
    })
}

/// Azure tags: Azure takes 15 on a secret, one of which names the owner.
pub(crate) fn azure_tags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 14,
        "additionalProperties": {"type": "string", "maxLength": 256},
    })
}

/// Tags as they were seen.
pub(crate) fn observed_tags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": {"type": "string", "maxLength": 256},
    })
}

/// OCI freeform tags: OCI takes 10 on a key, one of which names the owner.
pub(crate) fn freeform_tags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 9,
        "additionalProperties": {"type": "string", "maxLength": 256},
    })
}

/// Says what OCI takes as keys of tags.
pub(crate) const OCI_TAG_KEYS: &str =
    "OCI takes tag keys of 1 to 100 characters, without full stop and space. Write the key so.";

/// OCI defined tags, by namespace and key. OCI takes 64 on a resource.
pub(crate) fn defined_tags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 64,
            "additionalProperties": {"type": "string", "maxLength": 256},
            "x-kubernetes-validations": [rules::oci_tag_keys(OCI_TAG_KEYS)],
        },
    })
}

/// Conditions of the Kubernetes API conventions, with the bounds of apimachinery's own schema.
pub(crate) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "description": "One aspect of the present state.",
            "type": "object",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "lastTransitionTime": {
                    "description": "When status last changed.",
                    "type": "string",
                    "format": "date-time",
                },
                "message": {
                    "description": "What it is and what to do, for people.",
                    "type": "string",
                    "maxLength": 32768,
                },
                "observedGeneration": {
                    "description": "The generation that this condition was computed from.",
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                },
                "reason": {
                    "description": "Why, in one word of a closed list, for scripts and alerts.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                },
                "status": {
                    "description": "True, False or Unknown.",
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                },
                "type": {
                    "description": "Which aspect: Ready is always there. Reconciling and Stalled are there only \
                                    while they are true, and never both.",
                    "type": "string",
                    "maxLength": 316,
                    "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                },
            },
        },
    })
}
