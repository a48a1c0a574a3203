//! Ids and secrets. They come from the operating system, not from `gateway::id`, whose ids are not secret.

use std::fmt;
use std::sync::Mutex;

use gateway::Fault;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Fills an array with random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Fault::internal(e.to_string()))?;
    Ok(bytes)
}

/// Random bytes in stock, so that the operating system is asked for many at a time. For what is told to everybody, such
/// as nonces: a secret should not lie about before it is used.
#[derive(Default)]
pub(crate) struct Stock(Mutex<Vec<u8>>);

/// How many bytes are asked for at a time.
const STOCK: usize = 1024;

impl Stock {
    /// Bytes that nobody gets again.
    pub(crate) fn take<const N: usize>(&self) -> Result<[u8; N], Fault> {
        let mut stock = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if stock.len() < N {
            *stock = bytes::<STOCK>()?.to_vec();
        }
        let mut taken = [0; N];
        let rest = stock.len() - N;
        taken.copy_from_slice(&stock[rest..]);
        stock.truncate(rest);
        Ok(taken)
    }
}

impl fmt::Debug for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stock(…)")
    }
}

/// Letters and digits, one for each byte. A letter is up to 1.25 times as likely as another, which costs a
/// secret of 30 characters less than one bit.
pub(crate) fn letters(bytes: &[u8]) -> String {
    let letter = |b: &u8| ALPHANUMERIC[usize::from(*b) % ALPHANUMERIC.len()];
    // At once: a text that grows letter by letter takes ten times as long.
    let letters = bytes.iter().map(letter).collect();
    String::from_utf8(letters).expect("letters and digits are UTF-8")
}

/// Whether a text is made of letters and digits only.
pub(crate) fn is_letters(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The id of a user or role: 18 decimal digits, the first of which says what it is (users begin with 2, roles
/// with 3, as in the documents' samples).
pub(crate) fn decimal(first: u8) -> Result<String, Fault> {
    let number = u64::from_le_bytes(bytes()?) % 100_000_000_000_000_000;
    Ok(format!("{first}{number:017}"))
}

/// A UUID in lower case: 32 random digits of base 16 in five groups.
pub(crate) fn uuid() -> Result<String, Fault> {
    let number = u128::from_le_bytes(bytes()?);
    let digits = format!("{number:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    Ok(parts.join("-"))
}

/// The uid of an account: 16 decimal digits, the first of which is 1.
pub(crate) fn uid() -> Result<String, Fault> {
    let number = u64::from_le_bytes(bytes()?) % 1_000_000_000_000_000;
    Ok(format!("1{number:015}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_in_stock_is_given_out_twice() {
        let stock = Stock::default();
        let taken: HashSet<[u8; 24]> = (0..1000).map(|_| stock.take().unwrap()).collect();
        assert_eq!(taken.len(), 1000);
        assert!(!taken.contains(&[0; 24]));
    }

    #[test]
    fn ids_are_18_digits() {
        let id = decimal(3).unwrap();
        assert!(id.starts_with('3') && id.len() == 18, "{id}");
        assert!(id.bytes().all(|b| b.is_ascii_digit()));
    }
}
