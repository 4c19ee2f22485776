//! Code tables (OQSCD001–044) as enums. An unknown code is kept verbatim, so that a newer service is not
//! misread, and [`tables`] lists every table for documents and tests.
//!
//! Values: the published tables of public clients (hangilc/myclinic-ts `codes.ts` and others following 別紙5-1).

/// One code table, as data.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Number, 1 to 44 (`OQSCD001` to `OQSCD044`). A type that serves several tables stands under each.
    pub number: u8,
    /// Name of the type in this crate.
    pub name: &'static str,
    /// Code, Japanese, English.
    pub values: &'static [(&'static str, &'static str, &'static str)],
}

/// Every table, in the order of their numbers.
pub fn tables() -> Vec<Table> {
    let mut tables: Vec<_> = [
        CONSENT_TABLES,
        OPERATION_TABLES,
        QUALIFICATION_TABLES,
        TICKET_TABLES,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect();
    tables.sort_by_key(|table| table.number);
    tables
}

macro_rules! code {
    ($(#[$meta:meta])* pub enum $type:ident($table:literal) {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $ja:literal, $en:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $type {
            $($(#[$variant_meta])* #[doc = concat!("`", $code, "` ", $ja, ".")] $variant,)*
            /// A code that is not in the table, verbatim.
            Unknown(String),
        }

        impl $type {
            /// Code, Japanese, English of every known code.
            pub const VALUES: &'static [(&'static str, &'static str, &'static str)] =
                &[$(($code, $ja, $en)),*];

            /// The variant of a code; surrounding spaces do not matter for known codes.
            pub fn from_code(code: &str) -> Self {
                match code.trim() {
                    $($code => Self::$variant,)*
                    _ => Self::Unknown(code.to_owned()),
                }
            }

            /// The code on the wire.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }

            /// Name in Japanese; an unknown code stands for itself.
            pub fn ja(&self) -> &str {
                match self {
                    $(Self::$variant => $ja,)*
                    Self::Unknown(code) => code,
                }
            }

            /// Name in English; an unknown code stands for itself.
            pub fn en(&self) -> &str {
                match self {
                    $(Self::$variant => $en,)*
                    Self::Unknown(code) => code,
                }
            }

            /// False for a code that is not in the table.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl $crate::record::Value for $type {
            fn read(
                name: &str,
                content: $crate::element::Content,
            ) -> Result<Option<Self>, $crate::error::OqsError> {
                Ok($crate::record::Value::read(name, content)?.map(|code: String| Self::from_code(&code)))
            }

            fn write(&self) -> Option<$crate::element::Content> {
                // An unknown code of white space only is no code.
                (!self.code().trim().is_empty())
                    .then(|| $crate::element::Content::Text(self.code().to_owned()))
            }

            fn doubts(&self, doubts: &mut $crate::doubt::Doubts) {
                let meaning = self.is_known().then(|| (self.ja().to_owned(), self.en().to_owned()));
                doubts.value(self.code(), meaning);
                if let Self::Unknown(code) = self {
                    doubts.unknown_code($table, code);
                }
            }

            #[cfg(test)]
            fn sample() -> Self {
                Self::from_code(Self::VALUES[0].0)
            }

            #[cfg(test)]
            fn any(random: &mut $crate::record::Random) -> Self {
                match random.below(Self::VALUES.len() + 1) {
                    0 => Self::Unknown("Z9".to_owned()),
                    place => Self::from_code(Self::VALUES[place - 1].0),
                }
            }
        }
    };
}

mod consent;
mod operation;
mod qualification;
mod ticket;

pub use consent::*;
pub use operation::*;
pub use qualification::*;
pub use ticket::*;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_44_tables_are_there_with_distinct_codes() {
        let tables = tables();
        for number in 1..=44 {
            assert!(
                tables.iter().any(|t| t.number == number),
                "OQSCD{number:03}"
            );
        }
        for table in tables {
            let mut codes: Vec<_> = table.values.iter().map(|v| v.0).collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), table.values.len(), "{}", table.name);
        }
    }
}
