//! The one thing that a name server has to say here (RFC 1035): `aliyuncs.com` and all below it is
//! 127.0.0.1, and so are the addresses of HTTP triggers.

/// The part of a message before its question.
const HEADER: usize = 12;
/// The longest name, in bytes.
const LONGEST: usize = 255;
/// How long an answer may be kept, in seconds.
const LIFE: u32 = 60;
const TYPE_A: u16 = 1;
const CLASS_INTERNET: u16 = 1;
const NO_SUCH_NAME: u8 = 3;
const NOT_IMPLEMENTED: u8 = 4;

/// The answer to a message. None to what is no question.
pub(crate) fn answer(message: &[u8]) -> Option<Vec<u8>> {
    let header = message.get(..HEADER)?;
    let (flags, questions) = (header[2], u16::from_be_bytes([header[4], header[5]]));
    if flags & 0x80 != 0 {
        return None;
    }
    if flags & 0x78 != 0 || questions != 1 {
        return Some(reply(header, &[], NOT_IMPLEMENTED, false));
    }
    let (name, end) = read_name(message)?;
    let field = |at: usize| {
        Some(u16::from_be_bytes(
            message.get(at..at + 2)?.try_into().ok()?,
        ))
    };
    let (kind, class) = (field(end)?, field(end + 2)?);
    let question = &message[HEADER..end + 4];
    let known = is_of_the_cloud(&name);
    let code = if known { 0 } else { NO_SUCH_NAME };
    let has_address = known && kind == TYPE_A && class == CLASS_INTERNET;
    Some(reply(header, question, code, has_address))
}

fn is_of_the_cloud(name: &str) -> bool {
    let ends = [".aliyuncs.com", ".fcapp.run"];
    name == "aliyuncs.com" || ends.iter().any(|end| name.ends_with(end))
}

/// The name of the question in lower case, and where it ends. A question has nothing before it that it could point to.
fn read_name(message: &[u8]) -> Option<(String, usize)> {
    let (mut name, mut at) = (String::new(), HEADER);
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((name, at));
        }
        let label = message.get(at..at + length).filter(|_| length < 64)?;
        at += length;
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(
            label
                .iter()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        );
        if name.len() > LONGEST {
            return None;
        }
    }
}

fn reply(header: &[u8], question: &[u8], code: u8, has_address: bool) -> Vec<u8> {
    let mut reply = Vec::with_capacity(HEADER + question.len() + 16);
    reply.extend(&header[..2]);
    // An answer, with the authority for it, to a question that may have wanted recursion; which is available.
    reply.extend([0x84 | (header[2] & 0x79), 0x80 | code]);
    let count = |present: bool| u16::from(present).to_be_bytes();
    reply.extend(count(!question.is_empty()));
    reply.extend(count(has_address));
    reply.extend([0; 4]);
    reply.extend(question);
    if has_address {
        // The name is the question's, which begins after the header.
        reply.extend([0xc0, HEADER as u8]);
        reply.extend(TYPE_A.to_be_bytes());
        reply.extend(CLASS_INTERNET.to_be_bytes());
        reply.extend(LIFE.to_be_bytes());
        reply.extend([0, 4, 127, 0, 0, 1]);
    }
    reply
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(name: &str, kind: u16) -> Vec<u8> {
        let mut message = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            message.push(label.len() as u8);
            message.extend(label.as_bytes());
        }
        message.extend([0, 0, kind as u8, 0, 1]);
        message
    }

    fn code(answer: &[u8]) -> u8 {
        answer[3] & 0xf
    }

    #[test]
    fn names_of_the_cloud_are_loopback() {
        for name in [
            "aliyuncs.com",
            "b.oss-cn-hangzhou.aliyuncs.com",
            "web-a.cn-hangzhou.fcapp.run",
            "FC.AliyunCS.com",
        ] {
            let answer = answer(&question(name, TYPE_A)).unwrap();
            assert_eq!(
                (&answer[..2], code(&answer)),
                (&[0xab, 0xcd][..], 0),
                "{name}"
            );
            assert_eq!(answer[4..8], [0, 1, 0, 1]);
            assert!(answer.ends_with(&[0, 4, 127, 0, 0, 1]));
        }
    }

    #[test]
    fn they_have_nothing_but_an_address() {
        let aaaa = answer(&question("oss.aliyuncs.com", 28)).unwrap();
        assert_eq!((code(&aaaa), &aaaa[6..8]), (0, &[0, 0][..]));
    }

    #[test]
    fn there_are_no_other_names() {
        for name in [
            "example.com",
            "evilaliyuncs.com",
            "aliyuncs.com.example.org",
            "localhost",
        ] {
            let answer = answer(&question(name, TYPE_A)).unwrap();
            assert_eq!(code(&answer), NO_SUCH_NAME, "{name}");
        }
    }

    #[test]
    fn what_is_no_question_is_not_answered() {
        let mut message = question("aliyuncs.com", TYPE_A);
        for length in 0..message.len() {
            assert_eq!(answer(&message[..length]), None, "{length}");
        }
        message[2] |= 0x80;
        assert_eq!(answer(&message), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(answer) = answer(&bytes) {
                prop_assert!(answer.len() <= bytes.len() + 16 && answer[..2] == bytes[..2]);
            }
        }
    }
}
