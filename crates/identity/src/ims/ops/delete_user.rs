//! DeleteUser: deletes a user that has nothing any more.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deleteuser>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::delete_user;

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteUser",
    route: On::AnyUser { by_key: false },
    action: Action::One("ram:DeleteUser"),
    run: |call| Box::pin(delete_user::run(call)),
};
