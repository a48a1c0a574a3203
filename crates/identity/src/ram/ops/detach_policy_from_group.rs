//! DetachPolicyFromGroup: takes a policy from a group. Asked for on the group and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-detachpolicyfromgroup>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::detach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DetachPolicyFromGroup",
    route: On::Group,
    action: Action::One("ram:DetachPolicyFromGroup"),
    run: |call| Box::pin(detach(call, Entity::Group)),
};
