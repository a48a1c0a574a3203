//! Which bucket and key a request names (spec §1, §5).

use std::sync::Arc;

use gateway::{Fault, Head};
use percent_encoding::percent_decode_str;

use crate::fault;

/// The most bytes that a key may have.
pub(crate) const MAX_KEY: usize = 1023;

/// What a request names. Nothing has been looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The bucket; none for a request to the service itself.
    pub bucket: Option<Arc<str>>,
    /// The key, decoded once; none for a request to the bucket.
    pub key: Option<Arc<str>>,
}

impl Name {
    /// Reads bucket and key. A bucket in the host wins; without one, the first segment of the path is the bucket.
    ///
    /// The path is decoded exactly once and never normalized: `//`, `.` and `..` are parts of a key like any
    /// other. Errors: `InvalidBucketName`, `InvalidObjectName`.
    pub fn read(head: &Head) -> Result<Self, Fault> {
        let path = head.path.strip_prefix('/').unwrap_or(&head.path);
        let (bucket, key) = match &head.endpoint.bucket {
            Some(bucket) => (Arc::from(bucket.as_str()), path),
            None if path.is_empty() => return Ok(Self::default()),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (
                    decode(bucket).map_err(|_| fault::invalid_bucket_name(bucket))?,
                    key,
                )
            }
        };
        if !is_bucket_name(&bucket) {
            return Err(fault::invalid_bucket_name(&bucket));
        }
        let key = if key.is_empty() {
            None
        } else {
            Some(read_key(key)?)
        };
        Ok(Self {
            bucket: Some(bucket),
            key,
        })
    }
}

/// A key as it stands in a URL, decoded and checked.
pub(crate) fn read_key(encoded: &str) -> Result<Arc<str>, Fault> {
    let key = decode(encoded).map_err(|BadEncoding| fault::object_name_encoding())?;
    check_key(&key)?;
    Ok(key)
}

/// Whether a decoded key is one that an object may have: 1 to 1023 bytes, no NUL, and neither `/` nor `\` at its
/// beginning (<https://help.aliyun.com/zh/oss/user-guide/object-naming-conventions>).
pub(crate) fn check_key(key: &str) -> Result<(), Fault> {
    match key.as_bytes() {
        [] => Err(fault::object_name_empty()),
        bytes if bytes.len() > MAX_KEY => Err(fault::object_name_too_long()),
        [b'/' | b'\\', ..] => Err(fault::object_name_begins_with_slash()),
        bytes if bytes.contains(&0) => Err(fault::object_name_encoding()),
        _ => Ok(()),
    }
}

/// 3 to 63 characters: lower-case letters, digits and `-`, the first and last no `-`
/// (<https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions>).
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| plain(b) || *b == b'-')
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}

/// Not percent-encoded UTF-8.
struct BadEncoding;

fn decode(encoded: &str) -> Result<Arc<str>, BadEncoding> {
    if !encoded.contains('%') {
        return Ok(encoded.into());
    }
    if !escapes_are_whole(encoded) {
        return Err(BadEncoding);
    }
    let decoded = percent_decode_str(encoded).decode_utf8();
    decoded.map(Arc::from).map_err(|_| BadEncoding)
}

/// The decoder passes `%` that no two hex digits follow.
fn escapes_are_whole(encoded: &str) -> bool {
    let hex = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    encoded.split('%').skip(1).all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(host: &str, path: &str) -> Head {
        let request = http::Request::get(path).header("host", host);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Head::new(parts, [127, 0, 0, 1].into(), false, &[])
    }

    fn read(host: &str, path: &str) -> Result<(Option<String>, Option<String>), String> {
        let text = |part: Option<Arc<str>>| part.map(|p| p.to_string());
        match Name::read(&head(host, path)) {
            Ok(name) => Ok((text(name.bucket), text(name.key))),
            Err(fault) => Err(format!(
                "{} {}",
                fault.code(),
                fault.ec_code().unwrap_or("-")
            )),
        }
    }

    fn named(bucket: &str, key: &str) -> Result<(Option<String>, Option<String>), String> {
        let text = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Ok((text(bucket), text(key)))
    }

    #[test]
    fn the_host_names_the_bucket_or_else_the_path_does() {
        let host = "my-bucket.oss-cn-hangzhou.aliyuncs.com";
        assert_eq!(read(host, "/"), named("my-bucket", ""));
        assert_eq!(read(host, "/a/b"), named("my-bucket", "a/b"));
        assert_eq!(read("127.0.0.1:80", "/"), named("", ""));
        assert_eq!(read("127.0.0.1", "/my-bucket"), named("my-bucket", ""));
        assert_eq!(read("127.0.0.1", "/my-bucket/"), named("my-bucket", ""));
        assert_eq!(read("127.0.0.1", "/my-bucket/a/"), named("my-bucket", "a/"));
        assert_eq!(
            read("my-bucket.localhost:80", "/a"),
            named("my-bucket", "a")
        );
    }

    #[test]
    fn keys_are_decoded_once_and_never_normalized() {
        let key = |path: &str| read("my-bucket.localhost", path);
        assert_eq!(key("/a%2Fb"), named("my-bucket", "a/b"));
        assert_eq!(key("/a%252Fb"), named("my-bucket", "a%2Fb"));
        assert_eq!(key("/a//b/./../c"), named("my-bucket", "a//b/./../c"));
        assert_eq!(key("/%2e%2e/x"), named("my-bucket", "../x"));
        assert_eq!(key("/%E4%BD%A0+"), named("my-bucket", "你+"));
    }

    #[test]
    fn bad_keys_are_refused() {
        let key = |path: &str| read("127.0.0.1", &format!("/my-bucket/{path}"));
        let refused = |ec: &str| Err(format!("InvalidObjectName {ec}"));
        assert_eq!(key("/a"), refused("0016-00000005"));
        assert_eq!(key("%2Fa"), refused("0016-00000005"));
        assert_eq!(key("%5Ca"), refused("0016-00000005"));
        for encoding in ["%FF", "%", "a%2", "%zz", "%%41"] {
            assert_eq!(key(encoding), refused("0016-00000002"), "{encoding}");
        }
        assert_eq!(key("a%00b"), refused("0016-00000002"));
        assert!(key(&"x".repeat(1023)).is_ok());
        assert_eq!(key(&"x".repeat(1024)), refused("0016-00000002"));
        assert!(check_key("").is_err());
    }

    #[test]
    fn bucket_names() {
        for good in ["abc", "a-1", "1--2", &"a".repeat(63)] {
            assert!(is_bucket_name(good), "{good}");
        }
        for bad in [
            "",
            "ab",
            "-ab",
            "ab-",
            "aBc",
            "a_b",
            "a.b",
            "你好吗",
            &"a".repeat(64),
        ] {
            assert!(!is_bucket_name(bad), "{bad}");
        }
        let refused = Err("InvalidBucketName 0015-00000001".to_owned());
        assert_eq!(read("127.0.0.1", "/a_b/c"), refused);
        assert_eq!(read("127.0.0.1", "//c"), refused);
        assert_eq!(read("127.0.0.1", "/%FF%FF%FF"), refused);
        assert_eq!(read("a.b.oss-cn-hangzhou.aliyuncs.com", "/"), refused);
    }
}
