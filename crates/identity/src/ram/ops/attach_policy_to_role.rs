//! AttachPolicyToRole: gives a policy to a role. Asked for on the role and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-attachpolicytorole>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::attach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "AttachPolicyToRole",
    route: On::Role,
    action: Action::One("ram:AttachPolicyToRole"),
    run: |call| Box::pin(attach(call, Entity::Role)),
};
