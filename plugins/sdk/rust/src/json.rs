use crate::Result;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A JSON value that the host gave, as its text, which is known to be valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    pub(crate) fn new(text: String) -> Self {
        Json(text.trim().to_owned())
    }

    /// The value as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A string; anything else is an error.
    pub fn string(&self) -> Result<String> {
        let inside = self.0.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inside.map(unescape).ok_or_else(|| format!("{} is no string", self.0).into())
    }

    /// A number; anything else is an error.
    pub fn number(&self) -> Result<f64> {
        self.0.parse().map_err(|_| format!("{} is no number", self.0).into())
    }

    /// Whether the value is this string.
    pub fn is_string(&self, text: &str) -> bool {
        self.string().map_or(false, |string| string == text)
    }

    /// A whole number; anything else is an error.
    pub fn int(&self) -> Result<i64> {
        self.0.parse().map_err(|_| format!("{} is no whole number", self.0).into())
    }

    /// Whether the value is true.
    pub fn is_true(&self) -> bool {
        self.0 == "true"
    }

    /// The member of an object; none when there is none, or this is no object.
    /// Of several the last one counts.
    pub fn get(&self, name: &str) -> Option<Json> {
        let mut inside = Values(self.0.strip_prefix('{')?);
        let mut found = None;
        while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
            if Json(key.to_owned()).is_string(name) {
                found = Some(value);
            }
        }
        found.map(|value| Json(value.to_owned()))
    }

    /// The elements of an array; none for anything else.
    pub fn elements(&self) -> Vec<Json> {
        let inside = self.0.strip_prefix('[').unwrap_or("");
        Values(inside).map(|value| Json(value.to_owned())).collect()
    }
}

/// A text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\0'..='\x1f' => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The values inside of an array or object, one after the other.
struct Values<'a>(&'a str);

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(separates);
        let (value, rest) = rest.split_at(end(rest));
        self.0 = rest;
        (!value.is_empty()).then(|| value)
    }
}

/// Whether a character stands between values.
fn separates(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | ':')
}

/// Where the value that a text begins with ends.
fn end(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' | '{' => depth += 1,
            ']' | '}' if depth == 0 => return i,
            ']' | '}' => depth -= 1,
            _ if depth == 0 && separates(c) => return i,
            _ => continue,
        }
        if depth == 0 && !quoted {
            return i + 1;
        }
    }
    text.len()
}

/// What stands in a JSON string. Half a surrogate pair becomes U+FFFD.
fn unescape(text: &str) -> String {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        units.push(match rest.next().unwrap_or(c) {
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => rest.by_ref().take(4).filter_map(|c| c.to_digit(16)).fold(0, |n, digit| n << 4 | digit as u16),
            c => c as u16,
        });
    }
    String::from_utf16_lossy(&units)
}
