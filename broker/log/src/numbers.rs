//! Files that hold a few offsets: the numbers with spaces between them, the CRC-32C of that text in eight hex digits, and a
//! line end.

use crate::checksum::crc32c;
use crate::error::Unfit;

pub(crate) fn encode<const N: usize>(numbers: [i64; N]) -> String {
    let text = numbers.map(|number| number.to_string()).join(" ");
    format!("{text} {:08x}\n", crc32c(text.as_bytes()))
}

/// What [`encode`] wrote, or why it is something else.
pub(crate) fn decode<const N: usize>(text: &str) -> Result<[i64; N], Unfit> {
    let numbers = decode_any(text).ok_or(Unfit::Damaged)?;
    numbers.try_into().map_err(|numbers: Vec<i64>| Unfit::Numbers { found: numbers.len(), known: N })
}

fn decode_any(text: &str) -> Option<Vec<i64>> {
    let (text, crc) = text.strip_suffix('\n')?.rsplit_once(' ')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32c(text.as_bytes()) {
        return None;
    }
    text.split(' ').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_damage_is_seen() {
        for numbers in [[0, 1], [42, i64::MAX]] {
            let text = encode(numbers);
            assert_eq!(decode(&text), Ok(numbers));
            assert_eq!(decode::<1>(&text), Err(Unfit::Numbers { found: 2, known: 1 }));
            assert_eq!(decode::<2>(&text[1..]), Err(Unfit::Damaged));
            assert_eq!(decode::<2>(text.trim_end()), Err(Unfit::Damaged));
        }
    }
}
