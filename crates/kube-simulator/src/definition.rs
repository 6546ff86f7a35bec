//! Definitions of kinds, as they are installed.

use std::sync::Arc;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionVersion,
};
use serde_json::{Value, json};

use crate::{
    kinds::{Kind, Shape},
    names::Names,
    schema::Schema,
};

/// A `CustomResourceDefinition` that was read, with its rules compiled. That is dear, so many simulators share one.
#[derive(Clone, Debug)]
pub struct Definition {
    pub(crate) kinds: Vec<Arc<Kind>>,
    /// The definition itself, as an object.
    pub(crate) object: Value,
}

/// Why a definition can't be simulated.
#[derive(Debug, thiserror::Error)]
#[error("the definition {name} is not simulated: {why}")]
pub struct NotSimulated {
    name: String,
    why: String,
}

impl Definition {
    /// Reads a definition. What the simulator doesn't know of schemas is an error.
    pub fn read(definition: &CustomResourceDefinition) -> Result<Self, NotSimulated> {
        let name = definition.metadata.name.clone().unwrap_or_default();
        let failed = |error: serde_json::Error| NotSimulated {
            name: name.clone(),
            why: error.to_string(),
        };
        let served = definition
            .spec
            .versions
            .iter()
            .filter(|version| version.served);
        let kinds = served
            .map(|version| Ok(Arc::new(kind(definition, version)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(failed)?;
        Ok(Self {
            kinds,
            object: serde_json::to_value(definition).map_err(failed)?,
        })
    }
}

fn kind(
    definition: &CustomResourceDefinition,
    version: &CustomResourceDefinitionVersion,
) -> Result<Kind, serde_json::Error> {
    let spec = &definition.spec;
    let schema = version
        .schema
        .as_ref()
        .and_then(|schema| schema.open_api_v3_schema.as_ref());
    let schema: Box<Schema> = serde_json::from_value(match schema {
        Some(schema) => serde_json::to_value(schema)?,
        None => json!({}),
    })?;
    let selectable = version.selectable_fields.iter().flatten();
    Ok(Kind {
        group: spec.group.clone(),
        version: version.name.clone(),
        plural: spec.names.plural.clone(),
        kind: spec.names.kind.clone(),
        namespaced: spec.scope == "Namespaced",
        status: version
            .subresources
            .as_ref()
            .is_some_and(|subresources| subresources.status.is_some()),
        unconditional: false,
        names: Names::Subdomain,
        selectable: selectable
            .map(|field| field.json_path.trim_start_matches('.').to_owned())
            .collect(),
        shape: Shape::Custom(schema),
    })
}
