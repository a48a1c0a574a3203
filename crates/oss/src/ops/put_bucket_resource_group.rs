//! PutBucketResourceGroup: moves a bucket to another resource group. An account has just its default one here.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketresourcegroup>

use gateway::{Action, Call, Fault, Op};

use crate::fault::settings::unknown_resource_group;
use crate::xml_in::shape::maybe;
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketResourceGroup",
    route: Route::put(Scope::Bucket).sub("resourceGroup"),
    action: Action::One("oss:PutBucketResourceGroup"),
    run: |call| Box::pin(run(call)),
};

/// The id of an account's default resource group: `rg-acfm` and eleven more letters, as real ones have.
pub(crate) fn default_group(account: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let number = account.parse::<u64>().unwrap_or_default();
    let letter = |place: u32| {
        let at = (number >> (5 * place)) & 31;
        char::from(LETTERS[usize::try_from(at).unwrap_or_default() % LETTERS.len()])
    };
    let tail: String = (0..11).rev().map(letter).collect();
    format!("rg-acfm{tail}")
}

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let shape = &[maybe("ResourceGroupId")];
    let name = "BucketResourceGroupConfiguration";
    let root = document::shaped(&call.head, call.body, name, shape).await?;
    let bucket = call.target.bucket()?;
    match root.child_text("ResourceGroupId").unwrap_or_default() {
        "" => Ok(Reply::ok()),
        id if id == default_group(&bucket.owner) => Ok(Reply::ok()),
        _ => Err(unknown_resource_group()),
    }
}
