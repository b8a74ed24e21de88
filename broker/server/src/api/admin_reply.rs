//! What the handlers of the admin APIs share: waiting with a deadline, and how a refusal travels.

use std::future::Future;
use std::time::Duration;

use weir_env::task;
use weir_metadata::controller::Refusal;
use weir_model::ErrorCode;
use weir_wire::WireStr;

use super::RequestContext;
use crate::controller::{CommitError, refusal};

/// A client that names less time than this still gets its answer: nobody wants a change whose outcome is unknown.
const WAIT_MIN: Duration = Duration::from_secs(1);

/// A change takes no longer than this unless the disk does not answer.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// Waits for a change as long as the client allows. The change goes on afterwards.
pub(super) async fn in_time<T>(
    timeout_ms: i32,
    working: impl Future<Output = Result<T, CommitError>>,
) -> Result<T, Refusal> {
    let wished = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    match task::timeout(wished.clamp(WAIT_MIN, WAIT_MAX), working).await {
        Ok(outcome) => outcome.map_err(|error| refusal(&error)),
        Err(_) => {
            let message = "the change was not committed and applied in time; it may still be";
            Err(Refusal::new(ErrorCode::RequestTimedOut, message))
        }
    }
}

/// How an API without a timeout of its own waits.
pub(super) async fn in_own_time<T>(
    working: impl Future<Output = Result<T, CommitError>>,
) -> Result<T, Refusal> {
    const WAIT_MS: i32 = 30_000;
    in_time(WAIT_MS, working).await
}

/// The code and the text of an outcome.
pub(super) fn error_fields<T>(
    context: &RequestContext,
    outcome: &Result<T, Refusal>,
) -> (i16, Option<WireStr>) {
    match outcome {
        Ok(_) => (ErrorCode::None.code(), None),
        Err(refusal) => {
            context.count(refusal.code);
            (refusal.code.code(), Some(WireStr::from(refusal.message.as_str())))
        }
    }
}
