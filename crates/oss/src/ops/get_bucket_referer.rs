//! GetBucketReferer: from which pages a bucket may be used.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketreferer>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::Referers;
use crate::text::Text;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketReferer",
    route: Route::get(Scope::Bucket).sub("referer"),
    action: Action::One("oss:GetBucketReferer"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let referers = call.service.setting::<Referers>(&bucket).await?;
    let referers = referers.unwrap_or_default();
    let mut xml = Xml::new();
    xml.group("RefererConfiguration", |config| {
        config
            .value("AllowEmptyReferer", referers.allow_empty)
            .value("AllowTruncateQueryString", referers.truncate_query)
            .value("TruncatePath", referers.truncate_path);
        list(config, "RefererList", &referers.allowed);
        if !referers.denied.is_empty() {
            list(config, "RefererBlacklist", &referers.denied);
        }
    });
    Ok(Reply::xml(xml))
}

fn list(xml: &mut Xml, name: &str, referers: &[String]) {
    xml.group(name, |list| {
        for referer in referers {
            list.value("Referer", Text(referer));
        }
    });
}
