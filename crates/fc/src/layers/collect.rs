//! Deleting the code of versions that were deleted and that no function has any more.
//!
//! Only a version that is there can be given to a function, in a commit that expects it; what was deleted comes to a
//! function by way of another state of the same function only. So one look at all functions says whether it is used: who
//! does not have it then cannot get it.

use std::collections::HashSet;

use gateway::Fault;
use store::{Batch, View};

use super::{GONE, LayerPlace, LayerVersionRow};
use crate::Fc;
use crate::rows::{self, FUNCTIONS, FunctionRow};

impl Fc {
    /// Deletes it.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn collect_layers(&self) -> Result<(), Fault> {
        let view = self.store.meta.view().await?;
        let mut gone = view.cursor(GONE.as_bytes());
        let mut used = None;
        while let Some(row) = gone.next().await? {
            let version: LayerVersionRow = rows::decode(&row)?;
            let text = String::from_utf8_lossy(&row.key[GONE.len()..]).into_owned();
            let Some(place) = LayerPlace::read(&text) else {
                continue;
            };
            let used = match &used {
                Some(used) => used,
                None => used.insert(uses(&view).await?),
            };
            if !used.contains(&(place.clone(), version.number)) {
                self.drop_layer_code(&place, &version, row.version).await?;
            }
        }
        Ok(())
    }

    async fn drop_layer_code(
        &self,
        place: &LayerPlace,
        version: &LayerVersionRow,
        seen: u64,
    ) -> Result<(), Fault> {
        let (gone, code) = (place.gone(version.number), place.code(version.number));
        let mut batch = Batch::new();
        batch
            .expect_version(&gone, seen)
            .delete(&gone)
            .delete(&code);
        if let Some(blob) = version.code.blob {
            store::disown(&mut batch, blob, &code);
        }
        match self.store.meta.commit(batch).await {
            Ok(_) => self.release(Some(&version.code)).await,
            // Somebody else has done it.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// Which versions functions have.
async fn uses(view: &View) -> Result<HashSet<(LayerPlace, u64)>, Fault> {
    let mut functions = view.cursor(FUNCTIONS.as_bytes());
    let mut used = HashSet::new();
    while let Some(row) = functions.next().await? {
        let function: FunctionRow = rows::decode(&row)?;
        let layers = function.layers.into_iter();
        used.extend(layers.map(|layer| (layer.place, layer.number)));
    }
    Ok(used)
}
