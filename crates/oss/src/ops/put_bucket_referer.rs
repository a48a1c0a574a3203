//! PutBucketReferer: from which pages a bucket may be used.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketreferer>

use gateway::{Action, Call, Fault, Op};

use crate::fault::malformed_xml;
use crate::settings::{REFERER_CONFIG, Referers};
use crate::xml_in::Element;
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketReferer",
    route: Route::put(Scope::Bucket).sub("referer"),
    action: Action::One("oss:PutBucketReferer"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let name = "RefererConfiguration";
    let root = document::shaped(&call.head, call.body, name, REFERER_CONFIG).await?;
    let referers = Referers {
        allow_empty: truth(&root, "AllowEmptyReferer", true)?,
        truncate_query: truth(&root, "AllowTruncateQueryString", true)?,
        truncate_path: truth(&root, "TruncatePath", false)?,
        allowed: list(&root, "RefererList"),
        denied: list(&root, "RefererBlacklist"),
    };
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &referers).await?;
    Ok(Reply::ok())
}

fn truth(root: &Element, name: &str, otherwise: bool) -> Result<bool, Fault> {
    match root
        .child_text(name)
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("") => Ok(otherwise),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(malformed_xml(&format!("{name} must be true or false."))),
    }
}

/// Empty entries say nothing: SDKs send one for an empty list.
fn list(root: &Element, name: &str) -> Vec<String> {
    let nodes = root
        .child(name)
        .into_iter()
        .flat_map(|list| list.all("Referer"));
    let texts = nodes.map(|node| node.text.trim());
    texts
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}
