//! Writes the Rust of the Kafka messages from the schemas in `broker/wire/schemas`.

mod emit;
mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use self::schema::Api;

const SCHEMAS: &str = "broker/wire/schemas";
const GENERATED: &str = "broker/wire/src/generated";

/// File name → formatted text of every generated file.
type Files = BTreeMap<String, String>;

/// Writes the generated files, or with `check` says which of them differ from what the schemas make.
pub(crate) fn run(check: bool) -> Result<()> {
    let stale = bring_up_to_date(&messages(&apis()?)?, check)?;
    if check && !stale.is_empty() {
        bail!("not current, run `cargo run -p xtask -- codegen`: {}", stale.join(", "));
    }
    Ok(())
}

/// The repository's root, wherever the command was started.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names the files that differ from these, and unless this is a check, writes and removes them.
fn bring_up_to_date(files: &Files, check: bool) -> Result<Vec<String>> {
    let folder = root().join(GENERATED);
    let mut stale = Vec::new();
    for (name, text) in files {
        if fs::read_to_string(folder.join(name)).is_ok_and(|old| old == *text) {
            continue;
        }
        stale.push(name.clone());
        if !check {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(name), text).with_context(|| format!("writing {GENERATED}/{name}"))?;
        }
    }
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {GENERATED}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !files.contains_key(&name) {
            stale.push(name.clone());
            if !check {
                fs::remove_file(folder.join(&name))?;
            }
        }
    }
    Ok(stale)
}

/// Every schema, by API key.
fn apis() -> Result<Vec<Api>> {
    let mut paths: Vec<_> = fs::read_dir(root().join(SCHEMAS))
        .with_context(|| format!("reading {SCHEMAS}"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "weir"));
    let mut apis = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path)?;
        apis.push(schema::parse(&text).with_context(|| format!("in {}", path.display()))?);
    }
    apis.sort_by_key(|api| api.key);
    Ok(apis)
}

fn messages(apis: &[Api]) -> Result<Files> {
    let mut files = Files::new();
    for api in apis {
        for message in [&api.request, &api.response] {
            files.insert(format!("{}.rs", message.module()), format_rust(&emit::message(api, message))?);
        }
    }
    files.insert("mod.rs".into(), format_rust(&emit::index(apis))?);
    Ok(files)
}

fn format_rust(text: &str) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root().join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting rustfmt")?;
    let mut input = child.stdin.take().context("rustfmt has a standard input")?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    if !output.status.success() {
        bail!("rustfmt refused the generated text");
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests;
