//! DeleteMultipleObjects: removes up to 1000 objects. That one was never there is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletemultipleobjects>
//!
//! Every key is asked about before the first one is removed: a key that may not be removed refuses the whole request.

use std::sync::Arc;

use gateway::xml::Xml;
use gateway::{Action, Body, Call, Fault, Op};
use policy::Access;

use crate::events::telling;
use crate::headers::CONTENT_MD5;
use crate::listing::params::{encoding, escape};
use crate::text::Text;
use crate::xml_in::{Delete, delete};
use crate::{Bucket, Oss, Reply, Route, Scope, Target, document, fault, name};

/// The largest body, in bytes (§5).
const LIMIT: usize = 2 << 20;

/// What is asked for every key.
const ACTION: &str = "oss:DeleteObject";

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteMultipleObjects",
    route: Route::post(Scope::Bucket).sub("delete"),
    action: Action::PerItem(ACTION),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let Target::Bucket(bucket) = &call.target else {
        return Err(Fault::internal("there is no bucket"));
    };
    let bucket = bucket.clone();
    let encoding = encoding(&call.head.query)?;
    let asked = read(&mut call).await?;
    let keys = keys(&asked)?;
    permit(&call, &bucket, &keys).await?;
    for key in &keys {
        let place = call.service.place(bucket.clone(), key.clone()).await?;
        let tell = telling(&call, &place, "ObjectRemoved:DeleteObjects").await?;
        call.service.delete(&place, &tell).await?;
    }
    if asked.quiet {
        return Ok(Reply::ok());
    }
    Ok(Reply::xml(report(&keys, encoding.as_deref())))
}

async fn read(call: &mut Call<Oss>) -> Result<Delete, Fault> {
    if !call.head.headers.contains_key(CONTENT_MD5) {
        return Err(fault::bucket::missing_content_md5());
    }
    let body = std::mem::replace(&mut call.body, Body::from_bytes(""));
    let document = document::read(&call.head, body, LIMIT).await?;
    delete(&document)
}

/// The keys, of which each is one that an object may have. There are no versions yet.
fn keys(asked: &Delete) -> Result<Vec<Arc<str>>, Fault> {
    let key = |(key, version): &(String, Option<String>)| {
        name::check_key(key)?;
        match version {
            Some(_) => Err(fault::not_implemented("VersionId")),
            None => Ok(Arc::from(key.as_str())),
        }
    };
    asked.objects.iter().map(key).collect()
}

async fn permit(call: &Call<Oss>, bucket: &Arc<Bucket>, keys: &[Arc<str>]) -> Result<(), Fault> {
    for key in keys {
        let place = call.service.place(bucket.clone(), key.clone()).await?;
        call.require(ACTION, &place.located(Some(Access::Write)))
            .await?;
    }
    Ok(())
}

fn report(keys: &[Arc<str>], encoding: Option<&str>) -> Xml {
    let mut xml = Xml::new();
    xml.group("DeleteResult", |result| {
        if let Some(encoding) = encoding {
            result.value("EncodingType", Text(encoding));
        }
        for key in keys {
            result.group("Deleted", |deleted| {
                match encoding {
                    Some(_) => deleted.value("Key", escape(key)),
                    None => deleted.value("Key", Text(key)),
                };
            });
        }
    });
    xml
}
