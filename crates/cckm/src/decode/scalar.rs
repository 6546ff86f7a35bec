//! Values whose JSON type isn't reliable.

use super::folded::folded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// A text, number or flag, whichever way it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Scalar {
    #[default]
    Absent,
    Flag(bool),
    Integer(i64),
    Text(String),
}

impl Scalar {
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            // A page shows totals as "0,".
            Self::Text(text) => text.trim().trim_end_matches(',').parse().ok(),
            Self::Absent | Self::Flag(_) => None,
        }
    }

    pub(crate) fn count(&self) -> Option<u64> {
        self.integer().and_then(|number| number.try_into().ok())
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) => text.trim().to_ascii_lowercase().parse().ok(),
            Self::Integer(0) => Some(false),
            Self::Integer(1) => Some(true),
            Self::Absent | Self::Integer(_) => None,
        }
    }

    pub(crate) fn timestamp(&self) -> Option<jiff::Timestamp> {
        let moment = match (self.integer(), self) {
            (Some(seconds), _) => jiff::Timestamp::from_second(seconds).ok()?,
            (None, Self::Text(text)) => text.trim().parse().ok()?,
            _ => return None,
        };
        // 1970 and the year 1 stand for "never set".
        (moment.as_second() > 0).then_some(moment)
    }

    pub(crate) fn word<W: From<String>>(&self) -> Option<W> {
        self.text().map(W::from)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Bool(flag) => Self::Flag(flag),
            Value::String(text) => Self::Text(text),
            // Go writes whole numbers of unknown type as 1.649826256e+09.
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => number
                    .as_f64()
                    .and_then(|float| float.to_string().parse().ok())
                    .map_or(Self::Absent, Self::Integer),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Absent,
        })
    }
}

/// Something whose absence, null or wrong type is its default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lenient<T>(pub(crate) T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).unwrap_or_default()))
    }
}

/// The same for an object whose fields may be spelt in any casing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folded<T>(pub(crate) T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Folded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(
            folded(&mut serde_json::Deserializer::from_str(raw.get())).unwrap_or_default(),
        ))
    }
}

/// Names chosen by users, with texts.
pub(crate) type Tags = Lenient<BTreeMap<String, Scalar>>;

impl Tags {
    pub(crate) fn texts(self) -> BTreeMap<String, String> {
        self.0
            .into_iter()
            .map(|(name, value)| (name, value.text().unwrap_or_default()))
            .collect()
    }
}
