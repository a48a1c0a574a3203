//! RAM, STS and IMS: one state, several doors.
