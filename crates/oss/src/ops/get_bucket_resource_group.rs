//! GetBucketResourceGroup: the resource group of a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketresourcegroup>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::put_bucket_resource_group::default_group;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketResourceGroup",
    route: Route::get(Scope::Bucket).sub("resourceGroup"),
    action: Action::One("oss:GetBucketResourceGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let mut xml = Xml::new();
    xml.group("BucketResourceGroupConfiguration", |config| {
        config.value("ResourceGroupId", default_group(&bucket.owner));
    });
    Ok(Reply::xml(xml))
}
