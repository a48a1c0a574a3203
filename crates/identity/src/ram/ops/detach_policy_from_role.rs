//! DetachPolicyFromRole: takes a policy from a role. Asked for on the role and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-detachpolicyfromrole>

use gateway::{Action, Op};

use crate::attachments::Entity;
use crate::ram::attaching::detach;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DetachPolicyFromRole",
    route: On::Role,
    action: Action::One("ram:DetachPolicyFromRole"),
    run: |call| Box::pin(detach(call, Entity::Role)),
};
