//! The RAM policy language and the decision, with its reasons.
