//! GetBucketCors: the CORS rules of a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketcors>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::{Cors, CorsRule};
use crate::text::Text;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketCors",
    route: Route::get(Scope::Bucket).sub("cors"),
    action: Action::One("oss:GetBucketCors"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let cors = call.service.setting::<Cors>(&bucket).await?;
    let cors = cors.ok_or_else(|| fault::settings::no_cors(&bucket.name))?;
    let mut xml = Xml::new();
    xml.group("CORSConfiguration", |config| {
        for rule in &cors.rules {
            config.group("CORSRule", |element| write(element, rule));
        }
        config.value("ResponseVary", cors.vary);
    });
    Ok(Reply::xml(xml))
}

fn write(xml: &mut Xml, rule: &CorsRule) {
    for (name, values) in [
        ("AllowedOrigin", &rule.origins),
        ("AllowedMethod", &rule.methods),
        ("AllowedHeader", &rule.headers),
        ("ExposeHeader", &rule.exposed),
    ] {
        for value in values {
            xml.value(name, Text(value));
        }
    }
    if let Some(age) = rule.max_age {
        xml.value("MaxAgeSeconds", age);
    }
}
