//! UpdateAccessKey: switches an access key on or off.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updateaccesskey>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::update_access_key;

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:UpdateAccessKey"),
    run: |call| Box::pin(update_access_key::run(call)),
};
