//! DetachPolicyFromUser: takes a policy from a user. Asked for on the user and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-detachpolicyfromuser>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::detach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DetachPolicyFromUser",
    route: On::User,
    action: Action::One("ram:DetachPolicyFromUser"),
    run: |call| Box::pin(detach(call, Entity::User)),
};
