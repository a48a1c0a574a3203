//! DeleteLoginProfile: no longer lets a user log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deleteloginprofile>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::delete_login_profile;

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteLoginProfile",
    route: On::User,
    action: Action::One("ram:DeleteLoginProfile"),
    run: |call| Box::pin(delete_login_profile::run(call)),
};
