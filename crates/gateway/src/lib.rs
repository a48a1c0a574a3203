//! What every LocalYun service shares: one request from start to finish.
