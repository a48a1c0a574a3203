//! ListPolicies: lists policies in pages: those of the system by name, then those of the account.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listpolicies>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::policies::{Kind, Policy};
use crate::ram::page::Page;
use crate::ram::{On, Ram, params, show};
use crate::tags::TagFilter;
use crate::{fault, rpc, system_policies};

pub(super) const OP: Op<Ram> = Op {
    name: "ListPolicies",
    route: On::Policies,
    action: Action::One("ram:ListPolicies"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let wanted = params::tag_filters(&call.head)?;
    let kind = rpc::given(&call.head, "PolicyType")
        .map(params::kind)
        .transpose()?;
    let page = Page::read(&call.head)?;
    let policies = after(&call, kind, &wanted, &page).await?;
    let place = |(kind, policy, _): &Row| format!("{}/{}", kind.name(), policy.name);
    let show = |(kind, policy, uses): &Row| show::policy_row(*kind, policy, *uses);
    Ok(page.reply(("Policies", "Policy"), policies, place, show))
}

type Row = (Kind, Policy, i64);

/// The policies behind the page's marker, which holds the kind and the name of the last one that was sent.
async fn after(
    call: &Call<Ram>,
    kind: Option<Kind>,
    tags: &[TagFilter],
    page: &Page,
) -> Result<Vec<Row>, Fault> {
    let (first, name) = match page.after.split_once('/') {
        None if page.after.is_empty() => (Kind::System, ""),
        Some((kind, name)) => (params::kind(kind)?, name),
        None => return Err(fault::incorrect("Marker")),
    };
    let wanted = |one| kind.is_none_or(|kind| kind == one);
    let (identity, account) = (&call.service.identity, &call.target.account);
    let mut rows = Vec::new();
    // Policies of the system have no tags.
    if first == Kind::System && wanted(Kind::System) && tags.is_empty() {
        let behind = system_policies::all().iter().filter(|p| p.name > name);
        for policy in behind.take(page.limit()) {
            let uses = identity.uses(account, Kind::System, policy.name).await?;
            rows.push((Kind::System, policy.to_policy(), uses));
        }
    }
    if wanted(Kind::Custom) {
        let name = if first == Kind::Custom { name } else { "" };
        let left = page.limit() - rows.len();
        for (policy, uses) in identity.list_policies(account, name, left, tags).await? {
            rows.push((Kind::Custom, policy, uses));
        }
    }
    Ok(rows)
}
