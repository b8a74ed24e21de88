//! Files that hold one offset: `<number> <CRC-32C of the number's text, eight hex digits>` and a line end.

use crate::checksum::crc32c;

pub(crate) fn encode(number: i64) -> String {
    let text = number.to_string();
    format!("{text} {:08x}\n", crc32c(text.as_bytes()))
}

/// What [`encode`] wrote, `None` for anything else.
pub(crate) fn decode(text: &str) -> Option<i64> {
    let (number, crc) = text.strip_suffix('\n')?.split_once(' ')?;
    (u32::from_str_radix(crc, 16).ok()? == crc32c(number.as_bytes())).then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_damage_is_seen() {
        for number in [0, 1, 42, i64::MAX] {
            let text = encode(number);
            assert_eq!(decode(&text), Some(number));
            assert_eq!(decode(&text[1..]), None);
            assert_eq!(decode(text.trim_end()), None);
        }
    }
}
