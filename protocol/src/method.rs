//! What a method is: its name, its kind, its reply; and the table that makes all of them.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a method does to the store, and so how a client may retry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Changes nothing; a lost reply is asked for again. Deadline 5 s.
    Read,
    /// Changes the store; carries a `mutation_id`. Deadline 10 s.
    Mutation,
    /// Long; no deadline while it makes progress.
    Bulk,
}

/// A method: its name, what it does, what it answers.
pub trait Method: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Name on the wire.
    const NAME: &'static str;
    /// How it may be retried.
    const KIND: Kind;
    /// What it answers.
    type Reply: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned;
}

/// Something to do with every method's types; see [`crate::request::each_method`].
pub trait MethodVisitor {
    /// Does it with one.
    fn visit<M: Method>(&mut self);
}

/// A method as the reference describes it.
#[derive(Debug, Clone, Copy)]
pub struct MethodInfo {
    /// Name on the wire.
    pub name: &'static str,
    /// How it may be retried.
    pub kind: Kind,
    /// What it does.
    pub doc: &'static str,
    /// Schema of its parameters.
    #[cfg(feature = "schema")]
    pub params: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Schema of its reply.
    #[cfg(feature = "schema")]
    pub reply: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// A name from outside, short and printable.
pub(crate) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Makes a struct of every method, and the enum and tables of all.
macro_rules! methods {
    ($($(#[doc = $doc:literal])+ $wire:literal $kind:ident $name:ident -> $reply:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl Method for $name {
                const NAME: &'static str = $wire;
                const KIND: Kind = Kind::$kind;
                type Reply = response::$reply;
            }
        )*

        /// Any request, typed.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Request { $($(#[doc = $doc])+ $name($name),)* }

        impl Request {
            /// Reads a request's parameters.
            ///
            /// # Errors
            /// `unsupported` for a method this version does not know, `invalid` for parameters it cannot read.
            pub fn decode(method: &str, params: &[u8]) -> Result<Self, WireError> {
                match method {
                    $($wire => from_map(params).map(Self::$name),)*
                    _ => Err(WireError::new(ErrorCode::Unsupported, format!("there is no method `{}`", $crate::method::shown(method)))
                        .hint("client and daemon may be of different versions: heph doctor")),
                }
            }

            /// How the request may be retried.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$kind,)* }
            }

            /// Its method's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)* }
            }
        }

        /// Shows a visitor every method, in the order of the reference.
        pub fn each_method(visitor: &mut impl MethodVisitor) {
            $(visitor.visit::<$name>();)*
        }

        /// Every method, in the order of the reference.
        pub const METHODS: &[MethodInfo] = &[$(MethodInfo {
            name: $wire,
            kind: Kind::$kind,
            doc: concat!($($doc, "\n"),+),
            #[cfg(feature = "schema")]
            params: |generator| generator.subschema_for::<$name>(),
            #[cfg(feature = "schema")]
            reply: |generator| generator.subschema_for::<response::$reply>(),
        },)*];
    };
}

pub(crate) use methods;
