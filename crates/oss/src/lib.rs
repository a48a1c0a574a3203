//! Object Storage Service.
