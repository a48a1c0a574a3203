//! DeleteGroup: deletes a group that has nothing any more.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deletegroup>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::delete_group;

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteGroup",
    route: On::Group,
    action: Action::One("ram:DeleteGroup"),
    run: |call| Box::pin(delete_group::run(call)),
};
