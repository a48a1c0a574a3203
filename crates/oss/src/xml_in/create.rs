//! The body of PutBucket: <https://help.aliyun.com/zh/oss/developer-reference/putbucket>.

use super::{BadXml, parse};

/// What a `CreateBucketConfiguration` says, in its own words; values are not checked here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CreateBucket {
    /// `StorageClass`.
    pub storage_class: Option<String>,
    /// `DataRedundancyType`.
    pub redundancy: Option<String>,
    /// `LocationConstraint`, such as `oss-cn-hangzhou`. Older SDKs send it.
    pub location: Option<String>,
}

/// Reads the body of PutBucket. An empty body says nothing.
pub fn create_bucket(body: &[u8]) -> Result<CreateBucket, BadXml> {
    if body.is_empty() {
        return Ok(CreateBucket::default());
    }
    let root = parse(body)?;
    if root.name != "CreateBucketConfiguration" {
        return Err(BadXml::new(
            "the root node is not named CreateBucketConfiguration.",
        ));
    }
    let said = |name| {
        root.child_text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    Ok(CreateBucket {
        storage_class: said("StorageClass"),
        redundancy: said("DataRedundancyType"),
        location: said("LocationConstraint"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_documented() {
        let body = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateBucketConfiguration>\n    \
            <StorageClass>IA</StorageClass>\n <DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>";
        let said = create_bucket(body).expect("good");
        assert_eq!(
            (said.storage_class.as_deref(), said.redundancy.as_deref()),
            (Some("IA"), Some("ZRS"))
        );
        assert_eq!(create_bucket(b""), Ok(CreateBucket::default()));
    }

    #[test]
    fn another_root_is_refused() {
        assert!(create_bucket(b"<ObjectWormConfiguration/>").is_err());
        assert!(create_bucket(b"{}").is_err());
    }
}
