//! What the admin port is told: metrics, whether the broker works, whether it serves.

use std::sync::Arc;

use crate::metrics::http::Answers;
use crate::state::BrokerState;

/// Answers from the broker's state.
#[derive(Debug)]
pub(crate) struct AdminAnswers {
    state: Arc<BrokerState>,
}

impl AdminAnswers {
    /// Answers for a broker that is ready.
    pub(crate) fn new(state: Arc<BrokerState>) -> Self {
        Self { state }
    }
}

impl Answers for AdminAnswers {
    fn metrics(&self) -> String {
        self.state.metrics.refresh(&self.state);
        self.state.metrics.encode()
    }

    fn healthy(&self) -> Result<(), String> {
        let partitions = self.state.partitions.all();
        let offline = partitions.iter().filter(|partition| partition.log.check_online().is_err()).count();
        match offline {
            0 => Ok(()),
            count => Err(format!(
                "{count} of {} logs are offline: look at the broker's log for the disk",
                partitions.len()
            )),
        }
    }

    fn ready(&self) -> Result<(), String> {
        if self.state.shutdown.is_raised() { Err("the broker goes down".to_owned()) } else { Ok(()) }
    }
}
