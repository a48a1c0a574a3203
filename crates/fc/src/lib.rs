//! Function Compute: runtimes, and the control plane to come.
