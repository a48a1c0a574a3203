//! AttachPolicyToGroup: gives a policy to a group. Asked for on the group and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-attachpolicytogroup>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::attach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "AttachPolicyToGroup",
    route: On::Group,
    action: Action::One("ram:AttachPolicyToGroup"),
    run: |call| Box::pin(attach(call, Entity::Group)),
};
