//! What commands print: tables for people, JSON and YAML for scripts. Results go to standard output, everything that is
//! said about them to standard error.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::exit::Failure;

/// How a result is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For scripts: one JSON document.
    Json,
    /// For scripts and people: one YAML document.
    Yaml,
}

/// Writes a result in the wished format; `human` makes the text for people.
pub(crate) fn show<T: Serialize>(
    format: Format,
    value: &T,
    human: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let text = match format {
        Format::Table => human(value),
        Format::Json => {
            serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))? + "\n"
        }
        Format::Yaml => serde_saphyr::to_string(value).map_err(|error| Failure::failed(error.to_string()))?,
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Tells a script what was deleted; a person was told line by line.
pub(crate) fn show_deleted<T: Serialize>(format: Format, names: &[T]) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Deleted<'a, T> {
        deleted: &'a [T],
    }
    match format {
        Format::Table => Ok(()),
        format => show(format, &Deleted { deleted: names }, |_| String::new()),
    }
}

/// A line on standard error. A closed standard error is nobody's concern.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A line on standard output that a person may be waiting for.
pub(crate) fn line(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Whether a person watches standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Text that others chose, such as the name of a group, without what would steer a terminal.
fn printable(text: String) -> String {
    match text.contains(char::is_control) {
        true => {
            text.chars().map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it }).collect()
        }
        false => text,
    }
}

/// Rows under headings; columns of numbers are aligned to the right.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells.into_iter().map(printable).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn is_number(cell: &str) -> bool {
        cell == "-" || cell.parse::<f64>().is_ok()
    }

    pub(crate) fn render(&self) -> String {
        let columns = 0..self.headings.len();
        let widths: Vec<usize> = columns
            .clone()
            .map(|at| {
                let cells = self.rows.iter().map(|row| row[at].chars().count());
                cells.chain([self.headings[at].len()]).max().unwrap_or_default()
            })
            .collect();
        let right: Vec<bool> = columns
            .map(|at| !self.rows.is_empty() && self.rows.iter().all(|row| Self::is_number(&row[at])))
            .collect();
        let mut text = String::new();
        let headings: Vec<String> = self.headings.iter().map(|&heading| heading.to_owned()).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[at] - cell.chars().count());
                let gap = if at > 0 { "  " } else { "" };
                match right[at] {
                    true => line.push_str(&format!("{gap}{padding}{cell}")),
                    false => line.push_str(&format!("{gap}{cell}{padding}")),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn tables_align_numbers_to_the_right() {
        let mut table = Table::new(&["TOPIC", "PARTITIONS", "NOTE"]);
        table.row(vec!["orders".into(), "12".into(), "größer".into()]);
        table.row(vec!["a".into(), "3".into(), String::new()]);
        expect![[r#"
            TOPIC   PARTITIONS  NOTE
            orders          12  größer
            a                3
        "#]]
        .assert_eq(&table.render());
    }

    #[test]
    fn nothing_in_a_table_steers_the_terminal() {
        let mut table = Table::new(&["GROUP"]);
        table.row(vec!["a\u{1b}[2J\nb".into()]);
        expect![[r#"
            GROUP
            a�[2J�b
        "#]]
        .assert_eq(&table.render());
    }

    #[test]
    fn an_empty_table_is_its_headings() {
        expect![[r#"
            A  B
        "#]]
        .assert_eq(&Table::new(&["A", "B"]).render());
    }
}
