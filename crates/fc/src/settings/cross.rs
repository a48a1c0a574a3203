//! What fields of a function must say of each other.

use gateway::Fault;
use serde_json::{Value, json};

use super::Fields;
use crate::fault;

/// The processors that go with a memory size where none are given: between a quarter and one for each GB, in steps of 0.05
/// (spec/fc.md §1.9).
pub(crate) fn compute_cpu(settings: &mut Fields) {
    let Some(memory) = settings.get("memorySize").and_then(Value::as_u64) else {
        return;
    };
    let hundredths = (memory * 100)
        .div_ceil(1536)
        .next_multiple_of(5)
        .clamp(5, 1600);
    let cpu = json!(hundredths as f64 / 100.0);
    settings.entry("cpu").or_insert(cpu);
}

/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check_function(settings: &Fields) -> Result<(), Fault> {
    let text = |name| {
        settings
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let number = |name| settings.get(name).and_then(Value::as_f64);
    if text("handler").is_empty() {
        return Err(fault::missing_field("handler"));
    }
    if let (Some(cpu), Some(memory)) = (number("cpu"), number("memorySize")) {
        let gigabytes = memory / 1024.0;
        if cpu > gigabytes + 1e-6 || cpu * 4.0 + 1e-6 < gigabytes {
            return Err(fault::invalid_argument(format!(
                "the ratio of 'cpu' ({cpu}) to 'memorySize' ({memory} MB) must be between 1:1 and 1:4"
            )));
        }
    }
    let disk = number("diskSize").unwrap_or(512.0);
    if disk != 512.0 && disk != 10240.0 {
        return Err(fault::invalid_argument(format!(
            "'diskSize' is {disk} and must be 512 or 10240"
        )));
    }
    let concurrent = number("instanceConcurrency").unwrap_or(1.0) > 1.0;
    if concurrent && !text("runtime").starts_with("custom") {
        return Err(fault::invalid_argument(format!(
            "'instanceConcurrency' of the runtime '{}' must be 1",
            text("runtime")
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_processors_fit_their_memory() {
        for memory in (128..=32768).step_by(64) {
            let mut settings = Fields::new();
            settings.insert("memorySize".to_owned(), json!(memory));
            settings.insert("handler".to_owned(), json!("index.handler"));
            compute_cpu(&mut settings);
            check_function(&settings).unwrap_or_else(|e| panic!("{memory} MB: {e}"));
        }
    }
}
