//! ListTagResources: lists the tags of users, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listtagresources>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::ims::{Ims, On, tags};
use crate::ram::page::TagPage;
use crate::tags::{Tag, Tagged};

pub(super) const OP: Op<Ims> = Op {
    name: "ListTagResources",
    route: On::Account,
    action: Action::One("ram:ListTagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (identity, account) = (&call.service.identity, &call.target.account);
    tags::need_user(head)?;
    let users = tags::users(identity, account, head).await?;
    let wanted = tags::filters(head)?;
    let page = TagPage::read(head)?;
    let tagged = identity
        .tagged(account, Tagged::User, &users, &wanted)
        .await?;
    let rows = tagged
        .iter()
        .flat_map(|(id, tags)| tags.iter().map(move |tag| row(id, tag)));
    let (shown, next) = page.cut(rows);
    let mut fields = json!({
        "IsTruncated": next.is_some(),
        "TagResources": rpc::list("TagResource", &shown),
    });
    if let Some(next) = next {
        fields["NextToken"] = json!(next);
    }
    Ok(Reply::of(&fields))
}

fn row(id: &str, tag: &Tag) -> Value {
    json!({
        "ResourceType": Tagged::User.name(),
        "ResourceId": id,
        "TagKey": tag.key,
        "TagValue": tag.value,
    })
}
