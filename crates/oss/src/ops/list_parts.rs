//! ListParts: the parts of an upload that are there.
//! <https://help.aliyun.com/zh/oss/developer-reference/listparts>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::multipart::{OF_UPLOAD, UPLOAD_ID, limit, upload, write_name};
use crate::listing::params::encoding;
use crate::route::{Route, Scope};
use crate::text::Text;
use crate::uploads::{FoundPart, MAX_PART};
use crate::{Oss, Reply, Target, headers, rows, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "ListParts",
    // oss2's resumable upload sends the tags here too that it began with. Reading parts gives none to anything.
    route: Route::get(Scope::Object)
        .sub(UPLOAD_ID)
        .takes(&[headers::TAGGING]),
    action: Action::One("oss:ListParts"),
    run: |call| Box::pin(run(call)),
};

/// The most parts of one answer, and how many there are where the request does not say.
const MOST: u16 = 1000;

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let query = &call.head.query;
    let encoding = encoding(query)?;
    let max = limit(query, "max-parts", 1, MOST)?.unwrap_or(MOST);
    let after = limit(query, "part-number-marker", 0, MAX_PART)?.unwrap_or(0);
    let running = upload(&call.service, &at, &call.head, OF_UPLOAD).await?;
    let wanted = usize::from(max);
    let found = call.service.parts_after(&running.id, after, wanted + 1);
    let mut parts = found.await?;
    let truncated = parts.len() > wanted;
    parts.truncate(wanted);
    let mut xml = Xml::new();
    xml.group("ListPartsResult", |result| {
        if let Some(encoding) = &encoding {
            result.value("EncodingType", Text(encoding));
        }
        result.value("Bucket", &at.bucket.name);
        write_name(result, "Key", &at.key, encoding.is_some());
        result
            .value("UploadId", rows::upper_hex(&running.id))
            .value("StorageClass", running.upload.storage_class.name())
            .value("PartNumberMarker", after)
            .value("NextPartNumberMarker", parts.last().map_or(0, |p| p.number))
            .value("MaxParts", max)
            .value("IsTruncated", truncated);
        parts.iter().for_each(|found| write(result, found));
    });
    Ok(Reply::xml(xml))
}

fn write(xml: &mut Xml, FoundPart { number, part, .. }: &FoundPart) {
    xml.group("Part", |element| {
        element
            .value("PartNumber", number)
            .value("LastModified", time::iso(time::from_millis(part.modified)))
            .text("ETag", &format!("\"{}\"", rows::upper_hex(&part.md5)))
            .value("HashCrc64ecma", part.crc64)
            .value("Size", part.size());
    });
}
