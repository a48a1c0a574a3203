//! ListMultipartUploads: the uploads of a bucket that have not ended.
//! <https://help.aliyun.com/zh/oss/developer-reference/listmultipartuploads>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};
use signature::Query;

use super::multipart::{limit, write_name};
use crate::listing::params::{encoding, short};
use crate::route::{Route, Scope};
use crate::text::Text;
use crate::uploads::{Ask, Uploads, parse_id};
use crate::{Bucket, Oss, Reply, rows, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "ListMultipartUploads",
    route: Route::get(Scope::Bucket).sub("uploads"),
    action: Action::One("oss:ListMultipartUploads"),
    run: |call| Box::pin(run(call)),
};

/// The most uploads of one answer, and how many there are where the request does not say.
const MOST: u16 = 1000;

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let asked = Asked::read(&call.head.query)?;
    let found = call.service.list_uploads(&bucket, &asked.ask()).await?;
    Ok(Reply::xml(asked.render(&bucket, &found)))
}

/// What the query says.
struct Asked {
    prefix: String,
    delimiter: String,
    key_marker: String,
    /// Means nothing without a key marker.
    upload_marker: String,
    max: u16,
    encoding: Option<String>,
}

impl Asked {
    fn read(query: &Query) -> Result<Self, Fault> {
        let text = |name, ec| Ok::<_, Fault>(short(query, name, ec)?.unwrap_or_default());
        Ok(Self {
            prefix: text("prefix", "0015-00000403")?,
            delimiter: text("delimiter", "0015-00000406")?,
            key_marker: text("key-marker", "0015-00000405")?,
            upload_marker: query.first("upload-id-marker").unwrap_or_default().into(),
            max: limit(query, "max-uploads", 1, MOST)?.unwrap_or(MOST),
            encoding: encoding(query)?,
        })
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            prefix: &self.prefix,
            delimiter: &self.delimiter,
            key: &self.key_marker,
            upload: parse_id(&self.upload_marker).filter(|_| !self.key_marker.is_empty()),
            limit: self.max.into(),
        }
    }

    fn render(&self, bucket: &Bucket, found: &Uploads) -> Xml {
        let escaped = self.encoding.is_some();
        let mut xml = Xml::new();
        xml.group("ListMultipartUploadsResult", |result| {
            if let Some(encoding) = &self.encoding {
                result.value("EncodingType", Text(encoding));
            }
            self.echo(result, bucket, found);
            for entry in &found.uploads {
                result.group("Upload", |upload| {
                    write_name(upload, "Key", &entry.key, escaped);
                    let initiated = time::from_millis(entry.upload.initiated);
                    upload
                        .value("UploadId", rows::upper_hex(&entry.id))
                        .value("StorageClass", entry.upload.storage_class.name())
                        .value("Initiated", time::iso(initiated));
                });
            }
            for prefix in &found.prefixes {
                result.group("CommonPrefixes", |group| {
                    write_name(group, "Prefix", prefix, escaped);
                });
            }
        });
        xml
    }

    /// What was asked for, and where the next page goes on.
    fn echo(&self, xml: &mut Xml, bucket: &Bucket, found: &Uploads) {
        let escaped = self.encoding.is_some();
        let (key, upload) = match &found.next {
            Some((key, upload)) => (key.as_str(), upload.as_ref()),
            None => ("", None),
        };
        xml.value("Bucket", &bucket.name);
        write_name(xml, "KeyMarker", &self.key_marker, escaped);
        xml.value("UploadIdMarker", Text(&self.upload_marker));
        write_name(xml, "NextKeyMarker", key, escaped);
        xml.value(
            "NextUploadIdMarker",
            upload.map(rows::upper_hex).unwrap_or_default(),
        );
        write_name(xml, "Delimiter", &self.delimiter, escaped);
        write_name(xml, "Prefix", &self.prefix, escaped);
        xml.value("MaxUploads", self.max)
            .value("IsTruncated", found.next.is_some());
    }
}
