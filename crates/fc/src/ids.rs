//! Ids of things.

use gateway::Fault;

/// A UUID of version 4.
pub(crate) fn uuid() -> Result<String, Fault> {
    let random = || getrandom::u64().map_err(Fault::internal);
    let (a, b) = (random()?, random()?);
    Ok(format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xFFFF,
        a & 0xFFF,
        0x8000 | (b >> 50),
        b & 0xFFFF_FFFF_FFFF
    ))
}
