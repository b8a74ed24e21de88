//! A stream of bytes cut into records.

use std::io::BufRead;

use crate::driver::RECORD_BYTES_MAX;
use crate::exit::Failure;

/// A record as it stands in the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

/// Reads records; the last one needs no delimiter.
pub(super) struct Records<'a, R> {
    input: R,
    delimiter: &'a [u8],
    key_separator: Option<&'a [u8]>,
    null_value: Option<&'a [u8]>,
    buffer: Vec<u8>,
    number: u64,
}

impl<'a, R: BufRead> Records<'a, R> {
    /// `delimiter` is not empty: the command line makes sure of it.
    pub(super) fn new(
        input: R,
        delimiter: &'a [u8],
        key_separator: Option<&'a [u8]>,
        null_value: Option<&'a [u8]>,
    ) -> Self {
        Self { input, delimiter, key_separator, null_value, buffer: Vec::new(), number: 0 }
    }

    /// The next record, `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Failure> {
        self.buffer.clear();
        if !self.fill()? {
            return Ok(None);
        }
        self.number += 1;
        let text = self.buffer.strip_suffix(self.delimiter).unwrap_or(&self.buffer);
        let (key, value) =
            match self.key_separator.and_then(|separator| Some((separator, find(text, separator)?))) {
                Some((separator, at)) => (Some(&text[..at]), &text[at + separator.len()..]),
                None => (None, text),
            };
        let value = (self.null_value != Some(value)).then_some(value);
        Ok(Some(Record { key, value }))
    }

    /// Reads up to and with the next delimiter; false at the end.
    fn fill(&mut self) -> Result<bool, Failure> {
        let last = self.delimiter.last().copied().unwrap_or(b'\n');
        loop {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                return Ok(!self.buffer.is_empty());
            }
            let found = available.iter().position(|&byte| byte == last);
            let taken = found.map_or(available.len(), |at| at + 1);
            self.buffer.extend_from_slice(&available[..taken]);
            self.input.consume(taken);
            if found.is_some() && self.buffer.ends_with(self.delimiter) {
                return Ok(true);
            }
            if self.buffer.len() > RECORD_BYTES_MAX {
                return Err(Failure::usage(format!(
                    "record {} of the input has more than {RECORD_BYTES_MAX} bytes",
                    self.number + 1
                ))
                .hint(
                    "is the delimiter right? --delimiter names another one, --whole-files sends files whole",
                ));
            }
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Records as text, read through a buffer of `capacity` bytes.
    fn cut(
        input: &str,
        capacity: usize,
        delimiter: &str,
        separator: Option<&str>,
    ) -> Vec<(Option<String>, Option<String>)> {
        let input = std::io::BufReader::with_capacity(capacity, input.as_bytes());
        let mut records =
            Records::new(input, delimiter.as_bytes(), separator.map(str::as_bytes), Some(b"NULL"));
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            all.push((text(record.key), text(record.value)));
        }
        all
    }

    fn value(text: &str) -> (Option<String>, Option<String>) {
        (None, Some(text.to_owned()))
    }

    #[test]
    fn lines_become_records() {
        for capacity in [1, 2, 3, 64] {
            assert_eq!(
                cut("a\n\nbc\nd", capacity, "\n", None),
                [value("a"), value(""), value("bc"), value("d")]
            );
            assert_eq!(cut("", capacity, "\n", None), []);
            assert_eq!(cut("\n", capacity, "\n", None), [value("")]);
        }
    }

    #[test]
    fn keys_are_cut_at_the_first_separator() {
        let pair = |key: &str, text: &str| (Some(key.to_owned()), Some(text.to_owned()));
        assert_eq!(
            cut("k:v\nplain\n:x\na:b:c\n", 4, "\n", Some(":")),
            [pair("k", "v"), value("plain"), pair("", "x"), pair("a", "b:c")]
        );
        assert_eq!(cut("k::v\n", 4, "\n", Some("::")), [pair("k", "v")]);
    }

    #[test]
    fn a_delimiter_may_have_several_characters() {
        for capacity in [1, 2, 3, 64] {
            assert_eq!(cut("a\nb||c|d||", capacity, "||", None), [value("a\nb"), value("c|d")]);
        }
    }

    #[test]
    fn the_null_value_is_no_value() {
        assert_eq!(cut("k:NULL\nNULL\n", 8, "\n", Some(":")), [(Some("k".to_owned()), None), (None, None)]);
    }
}
