//! GetBucketTags: the tags of a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbuckettags>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketTags;
use crate::text::Text;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketTags",
    route: Route::get(Scope::Bucket).sub("tagging"),
    action: Action::One("oss:GetBucketTagging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let tags = call.service.setting::<BucketTags>(&bucket).await?;
    let mut xml = Xml::new();
    xml.group("Tagging", |tagging| {
        tagging.group("TagSet", |set| {
            for (key, value) in tags.iter().flat_map(|tags| &tags.0) {
                set.group("Tag", |tag| {
                    tag.value("Key", Text(key)).value("Value", Text(value));
                });
            }
        });
    });
    Ok(Reply::xml(xml))
}
