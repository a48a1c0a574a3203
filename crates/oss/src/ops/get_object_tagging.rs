//! GetObjectTagging: the tags of an object.
//! <https://help.aliyun.com/zh/oss/developer-reference/getobjecttagging>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::attributes::GET_TAGGING;
use crate::route::{Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetObjectTagging",
    route: Route::get(Scope::Object).sub("tagging"),
    action: Action::One(GET_TAGGING),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    let tags = &target.existing()?.object.extras.tags;
    let mut xml = Xml::new();
    xml.group("Tagging", |tagging| {
        tagging.group("TagSet", |set| {
            for (key, value) in tags.iter() {
                set.group("Tag", |tag| {
                    tag.text("Key", key).text("Value", value);
                });
            }
        });
    });
    Ok(Reply::xml(xml))
}
