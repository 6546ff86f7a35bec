//! Where the pages of CCKM are silent or contradict each other, a switch chooses. The default is
//! what a page states or, failing that, what is likeliest.

mod choices;

pub use choices::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// One field for each question that the pages leave open.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, not a state"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Switches {
    /// Casing of `sfdc_params`.
    pub sfdc_params_casing: ParamsCasing,
    /// Objects around the answers of Salesforce actions.
    pub sfdc_envelopes: Envelopes,
    /// Which ID `organization_id` carries in answers.
    pub sfdc_organization_id_answered: OrganizationIdAnswered,
    /// Which ID of the organization an upload takes.
    pub sfdc_organization_id_on_upload: OrganizationIdOnUpload,
    /// Where a tenant secret tells of its backup.
    pub sfdc_backup_fields: BackupFields,
    /// CM's row of the tenant secret that a create archives.
    pub sfdc_predecessor_row: PredecessorRow,
    /// CM's row after delete-backup of a tenant secret.
    pub sfdc_row_after_delete_backup: RowAfterDeleteBackup,
    /// A second delete-backup of the same tenant secret.
    pub sfdc_second_delete_backup: Acceptance,
    /// Which answers carry `CreatedDate`.
    pub sfdc_created_date: CreatedDate,
    /// Where CM's row of a Salesforce certificate tells of its end.
    pub sfdc_certificate_end: CertificateEnd,
    /// Whether Salesforce's minimum rotation interval is enforced.
    pub sfdc_rotation_interval_enforced: bool,
    /// A second registration of an organization.
    pub sfdc_second_registration: Acceptance,
    /// Status of a refusal for the state of the object.
    pub state_refusal_status: StateRefusal,
    /// How synchronization jobs end.
    pub sync_outcome: SyncOutcome,
    /// Simulated seconds that a synchronization job takes.
    pub sync_seconds: f64,
    /// Whether answers carry secret values (`azure_param.value`, `secret_value`).
    pub secret_values_echoed: bool,
    /// Simulated milliseconds during which a created resource is answered with 404.
    pub replication_delay_ms: u64,
    /// What a PATCH does to the tags that it doesn't name.
    pub tags_on_patch: TagsOnPatch,
    /// `resources` of a list that matches nothing.
    pub empty_resources: EmptyResources,
    /// Seconds for the `Retry-After` of a throttled request; 0 sends none.
    pub throttle_retry_after_seconds: u64,
    /// Seconds before its `exp` from which a token is refused.
    pub token_refused_before_expiry_seconds: u64,
    /// Wrong passwords in a row after which a user is locked out.
    pub login_failures_before_lockout: u32,
    /// Simulated seconds for which a user is locked out.
    pub login_lockout_seconds: f64,
    /// Whether restore keeps CM's ID of an Azure secret.
    pub azure_restore_id: Identity,
    /// CM's rows of older versions when an Azure secret changes state.
    pub azure_older_rows: OlderRows,
    /// The status of a soft-deleted secret that a synchronization doesn't find any more.
    pub azure_vanished_soft_deleted: Vanished,
    /// Spellings of the content type in requests.
    pub azure_content_type_accepted: SpellingAccepted,
    /// Spelling of the content type in answers.
    pub azure_content_type_returned: Spelling,
    /// Forms of `exp` and `nbf` in requests.
    pub azure_dates_accepted: DateFormAccepted,
    /// Form of `exp` and `nbf` in answers.
    pub azure_dates_returned: DateForm,
    /// Status of a purge that purge protection forbids.
    pub azure_purge_protection_status: PurgeProtection,
    /// Simulated seconds after a soft-delete during which a purge is answered with 409.
    pub azure_deletion_seconds: f64,
    /// Simulated seconds after a recover during which writes are answered with 409.
    pub azure_recovery_seconds: f64,
    /// Whether CM's record of a purged secret keeps its name from being created again.
    pub azure_deleted_record_blocks_create: bool,
    /// cancel-deletion of an OCI key in `SCHEDULING_DELETION`.
    pub oci_cancel_while_scheduling: Acceptance,
    /// The state of a formerly DISABLED OCI key after cancel-deletion.
    pub oci_cancel_of_disabled: AfterCancel,
    /// Whether GET of an OCI key answers 500 while it is being restored.
    pub oci_get_fails_during_restore: bool,
    /// Whether GET of a key version needs a trailing slash.
    pub oci_version_needs_slash: bool,
    /// Whether restore keeps the OCID of a key.
    pub oci_restore_ocid: Identity,
    /// Whether a key deleted from CM alone is found again by the next synchronization.
    pub oci_row_returns_after_delete: bool,
    /// How CM shows a key whose deletion is final.
    pub oci_final_deletion: FinalDeletion,
    /// What `vault_id` of a key is.
    pub oci_vault_id: VaultId,
    /// Simulated seconds that a transitional state of an OCI key takes.
    pub oci_transition_seconds: f64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            sfdc_params_casing: ParamsCasing::default(),
            sfdc_envelopes: Envelopes::default(),
            sfdc_organization_id_answered: OrganizationIdAnswered::default(),
            sfdc_organization_id_on_upload: OrganizationIdOnUpload::default(),
            sfdc_backup_fields: BackupFields::default(),
            sfdc_predecessor_row: PredecessorRow::default(),
            sfdc_row_after_delete_backup: RowAfterDeleteBackup::default(),
            sfdc_second_delete_backup: Acceptance::default(),
            sfdc_created_date: CreatedDate::default(),
            sfdc_certificate_end: CertificateEnd::default(),
            sfdc_rotation_interval_enforced: true,
            sfdc_second_registration: Acceptance::default(),
            state_refusal_status: StateRefusal::default(),
            sync_outcome: SyncOutcome::default(),
            sync_seconds: 2.0,
            secret_values_echoed: false,
            replication_delay_ms: 0,
            tags_on_patch: TagsOnPatch::default(),
            empty_resources: EmptyResources::default(),
            throttle_retry_after_seconds: 0,
            token_refused_before_expiry_seconds: 0,
            login_failures_before_lockout: 5,
            login_lockout_seconds: 1800.0,
            azure_restore_id: Identity::default(),
            azure_older_rows: OlderRows::default(),
            azure_vanished_soft_deleted: Vanished::default(),
            azure_content_type_accepted: SpellingAccepted::default(),
            azure_content_type_returned: Spelling::default(),
            azure_dates_accepted: DateFormAccepted::default(),
            azure_dates_returned: DateForm::default(),
            azure_purge_protection_status: PurgeProtection::default(),
            azure_deletion_seconds: 20.0,
            azure_recovery_seconds: 10.0,
            azure_deleted_record_blocks_create: false,
            oci_cancel_while_scheduling: Acceptance::default(),
            oci_cancel_of_disabled: AfterCancel::default(),
            oci_get_fails_during_restore: false,
            oci_version_needs_slash: true,
            oci_restore_ocid: Identity::default(),
            oci_row_returns_after_delete: true,
            oci_final_deletion: FinalDeletion::default(),
            oci_vault_id: VaultId::default(),
            oci_transition_seconds: 5.0,
        }
    }
}

impl Switches {
    /// Sets the switch `name` to `value`, a JSON value or its text.
    ///
    /// # Errors
    /// States which names or values there are.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = serde_json::to_value(&*self).map_err(|error| error.to_string())?;
        let readings = [Some(value.clone()), other_reading(value)];
        let mut refusal = String::new();
        for reading in readings.into_iter().flatten() {
            if let Some(fields) = all.as_object_mut() {
                fields.insert(name.to_owned(), reading);
            }
            match decode::<Self>(&all) {
                Ok(switches) => {
                    *self = switches;
                    return Ok(());
                }
                Err(error) if refusal.is_empty() => refusal = error,
                Err(_) => {}
            }
        }
        Err(format!("switch {name}: {refusal}"))
    }

    /// Sets a switch from `name=value`.
    ///
    /// # Errors
    /// States which names or values there are.
    pub fn set_text(&mut self, assignment: &str) -> Result<(), String> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| format!("switch {assignment:?} is not of the form name=value"))?;
        self.set(name.trim(), &Value::String(value.trim().to_owned()))
    }
}

/// `"5"` for 5 and 5 for `"5"`: flags know texts alone, and some names of values are numbers.
fn other_reading(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Number(number) => Some(Value::String(number.to_string())),
        _ => None,
    }
}

fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_set_by_text_whatever_their_kind() {
        let mut switches = Switches::default();
        for assignment in [
            "sfdc-params-casing=pascal",
            "state-refusal-status=422",
            "replication-delay-ms=250",
            "secret-values-echoed=true",
            "sfdc-organization-id-on-upload=00D",
        ] {
            switches.set_text(assignment).unwrap();
        }
        assert_eq!(switches.sfdc_params_casing, ParamsCasing::Pascal);
        assert_eq!(switches.state_refusal_status, StateRefusal::Unprocessable);
        assert_eq!(switches.replication_delay_ms, 250);
        assert!(switches.secret_values_echoed);
    }

    #[test]
    fn a_wrong_name_or_value_is_told_the_right_ones() {
        let mut switches = Switches::default();
        let before = switches.clone();
        assert!(
            switches
                .set_text("sfdc-params-casing=kebab")
                .unwrap_err()
                .contains("pascal")
        );
        assert!(
            switches
                .set_text("casing=snake")
                .unwrap_err()
                .contains("sfdc-params-casing")
        );
        assert!(switches.set_text("nonsense").is_err());
        assert_eq!(switches, before);
    }
}
