//! The LocalYun binary and the embeddable library.
