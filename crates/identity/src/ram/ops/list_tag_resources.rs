//! ListTagResources: lists the tags of roles or custom policies, in pages of tags.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listtagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::ram::page::TagPage;
use crate::ram::{On, Ram, params};
use crate::tags::{Tag, Tagged};

pub(super) const OP: Op<Ram> = Op {
    name: "ListTagResources",
    route: On::Account,
    action: Action::One("ram:ListTagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (kind, rule) = params::tagged(head)?;
    let names = params::names(head, "ResourceNames", rule)?;
    let wanted = params::tag_filters(head)?;
    let page = TagPage::read(head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let tagged = identity.tagged(account, kind, &names, &wanted).await?;
    let rows = tagged
        .iter()
        .flat_map(|(name, tags)| tags.iter().map(move |tag| row(kind, name, tag)));
    Ok(page.reply(rows))
}

fn row(kind: Tagged, name: &str, tag: &Tag) -> Value {
    json!({
        "ResourceType": kind.name(),
        "ResourceName": name,
        "TagKey": tag.key,
        "TagValue": tag.value,
    })
}
