//! What every backend must do: one suite, a function per behaviour.
#[macro_export]
#[doc(hidden)]
macro_rules! conformance {
    ($make:expr) => {};
}
