//! Words of the command line turned into values, with messages that say what is wanted.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::driver::RECORD_BYTES_MAX;

/// `name=value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Parses `name=value`; the value may be empty and may hold `=`.
pub(crate) fn pair(text: &str) -> Result<Pair, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            Ok(Pair { name: name.trim().to_owned(), value: value.to_owned() })
        }
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// A parser of numbers that are not below `least` nor above `most`; its message has both.
pub(crate) fn number<T>(least: T, most: T) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + fmt::Display + Copy,
{
    move |text| {
        let number = text.parse::<T>().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("write a whole number from {least} to {most}"))
    }
}

/// The name of a group to read in.
pub(crate) fn group(text: &str) -> Result<String, String> {
    match text {
        "" => Err("the name of a group has at least one character".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// A number of bytes: `1024`, `16k`, `1MiB`, `4G`; units are powers of 1024.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "ki" | "kib" => 10,
        "m" | "mb" | "mi" | "mib" => 20,
        "g" | "gb" | "gi" | "gib" => 30,
        "t" | "tb" | "ti" | "tib" => 40,
        _ => return Err("write a number of bytes such as 1024, 16KiB or 4GiB".to_owned()),
    };
    let number: u64 =
        digits.parse().map_err(|_| "write a number of bytes such as 1024 or 16KiB".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "the number is too large".to_owned())
}

/// A number of bytes that a record may have.
pub(crate) fn record_bytes(text: &str) -> Result<u64, String> {
    match bytes(text)? {
        number if number > RECORD_BYTES_MAX as u64 => {
            Err(format!("a record has at most {RECORD_BYTES_MAX} bytes"))
        }
        number => Ok(number),
    }
}

/// A span of time: `500ms`, `30s`, `5m`, `2h`, `7d`; a plain number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| "write a time such as 500ms, 30s, 5m or 2h".to_owned())?;
    let scaled = match &text[digits.len()..] {
        "ms" => Some(number),
        "" | "s" => number.checked_mul(1000),
        "m" | "min" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => return Err("write a time such as 500ms, 30s, 5m or 2h".to_owned()),
    };
    scaled.map(Duration::from_millis).ok_or_else(|| "the time is too long".to_owned())
}

/// A span of time to wait at most: as [`duration`], but not zero, and at most a day, which client libraries can count.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_secs(86_400);
    match duration(text)? {
        time if time.is_zero() => Err("a timeout is longer than nothing".to_owned()),
        time if time > MAX => Err("a timeout is at most a day".to_owned()),
        time => Ok(time),
    }
}

/// A separator as a person can type it: `\t` is a tab.
pub(crate) fn separator(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a separator has at least one character".to_owned()),
        text => unescape(text),
    }
}

/// `\n`, `\t`, `\r`, `\0` and `\\` as the characters that they mean; a `\` at the end is one.
pub(crate) fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('0') => plain.push('\0'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => {
                return Err(format!(r"there is no \{other}; there are \n \t \r \0 and \\ for a backslash"));
            }
        }
    }
    Ok(plain)
}

/// Where reading starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    /// The oldest record.
    Earliest,
    /// After the newest record.
    Latest,
    /// An offset.
    Offset(i64),
    /// So many records before the end.
    BeforeEnd(i64),
    /// The first record at or after a time, in milliseconds since 1970.
    Time(i64),
}

/// Parses `earliest`, `latest`, `42`, `-10` (ten before the end), or `@` with a time.
pub(crate) fn position(text: &str) -> Result<Position, String> {
    const WANTED: &str =
        "write earliest, latest, an offset, -N for N before the end, or @TIME (see --help for times)";
    match text {
        "earliest" | "beginning" => Ok(Position::Earliest),
        "latest" | "end" => Ok(Position::Latest),
        _ => match text.strip_prefix('@') {
            Some(time) => timestamp(time).map(Position::Time),
            None => match text.parse::<i64>() {
                Ok(number) if number < 0 => {
                    number.checked_neg().map(Position::BeforeEnd).ok_or_else(|| WANTED.to_owned())
                }
                Ok(number) => Ok(Position::Offset(number)),
                Err(_) => Err(WANTED.to_owned()),
            },
        },
    }
}

/// A time: milliseconds since 1970, or `2026-11-22`, `2026-11-22T13:45:00`, with `Z` or without (UTC either way).
pub(crate) fn timestamp(text: &str) -> Result<i64, String> {
    const WANTED: &str = "write milliseconds since 1970, 2026-11-22 or 2026-11-22T13:45:00Z";
    if let Ok(number) = text.parse::<i64>() {
        return if number >= 0 { Ok(number) } else { Err(WANTED.to_owned()) };
    }
    let plain = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = plain.split_once(['T', ' ']).unwrap_or((plain, "00:00:00"));
    let numbers = |text: &str, separator: char| -> Option<Vec<i64>> {
        text.split(separator).map(|part| part.parse::<i64>().ok().filter(|&number| number >= 0)).collect()
    };
    let (date, time) = match (numbers(date, '-'), numbers(time, ':')) {
        (Some(date), Some(time)) if date.len() == 3 && (time.len() == 2 || time.len() == 3) => (date, time),
        _ => return Err(WANTED.to_owned()),
    };
    let second = time.get(2).copied().unwrap_or_default();
    let legal = (1970..=9999).contains(&date[0])
        && (1..=12).contains(&date[1])
        && (1..=days_of_month(date[0], date[1])).contains(&date[2]);
    if !legal || time[0] > 23 || time[1] > 59 || second > 59 {
        return Err(WANTED.to_owned());
    }
    let seconds =
        days_since_1970(date[0], date[1], date[2]) * 86_400 + time[0] * 3600 + time[1] * 60 + second;
    Ok(seconds * 1000)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar: years counted from March, so that the leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// How many days a month from 1 to 12 has.
fn days_of_month(year: i64, month: i64) -> i64 {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_since_1970(next.0, next.1, 1) - days_since_1970(year, month, 1)
}

/// Milliseconds since 1970 as `2026-11-22T13:45:00.123Z`.
pub(crate) fn show_timestamp(millis: i64) -> String {
    let days = millis.div_euclid(86_400_000);
    let in_day = millis.rem_euclid(86_400_000);
    // Find the date by guessing the year and stepping: exact, and only used to print.
    let mut year = 1970 + days.div_euclid(366);
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_since_1970(year, month + 1, 1) <= days {
        month += 1;
    }
    let day = days - days_since_1970(year, month, 1) + 1;
    let (hour, minute, second) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", in_day % 1000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(Pair { name: "a".into(), value: "b=c".into() }));
        assert_eq!(pair("a="), Ok(Pair { name: "a".into(), value: String::new() }));
        assert!(pair("=b").is_err() && pair("a").is_err());
    }

    #[test]
    fn numbers_have_bounds() {
        let number = number::<i32>(1, 10_000);
        assert_eq!((number("1"), number("10000")), (Ok(1), Ok(10_000)));
        for text in ["0", "10001", "-1", "abc", "", "1.5", "99999999999"] {
            assert_eq!(number(text).unwrap_err(), "write a whole number from 1 to 10000", "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, number) in
            [("0", 0), ("1024", 1024), ("16k", 16 << 10), ("1MiB", 1 << 20), ("4G", 4 << 30)]
        {
            assert_eq!(bytes(text), Ok(number), "{text}");
        }
        for text in ["", "k", "1.5k", "-1", "9x", "99999999999999999999", "99999999999t"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, millis) in
            [("500ms", 500), ("3", 3000), ("2m", 120_000), ("1h", 3_600_000), ("1d", 86_400_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "ms", "1y", "-1s", "18446744073709551615d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn timeouts_have_bounds() {
        assert_eq!(timeout("1ms"), Ok(Duration::from_millis(1)));
        assert!(
            timeout("0").is_err() && timeout("25h").is_err() && timeout("18446744073709551615ms").is_err()
        );
    }

    #[test]
    fn positions() {
        for (text, wanted) in [
            ("earliest", Position::Earliest),
            ("end", Position::Latest),
            ("42", Position::Offset(42)),
            ("-10", Position::BeforeEnd(10)),
            ("@0", Position::Time(0)),
            ("@1970-01-02", Position::Time(86_400_000)),
        ] {
            assert_eq!(position(text), Ok(wanted), "{text}");
        }
        for text in ["", "first", "@", "@yesterday", "4.2", "-9223372036854775808", "-"] {
            assert!(position(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_read_and_write_the_same() {
        for (text, millis) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.000Z", 951_868_799_000),
            ("2026-11-22T13:45:00.000Z", 1_795_355_100_000),
            ("2024-12-31T00:00:00.000Z", 1_735_603_200_000),
        ] {
            assert_eq!(show_timestamp(millis), text);
            assert_eq!(timestamp(&text.replace(".000", "")), Ok(millis), "{text}");
        }
        for days in (0..200_000).step_by(17) {
            let text = show_timestamp(days * 86_400_000);
            assert_eq!(timestamp(&text[..10]), Ok(days * 86_400_000), "{text}");
        }
        for text in [
            "2026-13-01",
            "2026-00-10",
            "2026-02-29",
            "2026-04-31",
            "2026-11-22T25:00",
            "2026-11-22ZZ",
            "tomorrow",
            "-5",
            "2026-11",
        ] {
            assert!(timestamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r"a\tb\n\\q"), Ok("a\tb\n\\q".to_owned()));
        assert_eq!(unescape("\\"), Ok("\\".to_owned()));
        assert_eq!(
            unescape(r"a\q").unwrap_err(),
            r"there is no \q; there are \n \t \r \0 and \\ for a backslash"
        );
        assert!(separator(r"\x").is_err());
        assert_eq!(separator(r"\t"), Ok("\t".to_owned()));
        assert!(separator("").is_err());
    }
}
