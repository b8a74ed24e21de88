//! Just enough HTTP to call an application on this machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// How long an answer may take: an application may wait for its broker.
const LIMIT: Duration = Duration::from_secs(40);
/// The longest answer that is read.
const BYTES_MAX: u64 = 1 << 20;

/// The body of the answer to `GET path`.
pub fn get(port: u16, path: &str) -> Result<String> {
    call(port, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

/// The body of the answer to `POST path` with a JSON body.
pub fn post_json(port: u16, path: &str, body: &serde_json::Value) -> Result<String> {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    call(port, &(head + &body))
}

/// One connection for one request: HTTP/1.0 says the end of the body by closing.
fn call(port: u16, request: &str) -> Result<String> {
    let mut stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("the application does not listen")?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(BYTES_MAX).read_to_string(&mut answer).context("no whole answer")?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    ensure!(head.split_whitespace().nth(1) == Some("200"), "{}", head.lines().next().unwrap_or_default());
    Ok(body.to_owned())
}
