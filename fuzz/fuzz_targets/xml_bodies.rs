//! XML bodies of clients: parsing never panics and stays bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let whole = oss::xml_in::parse(body);
    let created = oss::xml_in::create_bucket(body);
    assert!(whole.is_ok() || created.is_err() || body.is_empty());
    if let Ok(delete) = oss::xml_in::delete(body) {
        assert!(whole.is_ok());
        assert!((1..=1000).contains(&delete.objects.len()));
    }
});
