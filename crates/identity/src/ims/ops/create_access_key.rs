//! CreateAccessKey: makes an access key of a user, or of the caller. Its secret is shown once.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-createaccesskey>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::create_access_key;

pub(super) const OP: Op<Ims> = Op {
    name: "CreateAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:CreateAccessKey"),
    run: |call| Box::pin(create_access_key::run(call)),
};
