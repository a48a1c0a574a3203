//! AttachPolicyToUser: gives a policy to a user. Asked for on the user and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-attachpolicytouser>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::attach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "AttachPolicyToUser",
    route: On::User,
    action: Action::One("ram:AttachPolicyToUser"),
    run: |call| Box::pin(attach(call, Entity::User)),
};
