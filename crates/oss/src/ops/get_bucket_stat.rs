//! GetBucketStat: what a bucket holds. The real service counts with a delay of an hour; here it is exact.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketstat>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::buckets::{Held, Stat};
use crate::live::Wanted;
use crate::uploads::Pending;
use crate::{Oss, Reply, Route, Scope, StorageClass};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketStat",
    route: Route::get(Scope::Bucket).sub("stat"),
    action: Action::One("oss:GetBucketStat"),
    run: |call| Box::pin(run(call)),
};

/// The classes whose objects are shown with the size that is paid for (at least 64 KiB each) and the real one.
const PADDED: [(StorageClass, [&str; 3]); 4] = [
    (
        StorageClass::InfrequentAccess,
        [
            "InfrequentAccessStorage",
            "InfrequentAccessRealStorage",
            "InfrequentAccessObjectCount",
        ],
    ),
    (
        StorageClass::Archive,
        ["ArchiveStorage", "ArchiveRealStorage", "ArchiveObjectCount"],
    ),
    (
        StorageClass::ColdArchive,
        [
            "ColdArchiveStorage",
            "ColdArchiveRealStorage",
            "ColdArchiveObjectCount",
        ],
    ),
    (
        StorageClass::DeepColdArchive,
        [
            "DeepColdArchiveStorage",
            "DeepColdArchiveRealStorage",
            "DeepColdArchiveObjectCount",
        ],
    ),
];

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.now.virtual_.timestamp();
    let bucket = call.target.bucket()?;
    let stat = call.service.stat(&bucket).await?;
    let all = Wanted {
        prefix: "",
        marker: "",
        limit: usize::MAX,
    };
    let (channels, _) = call.service.channels(&bucket, &all).await?;
    let pending = call.service.pending(&bucket).await?;
    let mut xml = Xml::new();
    xml.group("BucketStat", |element| {
        write(element, &stat, &pending, channels.len(), at);
    });
    Ok(Reply::xml(xml))
}

fn write(xml: &mut Xml, stat: &Stat, pending: &Pending, channels: usize, at: i64) {
    let all = stat.all();
    xml.value("Storage", all.bytes)
        .value("ObjectCount", all.objects)
        .value("MultipartUploadCount", pending.uploads)
        .value("LiveChannelCount", channels)
        .value("LastModifiedTime", at);
    let standard = stat.of(StorageClass::Standard);
    xml.value("StandardStorage", standard.bytes)
        .value("StandardObjectCount", standard.objects);
    for (class, [storage, real, count]) in PADDED {
        let Held {
            objects,
            bytes,
            billed,
        } = stat.of(class);
        xml.value(storage, billed)
            .value(real, bytes)
            .value(count, objects);
    }
    xml.value("MultipartPartCount", pending.parts)
        .value("DeleteMarkerCount", 0);
}
