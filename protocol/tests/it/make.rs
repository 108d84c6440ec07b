//! Makes values of any wire type, through the type's own `Deserialize`: somebody chooses, serde assembles.
//!
//! So a new field or a new message is covered the moment it exists.

use std::slice::Iter;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Chooses the parts of a value.
pub(crate) trait Choices {
    /// Whether an optional part is there, or a flag is set.
    fn yes(&mut self) -> bool;
    /// How many elements a list has.
    fn length(&mut self) -> usize;
    /// One of so many variants.
    fn variant(&mut self, count: usize) -> usize;
    /// A number up to `most`.
    fn unsigned(&mut self, most: u64) -> u64;
    /// A number.
    fn signed(&mut self) -> i32;
    /// A finite number.
    fn float(&mut self) -> f64;
    /// A text for a field.
    fn text(&mut self, field: &str) -> String;
    /// Bytes.
    fn bytes(&mut self) -> Vec<u8>;
}

/// Length of an id of the hub's API.
const ID_BYTES: usize = 16;

/// Makes a value.
pub(crate) fn make<T: DeserializeOwned>(choices: &mut dyn Choices) -> T {
    T::deserialize(Maker { choices, field: "" }).expect("a wire type uses only what `Maker` makes")
}

struct Maker<'a> {
    choices: &'a mut dyn Choices,
    field: &'static str,
}

impl<'de> Deserializer<'de> for Maker<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a field of a kind that no wire type had before: teach `Maker` to make it"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.choices.yes())
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.choices.unsigned(u8::MAX.into()))
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.choices.unsigned(u32::MAX.into()))
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.choices.unsigned(u64::MAX))
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.choices.signed())
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let size = i64::try_from(self.choices.unsigned(i64::MAX as u64)).unwrap_or(i64::MAX);
        visitor.visit_i64(if self.choices.yes() { -size } else { size })
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.choices.float())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.choices.text(self.field))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.choices.bytes())
    }

    /// Bytes of a fixed length are an id.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut id = self.choices.bytes();
        id.resize(ID_BYTES, 0);
        visitor.visit_bytes(&id)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Elements { choices: self.choices, field: self.field, left: length })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.choices.yes() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.choices.length();
        visitor.visit_seq(Elements { choices: self.choices, field: self.field, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { choices: self.choices, fields: fields.iter(), field: "" })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = variants[self.choices.variant(variants.len())];
        visitor.visit_enum(Variant { choices: self.choices, name })
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u16 u128 f32 char str unit unit_struct newtype_struct tuple_struct map identifier ignored_any
    }
}

struct Variant<'a> {
    choices: &'a mut dyn Choices,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Maker { choices: self.choices, field: self.name })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a variant of a kind that no wire type had before: teach `Variant` to make it"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a variant of a kind that no wire type had before: teach `Variant` to make it"))
    }
}

struct Elements<'a> {
    choices: &'a mut dyn Choices,
    field: &'static str,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(Maker { choices: self.choices, field: self.field }).map(Some)
    }
}

struct Fields<'a> {
    choices: &'a mut dyn Choices,
    fields: Iter<'static, &'static str>,
    field: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.field = field;
        seed.deserialize(StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Maker { choices: self.choices, field: self.field })
    }
}
