//! Layers: files that functions share below `/opt`, in versions that never change.
//!
//! A function that uses a version keeps it running after the version was deleted: what is left of it then is a row that
//! says so, and its code, until no function has it any more (`collect`).

mod arn;
mod collect;
mod used;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Batch;

use crate::functions::{Page, changed_meanwhile};
use crate::locate::Target;
use crate::owned::Owned;
use crate::packages::NewCode;
use crate::rows::{self, Code};
use crate::settings::Fields;
use crate::{Fc, Generation, fault, show};

pub(crate) use arn::LayerVersionArn;
pub(crate) use used::{UsedLayer, expect, show as show_used, take, usable};

/// What the rows of all layers begin with; `<uid>/<region>/<name>` is what follows.
const HEADS: &str = "fc/layer/";
/// What the rows of deleted versions begin with whose code is still used.
const GONE: &str = "fc/layergone/";

/// Where a layer lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LayerPlace {
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) name: Arc<str>,
}

/// A layer, as long as it has versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LayerRow {
    /// The greatest number of a version that is there.
    pub(crate) latest: u64,
    /// Whether other accounts may use it.
    pub(crate) public: bool,
}

/// A version of a layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LayerVersionRow {
    pub(crate) number: u64,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) compatible_runtime: Vec<String>,
    pub(crate) code: Code,
}

/// What a new version is made of.
#[derive(Debug)]
pub(crate) struct NewLayerVersion {
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) compatible_runtime: Vec<String>,
    pub(crate) code: NewCode,
}

/// A version that was found.
#[derive(Debug, Clone)]
pub(crate) struct FoundLayer {
    pub(crate) place: LayerPlace,
    pub(crate) layer: LayerRow,
    pub(crate) version: LayerVersionRow,
}

impl LayerPlace {
    /// The layer that a request names.
    pub(crate) fn of(target: &Target) -> Self {
        Self {
            account: target.account.clone(),
            region: target.region.clone(),
            name: target.name("layerName").into(),
        }
    }

    fn row(&self, kind: &str) -> String {
        let Self {
            account,
            region,
            name,
        } = self;
        format!("fc/{kind}/{account}/{region}/{name}")
    }

    fn head(&self) -> String {
        self.row("layer")
    }

    /// The row with the number of the last version. It stays when the layer goes: numbers do not come back.
    fn last(&self) -> String {
        self.row("layerlast")
    }

    /// What the rows of its versions begin with; the number is what follows.
    fn versions(&self) -> String {
        self.row("layerversion") + "/"
    }

    /// The row of a version.
    pub(crate) fn version(&self, number: u64) -> String {
        format!("{}{number:016x}", self.versions())
    }

    /// The row of a version's small package, and the owner of a large one.
    pub(crate) fn code(&self, number: u64) -> String {
        format!("{}/{number:016x}", self.row("layercode"))
    }

    fn gone(&self, number: u64) -> String {
        format!("{}/{number:016x}", self.row("layergone"))
    }

    /// The place behind a row's `<uid>/<region>/<name>`.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(Arc::<str>::from);
        Some(Self {
            account: parts.next()?,
            region: parts.next()?,
            name: parts.next()?,
        })
    }
}

impl Fc {
    /// Makes the next version of a layer. `now` is virtual time.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError`.
    pub(crate) async fn create_layer_version(
        &self,
        place: &LayerPlace,
        new: NewLayerVersion,
        now: DateTime<Utc>,
    ) -> Result<FoundLayer, Fault> {
        let mut batch = Batch::new();
        let number = self.next_number(&mut batch, &place.last()).await?;
        let layer = self.owned::<LayerRow>(&place.head()).await?;
        match &layer {
            Some(layer) => batch.expect_version(place.head(), layer.version),
            None => batch.expect_absent(place.head()),
        };
        let layer = LayerRow {
            latest: number,
            public: layer.is_some_and(|layer| layer.row.public),
        };
        let version = LayerVersionRow {
            number,
            created: now,
            description: new.description,
            license: new.license,
            compatible_runtime: new.compatible_runtime,
            code: new.code.own(&mut batch, &place.code(number)),
        };
        batch
            .put(place.head(), rows::encode(&layer)?)
            .put(place.version(number), rows::encode(&version)?)
            .put(arn::index(&place.account), place.account.to_string());
        if let Err(error) = self.store.meta.commit(batch).await {
            self.release(Some(&version.code)).await;
            return Err(changed_meanwhile(error));
        }
        Ok(FoundLayer {
            place: place.clone(),
            layer,
            version,
        })
    }

    /// A layer.
    ///
    /// # Errors
    ///
    /// `LayerNotFound`.
    pub(crate) async fn layer(&self, place: &LayerPlace) -> Result<Owned<LayerRow>, Fault> {
        let found = self.owned(&place.head()).await?;
        found.ok_or_else(|| fault::layer_not_found(&place.name))
    }

    /// A version of a layer.
    ///
    /// # Errors
    ///
    /// `LayerNotFound`, `LayerVersionNotFound`.
    pub(crate) async fn layer_version(
        &self,
        place: &LayerPlace,
        number: &str,
    ) -> Result<FoundLayer, Fault> {
        let layer = self.layer(place).await?.row;
        let missing = || fault::layer_version_not_found(&place.name, number);
        let number: u64 = number.parse().map_err(|_| missing())?;
        let version = self.owned(&place.version(number)).await?;
        Ok(FoundLayer {
            place: place.clone(),
            layer,
            version: version.ok_or_else(missing)?.row,
        })
    }

    /// Up to `limit` versions from this number on, and the number that follows.
    ///
    /// # Errors
    ///
    /// `LayerNotFound`.
    pub(crate) async fn layer_versions(
        &self,
        place: &LayerPlace,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<FoundLayer>, Option<u64>), Fault> {
        let layer = self.layer(place).await?.row;
        let page = Page {
            prefix: String::new(),
            from: Some(format!("{from:016x}")),
            limit,
        };
        let (rows, next) = self.page(&place.versions(), &page).await?;
        let found = rows.iter().map(|row| {
            Ok(FoundLayer {
                place: place.clone(),
                layer: layer.clone(),
                version: rows::decode(row)?,
            })
        });
        let next = next.and_then(|next| u64::from_str_radix(&next, 16).ok());
        Ok((found.collect::<Result<_, Fault>>()?, next))
    }

    /// Layers in the order of their names, each by its latest version, and what the next page begins with: those of an
    /// account, or the public ones of all.
    pub(crate) async fn layers(
        &self,
        target: &Target,
        public: bool,
        page: &Page,
    ) -> Result<(Vec<FoundLayer>, Option<String>), Fault> {
        let view = self.store.meta.view().await?;
        let base = match public {
            true => HEADS.to_owned(),
            false => format!("{HEADS}{}/", target.account),
        };
        let mut cursor = view.cursor(base.as_bytes());
        let mut heads = Vec::new();
        while let Some(row) = cursor.next().await? {
            let text = String::from_utf8_lossy(&row.key[HEADS.len()..]).into_owned();
            let place = LayerPlace::read(&text).filter(|place| place.region == target.region);
            let Some(place) = place.filter(|place| place.name.starts_with(&page.prefix)) else {
                continue;
            };
            let layer: LayerRow = rows::decode(&row)?;
            if layer.public || !public {
                heads.push((format!("{}/{}", place.name, place.account), place, layer));
            }
        }
        heads.sort_by(|a, b| a.0.cmp(&b.0));
        heads.retain(|(name, ..)| page.from.as_ref().is_none_or(|from| name >= from));
        let next = heads.get(page.limit).map(|(name, ..)| name.clone());
        heads.truncate(page.limit);
        let mut found = Vec::with_capacity(heads.len());
        for (_, place, layer) in heads {
            let version = self.owned(&place.version(layer.latest)).await?;
            // It may have been deleted since.
            found.extend(version.map(|version| FoundLayer {
                place,
                layer,
                version: version.row,
            }));
        }
        Ok((found, next))
    }

    /// Says whether other accounts may use a layer.
    ///
    /// # Errors
    ///
    /// `LayerNotFound`, `ConcurrentUpdateError`.
    pub(crate) async fn put_layer_acl(
        &self,
        place: &LayerPlace,
        public: bool,
    ) -> Result<(), Fault> {
        let Owned { mut row, version } = self.layer(place).await?;
        row.public = public;
        let mut batch = Batch::new();
        batch
            .expect_version(place.head(), version)
            .put(place.head(), rows::encode(&row)?);
        let changed = self.store.meta.commit(batch).await;
        changed.map(drop).map_err(changed_meanwhile)
    }

    /// Deletes a version. Functions that use it keep it.
    ///
    /// # Errors
    ///
    /// `LayerNotFound`, `LayerVersionNotFound`, `ConcurrentUpdateError`.
    pub(crate) async fn delete_layer_version(
        &self,
        place: &LayerPlace,
        number: &str,
    ) -> Result<(), Fault> {
        let head = self.layer(place).await?;
        let found = self.layer_version(place, number).await?;
        let number = found.version.number;
        let (left, _) = self.layer_versions(place, 0, usize::MAX - 1).await?;
        let left = left.iter().map(|left| left.version.number);
        let latest = left.filter(|other| *other != number).max();
        let mut batch = Batch::new();
        batch.expect_version(place.head(), head.version);
        match latest {
            None => batch.delete(place.head()),
            Some(latest) => {
                let layer = LayerRow { latest, ..head.row };
                batch.put(place.head(), rows::encode(&layer)?)
            }
        };
        let row = place.version(number);
        batch
            .expect_present(&row)
            .delete(row)
            .put(place.gone(number), rows::encode(&found.version)?);
        let deleted = self.store.meta.commit(batch).await;
        deleted.map_err(changed_meanwhile)?;
        self.collect_layers().await
    }
}

/// A version of a layer as answers have it. `location` is where its code can be fetched.
pub(crate) fn shown(
    generation: Generation,
    found: &FoundLayer,
    location: Option<String>,
) -> Fields {
    let FoundLayer {
        place,
        layer,
        version,
    } = found;
    let mut shown = Fields::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    let arn = LayerVersionArn::of(found);
    let acl = u8::from(layer.public);
    match generation {
        Generation::V2023 => {
            put("layerVersionArn", json!(arn.to_string()));
            put("acl", json!(acl.to_string()));
        }
        Generation::V2016 | Generation::V2021 => {
            put("arn", json!(arn.short()));
            put("arnV2", json!(arn.to_string()));
            put("acl", json!(acl));
        }
    }
    put("layerName", json!(&*place.name));
    put("version", json!(version.number));
    put("description", json!(version.description));
    put("license", json!(version.license));
    put("compatibleRuntime", json!(version.compatible_runtime));
    put("codeSize", json!(version.code.size));
    put("codeChecksum", json!(version.code.crc64.to_string()));
    put("createTime", show::time(version.created));
    if let Some(location) = location {
        put(
            "code",
            json!({"repositoryType": "OSS", "location": location}),
        );
    }
    shown
}
