//! The values of switches that are one of several.

use serde::{Deserialize, Serialize};

/// Declares an enumeration of a switch's values: kebab-case in JSON, the first is the default.
macro_rules! choice {
    (
        $(#[$about:meta])*
        $name:ident {
            $(#[$first_about:meta])*
            $first:ident,
            $($(#[$rest_about:meta])* $rest:ident,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            #[default]
            $(#[$first_about])*
            $first,
            $($(#[$rest_about])* $rest,)+
        }
    };
}

choice! {
    /// Casing of `sfdc_params`: the pages of create and upload against that of delete-backup.
    ParamsCasing {
        /// `salesforce_id`.
        Snake,
        /// `SalesforceID`.
        Pascal,
    }
}

choice! {
    /// Objects around the answers of Salesforce actions.
    Envelopes {
        /// The resource itself.
        Bare,
        /// `{"application/json": ..}`, and `{"byok response": ..}` for an upload.
        Leaked,
    }
}

choice! {
    /// Which ID of the organization `organization_id` carries in answers.
    OrganizationIdAnswered {
        /// CM's resource ID.
        Uuid,
        /// Salesforce's `00D` ID.
        Salesforce,
    }
}

choice! {
    /// Which ID of the organization an upload takes.
    OrganizationIdOnUpload {
        /// Salesforce's `00D` ID, as the page says.
        #[serde(rename = "00D", alias = "00d", alias = "salesforce")]
        Salesforce,
        /// CM's resource ID, as for create.
        Uuid,
        /// Either.
        Both,
    }
}

choice! {
    /// Where a tenant secret tells of its backup.
    BackupFields {
        /// Flat for native secrets and nested for BYOK, as the two pages show.
        AsDocumented,
        /// `backup_key_id`, `backup_key_name`, `backup_key_tier`.
        Flat,
        /// `tenant_secret_backup{..}`.
        Nested,
        /// Nowhere.
        Absent,
    }
}

choice! {
    /// Status of a refusal for the state of the object.
    StateRefusal {
        /// 400.
        #[serde(rename = "400")]
        BadRequest,
        /// 409.
        #[serde(rename = "409")]
        Conflict,
        /// 422.
        #[serde(rename = "422")]
        Unprocessable,
    }
}

choice! {
    /// CM's row of the tenant secret that a create archives.
    PredecessorRow {
        /// Shows ARCHIVED at once.
        Updated,
        /// Shows ACTIVE until a synchronization.
        Stale,
    }
}

choice! {
    /// How synchronization jobs end.
    SyncOutcome {
        /// `completed`, everything read.
        Completed,
        /// `failed`, nothing read.
        Failed,
        /// `failed`, the first half of each container read.
        Partial,
    }
}

choice! {
    /// CM's row after delete-backup of a tenant secret.
    RowAfterDeleteBackup {
        /// Stays, as the page's answer shows.
        Kept,
        /// Leaves CM; a synchronization brings it back under a new ID.
        Gone,
    }
}

choice! {
    /// Whether something is accepted.
    Acceptance {
        /// Refused.
        Refused,
        /// Accepted.
        Accepted,
    }
}

choice! {
    /// Whether an identifier survives.
    Identity {
        /// The same.
        Same,
        /// A new one.
        New,
    }
}

choice! {
    /// CM's rows of the older versions of an Azure secret when the secret changes state.
    OlderRows {
        /// Change with it.
        Follow,
        /// Change at the next synchronization.
        Stale,
    }
}

choice! {
    /// Where CM's row of a Salesforce certificate tells of its end: the pages name no field, the console shows one.
    CertificateEnd {
        /// `expiration_date`, by Salesforce's own name of it.
        ExpirationDate,
        /// `valid_to`, by the console's.
        ValidTo,
        /// Nowhere.
        Absent,
    }
}

choice! {
    /// Which answers carry the `CreatedDate` of a tenant secret.
    CreatedDate {
        /// GET and lists, but not those of create and actions.
        ReadsOnly,
        /// All.
        Always,
        /// None.
        Never,
    }
}

choice! {
    /// The status of a soft-deleted Azure secret that a synchronization doesn't find any more.
    Vanished {
        /// DELETED.
        Deleted,
        /// SOFT-DELETED, as last seen.
        Kept,
    }
}

choice! {
    /// Spelling of Azure's content type in answers.
    Spelling {
        /// `contentType`.
        CamelCase,
        /// `content_type`.
        SnakeCase,
    }
}

choice! {
    /// Spellings of Azure's content type in requests; another one is ignored.
    SpellingAccepted {
        /// Both.
        Either,
        /// `contentType`.
        CamelCase,
        /// `content_type`.
        SnakeCase,
    }
}

choice! {
    /// Form of Azure's `exp` and `nbf` in answers.
    DateForm {
        /// Seconds since 1970.
        Number,
        /// RFC 3339.
        String,
    }
}

choice! {
    /// Forms of Azure's `exp` and `nbf` in requests.
    DateFormAccepted {
        /// Both.
        Either,
        /// Seconds since 1970.
        Number,
        /// RFC 3339.
        String,
    }
}

choice! {
    /// What a PATCH does to the tags that it doesn't name.
    TagsOnPatch {
        /// Removes them.
        Replaced,
        /// Keeps them.
        Merged,
    }
}

choice! {
    /// Status of a purge that purge protection forbids.
    PurgeProtection {
        /// 403, as Azure answers.
        #[serde(rename = "403")]
        Forbidden,
        /// 409.
        #[serde(rename = "409")]
        Conflict,
    }
}

choice! {
    /// The state of a formerly DISABLED OCI key after cancel-deletion.
    AfterCancel {
        /// DISABLED, as before.
        Disabled,
        /// ENABLED.
        Enabled,
    }
}

choice! {
    /// How CM shows an OCI key whose deletion is final, after a refresh.
    FinalDeletion {
        /// `lifecycle_state` DELETED and `gone`.
        Both,
        /// `lifecycle_state` DELETED alone.
        State,
        /// `gone` alone, with the last state seen.
        Gone,
    }
}

choice! {
    /// What `vault_id` of an OCI key is.
    VaultId {
        /// CM's ID of the vault.
        Uuid,
        /// The vault's OCID.
        Ocid,
    }
}

choice! {
    /// `resources` of a list that matches nothing.
    EmptyResources {
        /// `[]`.
        List,
        /// `null`.
        Null,
    }
}
