//! What the broker says in its log, for tests that look at it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

/// Log lines while this lives.
pub(crate) struct LogLines {
    text: Text,
    _guard: Option<DefaultGuard>,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn subscriber(text: &Text) -> impl tracing::Subscriber + Send + Sync + use<> {
    let writer = text.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish()
}

impl LogLines {
    /// Those of this thread: a broker in a test has its tasks there, but for what waits for the disk.
    pub(crate) fn listen() -> Self {
        let text = Text::default();
        let guard = tracing::subscriber::set_default(subscriber(&text));
        Self { text, _guard: Some(guard) }
    }

    /// Those of every thread, for good: for a test that is alone in its file.
    pub(crate) fn listen_everywhere() -> Self {
        let text = Text::default();
        tracing::subscriber::set_global_default(subscriber(&text)).unwrap();
        Self { text, _guard: None }
    }

    /// The lines up to now that hold `part`.
    pub(crate) fn with(&self, part: &str) -> Vec<String> {
        let text = String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }
}
