//! GetBucketLocation: the region of a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketlocation>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketLocation",
    route: Route::get(Scope::Bucket).sub("location"),
    action: Action::One("oss:GetBucketLocation"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let mut xml = Xml::new();
    xml.value("LocationConstraint", format_args!("oss-{}", bucket.region));
    Ok(Reply::xml(xml))
}
