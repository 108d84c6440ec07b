//! Pages: titles, journals, texts.
