//! Messages to the name server of instances' own networks: an answer is no longer than the question and one address, and
//! nothing but names of the cloud have one.
#![no_main]

use fc::strangers::name_server;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    let Some(answer) = name_server(message) else {
        return;
    };
    assert!(answer.len() <= message.len() + 16 && answer[..2] == message[..2]);
    assert_eq!(answer[2] & 0x80, 0x80, "it is an answer");
    let has_address = answer[7] == 1;
    // Lengths and dots alike are between the parts of a name.
    let parts = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'.' };
    let name: Vec<u8> = message.iter().map(parts).collect();
    let ends = |end: &[u8]| name.windows(end.len()).any(|part| part == end);
    assert!(!has_address || ends(b"aliyuncs.com.") || ends(b".fcapp.run."));
    assert_eq!(name_server(&answer), None, "answers are not answered");
});
