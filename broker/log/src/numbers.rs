//! Files that hold a few offsets: the numbers with spaces between them, the CRC-32C of that text in eight hex digits, and a
//! line end.

use crate::checksum::crc32c;

pub(crate) fn encode<const N: usize>(numbers: [i64; N]) -> String {
    let text = numbers.map(|number| number.to_string()).join(" ");
    format!("{text} {:08x}\n", crc32c(text.as_bytes()))
}

/// What [`encode`] wrote, `None` for anything else.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[i64; N]> {
    let (text, crc) = text.strip_suffix('\n')?.rsplit_once(' ')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32c(text.as_bytes()) {
        return None;
    }
    let numbers: Option<Vec<i64>> = text.split(' ').map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_damage_is_seen() {
        for numbers in [[0, 1], [42, i64::MAX]] {
            let text = encode(numbers);
            assert_eq!(decode(&text), Some(numbers));
            assert_eq!(decode::<1>(&text), None);
            assert_eq!(decode::<2>(&text[1..]), None);
            assert_eq!(decode::<2>(text.trim_end()), None);
        }
    }
}
