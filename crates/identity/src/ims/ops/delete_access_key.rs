//! DeleteAccessKey: deletes an access key.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deleteaccesskey>

use gateway::{Action, Op};

use crate::ims::{Ims, On};
use crate::ram::ops::delete_access_key;

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:DeleteAccessKey"),
    run: |call| Box::pin(delete_access_key::run(call)),
};
