//! Putting an object in its place, changing and removing it.

use gateway::Fault;
use store::{Batch, BlobId, Error};

use super::ATTEMPTS;
use crate::locate::{Found, ObjectTarget};
use crate::rows::{self, BodyAt, Bucket, Count, Incarnation, NewBody, Object};
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
    /// A blob that was to be shared is not there any more.
    SourceGone,
}

impl Oss {
    /// Puts an object in its place, for what is there. Head, bytes and counters change in one commit. A conflict
    /// repeats the commit, with what is there then.
    ///
    /// Errors: `NoSuchBucket` when the bucket goes away meanwhile, `FileAlreadyExists`. A blob that was received is
    /// let go then.
    pub(crate) async fn put(&self, at: &ObjectTarget, new: New) -> Result<Put, Fault> {
        let received = match new.body {
            NewBody::Received(id) => Some(id),
            NewBody::Empty | NewBody::Small(_) | NewBody::Shared(_) => None,
        };
        let outcome = self.try_put(at, new).await;
        if let (Err(_), Some(id)) = (&outcome, received) {
            self.let_go(id).await;
        }
        outcome
    }

    async fn try_put(&self, at: &ObjectTarget, mut new: New) -> Result<Put, Fault> {
        new.object.body = match &new.body {
            NewBody::Empty => BodyAt::Empty,
            NewBody::Small(_) => BodyAt::Small(self.body_ids.next()),
            NewBody::Received(id) | NewBody::Shared(id) => BodyAt::Blob(*id, self.body_ids.next()),
        };
        let head = new.object.encode()?;
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            if new.forbid_overwrite && found.is_some() {
                return Err(fault::file_already_exists());
            }
            let standing = self.standing(&at.bucket).await?;
            let mut batch = Batch::new();
            batch.expect_version(rows::incarnation_key(&at.bucket.name), standing);
            replace(&mut batch, at, found.as_deref());
            batch.put(rows::head_key(at.bucket.incarnation, &at.key), head.clone());
            attach(&mut batch, &at.bucket, &new);
            count(&mut batch, &at.bucket, found.as_deref(), Some(&new.object));
            match self.store.meta.commit(batch).await {
                Ok(_) => {
                    self.release_body(found.as_deref()).await;
                    return Ok(Put::Done);
                }
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
    pub(crate) async fn delete(&self, at: &ObjectTarget) -> Result<bool, Fault> {
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            let Some(old) = found.as_deref() else {
                return Ok(false);
            };
            let mut batch = Batch::new();
            replace(&mut batch, at, Some(old));
            batch.delete(rows::head_key(at.bucket.incarnation, &at.key));
            count(&mut batch, &at.bucket, Some(old), None);
            match self.store.meta.commit(batch).await {
                Ok(_) => {
                    self.release_body(Some(old)).await;
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
            let Some(mut old) = found else {
                return Err(fault::no_such_key(&at.key));
            };
            change(&mut old.object)?;
            let mut batch = Batch::new();
            batch
                .expect_version(&row, old.version)
                .put(&row, old.object.encode()?);
            match self.store.meta.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            found = self.find(&at.bucket, &at.key).await?;
        }
        Err(contended())
    }

    /// The version of the row that every put into a bucket expects. A deletion that is only looking is called off:
    /// a put came first.
    pub(crate) async fn standing(&self, bucket: &Bucket) -> Result<u64, Fault> {
        let key = rows::incarnation_key(&bucket.name);
        for _ in 0..ATTEMPTS {
            let row = self.store.meta.get(&key).await?;
            let row = row.ok_or_else(|| fault::no_such_bucket(&bucket.name))?;
            let incarnation = Incarnation::decode(&row.value)?;
            if incarnation.id != bucket.incarnation {
                return Err(fault::no_such_bucket(&bucket.name));
            }
            if !incarnation.closing {
                return Ok(row.version);
            }
            let open = Incarnation {
                closing: false,
                ..incarnation
            };
            let mut batch = Batch::new();
            batch
                .expect_version(&key, row.version)
                .put(&key, open.encode()?);
            match self.store.meta.commit(batch).await {
                Ok(_) | Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// Deletes the blob of an object that has just gone, unless another one has it too.
    async fn release_body(&self, gone: Option<&Found>) {
        if let Some(BodyAt::Blob(id, _)) = gone.map(|found| found.object.body) {
            self.let_go(id).await;
        }
    }

    /// Deletes a blob that nobody owns. What fails here is done by a later sweep.
    pub(super) async fn let_go(&self, id: BlobId) {
        if let Err(error) = self.store.release(id).await {
            tracing::warn!(blob = %id, %error, "cannot release a body yet");
        }
    }
}

/// Expects what is there to be what was found, and takes its bytes away.
fn replace(batch: &mut Batch, at: &ObjectTarget, found: Option<&Found>) {
    let row = rows::head_key(at.bucket.incarnation, &at.key);
    let Some(old) = found else {
        batch.expect_absent(row);
        return;
    };
    batch.expect_version(row, old.version);
    match &old.object.body {
        BodyAt::Empty => {}
        BodyAt::Small(body) => {
            batch.delete(rows::body_key(at.bucket.incarnation, body));
        }
        BodyAt::Blob(id, owner) => store::disown(batch, *id, owner),
    }
}

/// Gives a new object its bytes.
fn attach(batch: &mut Batch, bucket: &Bucket, new: &New) {
    match (&new.object.body, &new.body) {
        (BodyAt::Small(body), NewBody::Small(bytes)) => {
            batch.put(rows::body_key(bucket.incarnation, body), bytes.clone());
        }
        (BodyAt::Blob(id, owner), NewBody::Received(_)) => store::own(batch, *id, owner),
        (BodyAt::Blob(id, owner), NewBody::Shared(_)) => store::share(batch, *id, owner),
        _ => {}
    }
}

/// Adds to the bucket's counters what changes.
fn count(batch: &mut Batch, bucket: &Bucket, old: Option<&Found>, new: Option<&Object>) {
    match (old.map(|found| &found.object), new) {
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

fn contended() -> Fault {
    Fault::internal("too many conflicts on one row")
}
