//! Making OCI keys: of the cloud's own material, or of a key of CM.

use crate::{
    http::{
        call::{Reply, Request},
        fields::{Fields, missing, one_of},
        oci::{answer, tags},
        refusal::{Refusal, invalid},
        salesforce::source_key,
    },
    manager::oci::Source,
    state::State,
    world::{
        oci::{Key, Lifecycle, LifecycleState},
        oci_rules,
        oci_versions::KeyVersion,
    },
};

const TIERS: &[&str] = &["local", "dsm", "hsm-luna", "external-cm"];

/// What a key is made of.
struct Shape {
    algorithm: String,
    length: i64,
    curve_id: Option<String>,
    /// Origin of the material for CM, and for the cloud.
    origin: (&'static str, &'static str),
    source: Option<Source>,
}

pub(crate) fn create(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "vault",
        "name",
        "algorithm",
        "length",
        "curve_id",
        "protection_mode",
        "compartment_id",
        "freeform_tags",
        "defined_tags",
        "description",
    ])?;
    let shape = Shape {
        algorithm: fields.required("algorithm")?,
        length: fields.integer("length")?.ok_or_else(|| missing("length"))?,
        curve_id: fields.text("curve_id")?,
        // The page's example of a key made through CM has this origin.
        origin: ("native", "INTERNAL"),
        source: None,
    };
    oci_rules::check_shape(&shape.algorithm, shape.length, shape.curve_id.as_deref())?;
    make(state, fields, shape)
}

pub(crate) fn upload(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "vault",
        "name",
        "protection_mode",
        "compartment_id",
        "source_key_identifier",
        "source_key_tier",
        "freeform_tags",
        "defined_tags",
    ])?;
    let source = source(state, fields)?;
    let key = source_key(
        state,
        &source.source_key_tier,
        &source.source_key_identifier,
    )?;
    let size = i64::from(key.size);
    let shape = Shape {
        algorithm: key.algorithm.clone(),
        length: size / 8,
        curve_id: None,
        origin: ("cckm", "EXTERNAL"),
        source: Some(source),
    };
    oci_rules::check_shape(&shape.algorithm, shape.length, None).map_err(|_| {
        invalid(format!(
            "source_key_identifier: {} keys of {size} bits can't be uploaded",
            shape.algorithm
        ))
    })?;
    make(state, fields, shape)
}

/// The source key that a request names.
pub(crate) fn source(state: &State, fields: &Fields) -> Result<Source, Refusal> {
    let wanted = fields.required("source_key_identifier")?;
    let tier = fields
        .text("source_key_tier")?
        .unwrap_or_else(|| "local".to_owned());
    one_of("source_key_tier", &tier, TIERS)?;
    let key = source_key(state, &tier, &wanted)?;
    Ok(Source {
        source_key_identifier: key.record.id.clone(),
        source_key_name: key.name.clone(),
        source_key_tier: tier,
    })
}

fn make(state: &mut State, fields: &Fields, shape: Shape) -> Result<Reply, Refusal> {
    let name = fields.required("name")?;
    oci_rules::check_name(&name)?;
    let protection_mode = fields.required("protection_mode")?;
    oci_rules::check_protection_mode(&protection_mode)?;
    let compartment_id = fields.required("compartment_id")?;
    let vault = state
        .manager
        .oci_vaults
        .get(&fields.required("vault")?, state.now)?;
    let (cckm_vault_id, vault_id) = (vault.record.id.clone(), vault.seen.vault_id.clone());
    state.oci.known_compartment(&compartment_id)?;
    let (freeform_tags, defined_tags) = tags(state, fields)?;
    let now = state.now;
    let mut lifecycle = Lifecycle::settled(LifecycleState::Creating);
    lifecycle.pass(
        LifecycleState::Creating,
        LifecycleState::Enabled,
        now,
        state.switches.oci_transition_seconds,
    );
    let version = KeyVersion::new(shape.origin.1, now, &state.switches, &mut state.identifiers);
    let key = Key {
        key_id: state.identifiers.ocid("key"),
        vault_id,
        display_name: name,
        compartment_id,
        algorithm: shape.algorithm,
        length: shape.length,
        curve_id: shape.curve_id,
        protection_mode,
        lifecycle,
        time_created: now,
        freeform_tags: freeform_tags.unwrap_or_default(),
        defined_tags: defined_tags.unwrap_or_default(),
        is_primary: true,
        restored_from_key_id: None,
        versions: vec![version],
    };
    state.oci.keys.push(key.clone());
    let mut row = state.new_oci_row(&cckm_vault_id, key, shape.origin.0, shape.source.as_ref());
    row.record = row
        .record
        .replicated_after(state.switches.replication_delay_ms);
    let id = row.record.id.clone();
    state.manager.oci_keys.push(row);
    answer(state, &id).map(Reply::created)
}
