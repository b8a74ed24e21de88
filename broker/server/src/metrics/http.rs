//! `/metrics`, `/healthz` and `/readyz` over HTTP/1.1, just enough of it: one GET per connection, bounded in head,
//! time and number of connections. It knows nothing of what it shows; the broker hands it the three answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use weir_env::net::{TcpListener, TcpStream};
use weir_env::task::{self, JoinHandle};

/// A request's head: curl and Prometheus send a few hundred bytes.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Scrapers and probes at one time; one more waits in the backlog.
const CONNECTIONS_MAX: usize = 16;

/// A whole exchange.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long the loop rests when the process has no file descriptor left for a scraper.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What an exchange asks the broker.
pub(crate) trait Answers: Send + Sync + 'static {
    /// OpenMetrics text.
    fn metrics(&self) -> String;
    /// Whether the process works at all: `Err` says what does not.
    fn healthy(&self) -> Result<(), String>;
    /// Whether it serves clients.
    fn ready(&self) -> Result<(), String>;
}

/// Serves until the task is aborted.
pub(crate) fn serve(listener: TcpListener, answers: Arc<dyn Answers>) -> JoinHandle<()> {
    task::spawn(async move {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let answers = Arc::clone(&answers);
                    task::spawn(async move {
                        let exchange = exchange(stream, answers.as_ref());
                        // A scraper that is slow or went away learns nothing, and nobody else needs to know.
                        let _ = task::timeout(EXCHANGE_TIME_MAX, exchange).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection to the metrics port");
                    task::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    })
}

async fn exchange(mut stream: TcpStream, answers: &dyn Answers) -> std::io::Result<()> {
    let Some(head) = read_head(&mut stream).await? else { return Ok(()) };
    let response = respond(&head, answers);
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

/// The request up to the empty line; `None` when the peer closed first. A head that is too long is cut, which
/// [`respond`] refuses.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::with_capacity(1024);
    let mut buffer = [0; 1024];
    while head.len() < HEAD_BYTES_MAX && !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await? {
            0 => return Ok(None),
            read => head.extend_from_slice(&buffer[..read]),
        }
    }
    Ok(Some(head))
}

fn respond(head: &[u8], answers: &dyn Answers) -> String {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = std::str::from_utf8(line).unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !words.next().unwrap_or_default().starts_with("HTTP/1.") {
        return response("400 Bad Request", TEXT, "not an HTTP/1 request\n", true);
    }
    let body = match method {
        "GET" => true,
        "HEAD" => false,
        _ => return response("405 Method Not Allowed", TEXT, "only GET and HEAD\n", true),
    };
    let probe = |result: Result<(), String>| match result {
        Ok(()) => response("200 OK", TEXT, "ok\n", body),
        Err(reason) => response("503 Service Unavailable", TEXT, &format!("{reason}\n"), body),
    };
    match target.split('?').next().unwrap_or_default() {
        "/metrics" => response("200 OK", OPEN_METRICS, &answers.metrics(), body),
        "/healthz" => probe(answers.healthy()),
        "/readyz" => probe(answers.ready()),
        _ => response("404 Not Found", TEXT, "there are /metrics, /healthz and /readyz\n", body),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn response(status: &str, content_type: &str, body: &str, with_body: bool) -> String {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    if with_body { head + body } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Result<(), String>);

    impl Answers for Fixed {
        fn metrics(&self) -> String {
            "# EOF\n".to_owned()
        }
        fn healthy(&self) -> Result<(), String> {
            Ok(())
        }
        fn ready(&self) -> Result<(), String> {
            self.0.clone()
        }
    }

    #[test]
    fn each_target_has_its_answer() {
        let starting = Fixed(Err("starting".to_owned()));
        for (request, status, end) in [
            ("GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK", "ok\n"),
            ("GET /readyz HTTP/1.1\r\n\r\n", "HTTP/1.1 503 ", "starting\n"),
            ("GET /metrics?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK", "# EOF\n"),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK", "\r\n\r\n"),
            ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "\n"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ", "\n"),
            ("nonsense\r\n\r\n", "HTTP/1.1 400 ", "\n"),
            ("", "HTTP/1.1 400 ", "\n"),
        ] {
            let answer = respond(request.as_bytes(), &starting);
            assert!(answer.starts_with(status) && answer.ends_with(end), "{request:?}: {answer}");
        }
    }
}
