//! What is wrong with the fields of an object, in the words of the API server.

use kube::core::response::StatusCause;
use serde_json::Value;

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Required,
    Duplicate,
    Invalid,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    TypeInvalid,
}

impl Wrong {
    fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    pub wrong: Wrong,
    /// Its path; empty for the whole object, which messages call `<nil>`.
    pub field: String,
    /// The value that is wrong, where it is shown.
    pub value: Option<Value>,
    pub detail: String,
}

impl FieldError {
    /// An error that shows no value.
    pub(crate) fn new(wrong: Wrong, field: impl Into<String>, detail: impl Into<String>) -> Self {
        let field = field.into();
        Self {
            wrong,
            field: if field.is_empty() {
                "<nil>".to_owned()
            } else {
                field
            },
            value: None,
            detail: detail.into(),
        }
    }

    pub(crate) fn showing(self, value: Value) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }

    /// An invalid value.
    pub(crate) fn invalid(
        field: impl Into<String>,
        value: Value,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(Wrong::Invalid, field, detail).showing(value)
    }

    pub(crate) fn body(&self) -> String {
        let mut body = self.wrong.words().to_owned();
        if let Some(value) = &self.value {
            body.push_str(": ");
            body.push_str(&value.to_string());
        }
        if !self.detail.is_empty() {
            body.push_str(": ");
            body.push_str(&self.detail);
        }
        body
    }

    pub(crate) fn cause(&self) -> StatusCause {
        StatusCause {
            reason: self.wrong.reason().to_owned(),
            message: self.body(),
            field: self.field.clone(),
        }
    }
}
