//! Bytes at rest: an ordered key-value store with optimistic transactions, and immutable blobs.
