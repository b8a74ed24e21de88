//! Group coordinators as pure machines over a log.
