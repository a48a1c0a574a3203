//! Putting an object in its place, changing and removing it.

use gateway::Fault;
use store::{Batch, BlobId, Error};

use super::ATTEMPTS;
use crate::events::{After, Telling};
use crate::known::Open;
use crate::layouts::{self, Gone};
use crate::locate::{Found, ObjectTarget};
use crate::rows::{self, BodyAt, Bucket, Count, Incarnation, LayoutId, NewBody, Object};
use crate::{Oss, fault};

/// An object to be put somewhere.
#[derive(Debug)]
pub(crate) struct New {
    /// All that is known of it; where its bytes are is set when it is put.
    pub(crate) object: Object,
    pub(crate) body: NewBody,
    /// Refuse to replace another object.
    pub(crate) forbid_overwrite: bool,
}

/// What came of putting an object somewhere.
#[derive(Debug)]
pub(crate) enum Put {
    Done,
    /// What was to be shared, or the upload, is not there any more or has changed.
    SourceGone,
}

impl Oss {
    /// Puts an object in its place, for what is there. Head, bytes and counters change in one commit. A conflict
    /// repeats the commit, with what is there then.
    ///
    /// Errors: `NoSuchBucket` when the bucket goes away meanwhile, `FileAlreadyExists`. A blob that was received is
    /// let go then.
    pub(crate) fn put(
        &self,
        at: &ObjectTarget,
        new: New,
        tell: &Telling<'_>,
    ) -> impl Future<Output = Result<Put, Fault>> + Send {
        self.put_with(at, new, Batch::new(), tell)
    }

    /// The same in one commit with other changes, of no row that is remembered by the store's stamp. If those conflict,
    /// nothing is put.
    pub(crate) async fn put_with(
        &self,
        at: &ObjectTarget,
        mut new: New,
        also: Batch,
        tell: &Telling<'_>,
    ) -> Result<Put, Fault> {
        let outcome = self.try_put(at, &mut new, &also, tell).await;
        if let (Err(_), NewBody::Received(id)) = (&outcome, new.body) {
            Box::pin(self.let_go(id)).await;
        }
        outcome
    }

    async fn try_put(
        &self,
        at: &ObjectTarget,
        new: &mut New,
        also: &Batch,
        tell: &Telling<'_>,
    ) -> Result<Put, Fault> {
        new.object.body = match &new.body {
            NewBody::Empty => BodyAt::Empty,
            NewBody::Small(_) => BodyAt::Small(self.body_ids.next()),
            NewBody::Received(id) | NewBody::Shared(id) => BodyAt::Blob(*id, self.body_ids.next()),
            NewBody::Extents(_) => BodyAt::Layout(self.body_ids.next()),
            NewBody::SharedLayout(id) => BodyAt::Layout(*id),
        };
        let row = rows::head_key(at.bucket.incarnation, &at.key);
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            if new.forbid_overwrite && found.is_some() {
                return Err(fault::file_already_exists());
            }
            let mut batch = also.clone();
            self.expect_standing(&mut batch, &at.bucket).await?;
            let gone = self
                .replace(&mut batch, at, &row, found.as_ref(), new.object.layout())
                .await?;
            batch.put(&row, new.object.encode()?);
            if !self.attach(&mut batch, at, found.as_ref(), new).await? {
                return Ok(Put::SourceGone);
            }
            count(&mut batch, &at.bucket, found.as_ref(), Some(&new.object));
            batch.quiet();
            let before = found.as_ref().map(|found| &*found.object);
            let told = tell
                .join(&mut batch, before, After::Object(&new.object))
                .await?;
            match self.store.commit(batch).await {
                Ok(_) => {
                    told.happened();
                    self.clean_up(gone).await;
                    return Ok(Put::Done);
                }
                Err(Error::Conflict { key }) if is_of_upload(&key) => return Ok(Put::SourceGone),
                Err(Error::Conflict { key }) if key.starts_with(b"oss/") => {}
                Err(Error::Conflict { .. }) if matches!(new.body, NewBody::Shared(_)) => {
                    return Ok(Put::SourceGone);
                }
                Err(error) => return Err(error.into()),
            }
            found = self.find(&at.bucket, &at.key).await?;
        }
        Err(contended())
    }

    /// Removes an object. False if there is none.
    pub(crate) async fn delete(
        &self,
        at: &ObjectTarget,
        tell: &Telling<'_>,
    ) -> Result<bool, Fault> {
        let row = rows::head_key(at.bucket.incarnation, &at.key);
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            let Some(old) = found.as_ref() else {
                return Ok(false);
            };
            let mut batch = Batch::new();
            let gone = self.replace(&mut batch, at, &row, Some(old), None).await?;
            batch.delete(&row);
            count(&mut batch, &at.bucket, Some(old), None);
            batch.quiet();
            let told = tell
                .join(&mut batch, Some(&old.object), After::Nothing)
                .await?;
            match self.store.commit(batch).await {
                Ok(_) => {
                    told.happened();
                    self.clean_up(gone).await;
                    return Ok(true);
                }
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            found = self.find(&at.bucket, &at.key).await?;
        }
        Err(contended())
    }

    /// Changes what is known of an object, not its bytes. `change` sees it as it is then, and may refuse.
    ///
    /// Errors: `NoSuchKey`, and those of `change`.
    pub(crate) async fn change(
        &self,
        at: &ObjectTarget,
        mut change: impl FnMut(&mut Object) -> Result<(), Fault> + Send,
    ) -> Result<(), Fault> {
        let row = rows::head_key(at.bucket.incarnation, &at.key);
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            let Some(old) = found else {
                return Err(fault::no_such_key(&at.key));
            };
            let mut object = Object::clone(&old.object);
            change(&mut object)?;
            let mut batch = Batch::new();
            batch
                .expect_version(&row, old.version)
                .put(&row, object.encode()?);
            match self.store.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            found = self.find(&at.bucket, &at.key).await?;
        }
        Err(contended())
    }

    /// Expects the bucket to be there, as every commit does that puts something into it.
    pub(crate) async fn expect_standing(
        &self,
        batch: &mut Batch,
        bucket: &Bucket,
    ) -> Result<(), Fault> {
        self.standing(bucket).await?.expect(batch);
        Ok(())
    }

    /// What every put into a bucket expects. A deletion that is only looking is called off: a put came first.
    pub(crate) async fn standing(&self, bucket: &Bucket) -> Result<Open, Fault> {
        let stamp = self.store.meta.stamp();
        if let Some(open) = self.buckets.open(bucket, stamp) {
            return Ok(open);
        }
        // In a box, so that other puts need not carry the room for it.
        Box::pin(self.let_in(bucket, stamp)).await
    }

    async fn let_in(&self, bucket: &Bucket, mut stamp: Option<u64>) -> Result<Open, Fault> {
        let key = rows::incarnation_key(&bucket.name);
        for _ in 0..ATTEMPTS {
            let row = self.store.meta.get(&key).await?;
            let row = row.ok_or_else(|| fault::no_such_bucket(&bucket.name))?;
            let incarnation = Incarnation::decode(&row.value)?;
            if incarnation.id != bucket.incarnation {
                return Err(fault::no_such_bucket(&bucket.name));
            }
            if !incarnation.closing {
                let open = Open::new(bucket, row.version, stamp);
                self.buckets.keep_open(bucket, open.clone());
                return Ok(open);
            }
            let open = Incarnation {
                closing: false,
                ..incarnation
            };
            let mut batch = Batch::new();
            batch
                .expect_version(&key, row.version)
                .put(&key, open.encode()?);
            match self.store.commit(batch).await {
                Ok(_) | Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            stamp = self.store.meta.stamp();
        }
        Err(contended())
    }

    /// Expects what is in the row to be what was found, and takes its bytes away, unless they are in the layout that the
    /// new object has.
    async fn replace(
        &self,
        batch: &mut Batch,
        at: &ObjectTarget,
        row: &[u8],
        found: Option<&Found>,
        kept: Option<LayoutId>,
    ) -> Result<Gone, Fault> {
        let Some(old) = found else {
            batch.expect_absent(row);
            return Ok(Gone::Nothing);
        };
        batch.expect_version(row, old.version);
        layouts::leave(&*self.store.meta, batch, &at.bucket, old, kept).await
    }

    /// Gives a new object its bytes. False if they are gone.
    async fn attach(
        &self,
        batch: &mut Batch,
        at: &ObjectTarget,
        found: Option<&Found>,
        new: &New,
    ) -> Result<bool, Fault> {
        match (&new.object.body, &new.body) {
            (BodyAt::Small(body), NewBody::Small(bytes)) => {
                batch.put(rows::body_key(at.bucket.incarnation, body), bytes.clone());
            }
            (BodyAt::Blob(id, owner), NewBody::Received(_)) => store::own(batch, *id, owner),
            (BodyAt::Blob(id, owner), NewBody::Shared(_)) => store::share(batch, *id, owner),
            (BodyAt::Layout(id), NewBody::Extents(extents)) => layouts::begin(batch, id, extents)?,
            (BodyAt::Layout(id), NewBody::SharedLayout(_)) => {
                let had = found.and_then(|old| old.object.layout());
                return Ok(had == Some(*id) || layouts::hold(&*self.store.meta, batch, id).await?);
            }
            _ => {}
        }
        Ok(true)
    }

    /// Cleans up after a commit that took an object away.
    pub(super) async fn clean_up(&self, gone: Gone) {
        match gone {
            Gone::Nothing => {}
            // In a box, as it is rare.
            Gone::Blob(id) => Box::pin(self.let_go(id)).await,
            Gone::Layout(id) => self.layouts.clean_soon(id),
        }
    }

    /// Deletes a blob that nobody owns. What fails here is done by a later sweep.
    pub(crate) async fn let_go(&self, id: BlobId) {
        if let Err(error) = self.store.release(id).await {
            tracing::warn!(blob = %id, %error, "cannot release a body yet");
        }
    }
}

/// Whether a row belongs to an upload.
fn is_of_upload(key: &[u8]) -> bool {
    key.starts_with(b"oss/upload/") || key.starts_with(b"oss/part/")
}

/// Adds to the bucket's counters what changes.
pub(super) fn count(batch: &mut Batch, bucket: &Bucket, old: Option<&Found>, new: Option<&Object>) {
    match (old.map(|found| &*found.object), new) {
        (Some(old), Some(new)) if old.storage_class != new.storage_class => {
            count_one_class(batch, bucket, Some(old), None);
            count_one_class(batch, bucket, None, Some(new));
        }
        (old, new) => count_one_class(batch, bucket, old, new),
    }
}

/// The same for objects of the same class.
fn count_one_class(batch: &mut Batch, bucket: &Bucket, old: Option<&Object>, new: Option<&Object>) {
    let Some(class) = old.or(new).map(|object| object.storage_class) else {
        return;
    };
    for what in Count::ALL {
        let held = |object: Option<&Object>| object.map_or(0, |object| what.of(object));
        let by = held(new) - held(old);
        if by != 0 {
            batch.add(rows::count_key(bucket.incarnation, class, what), by);
        }
    }
}

pub(crate) fn contended() -> Fault {
    Fault::internal("too many conflicts on one row")
}
