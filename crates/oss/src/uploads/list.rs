//! Uploads as a listing reads them: keys, and for each the uploads to it.

use gateway::Fault;
use store::Cursor;

use crate::Oss;
use crate::listing::{behind, group};
use crate::rows::{self, Bucket, Upload, UploadId};

/// Which uploads are asked for.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) prefix: &'a str,
    /// What ends a common prefix; nothing is grouped where it is empty.
    pub(crate) delimiter: &'a str,
    /// Uploads to this key are left out, up to and including the one of `upload` where there is one; keys before it too.
    pub(crate) key: &'a str,
    /// Uploads to `key` behind this one are shown.
    pub(crate) upload: Option<UploadId>,
    /// The most entries, at least 1.
    pub(crate) limit: usize,
}

/// An upload that has not ended.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) id: UploadId,
    pub(crate) upload: Upload,
}

/// What a listing found.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    pub(crate) uploads: Vec<Entry>,
    pub(crate) prefixes: Vec<String>,
    /// Where the next page goes on, if more follow: key, and upload unless the last entry is a common prefix.
    pub(crate) next: Option<(String, Option<UploadId>)>,
}

/// How many uploads a bucket has, and how many parts they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) uploads: u64,
    pub(crate) parts: u64,
}

impl Oss {
    /// The uploads of a bucket that are asked for, all as they were at one instant.
    pub(crate) async fn list_uploads(
        &self,
        bucket: &Bucket,
        ask: &Ask<'_>,
    ) -> Result<Uploads, Fault> {
        let rows = rows::uploads(bucket.incarnation);
        let mut cursor = self.store.meta.view().await?.cursor(&rows);
        cursor.seek(&[&rows, &ask.start()[..]].concat()).await?;
        let mut found = Uploads::default();
        let mut last = None;
        while let Some(entry) = next(&mut cursor, rows.len()).await? {
            if !entry.key.starts_with(ask.prefix) {
                break;
            }
            if found.uploads.len() + found.prefixes.len() >= ask.limit {
                found.next = last;
                break;
            }
            match group(ask.prefix, ask.delimiter, &entry.key) {
                None => {
                    last = Some((entry.key.clone(), Some(entry.id)));
                    found.uploads.push(entry);
                }
                Some(group) => {
                    let behind = [&rows, &behind(group)[..]].concat();
                    cursor.seek(&behind).await?;
                    last = Some((group.to_owned(), None));
                    found.prefixes.push(group.to_owned());
                }
            }
        }
        Ok(found)
    }

    /// Counts the uploads of a bucket and their parts, by going through them: unlike objects they are few.
    pub(crate) async fn pending(&self, bucket: &Bucket) -> Result<Pending, Fault> {
        let view = self.store.meta.view().await?;
        let rows = rows::uploads(bucket.incarnation);
        let mut uploads = view.cursor(&rows);
        let mut pending = Pending::default();
        while let Some(entry) = next(&mut uploads, rows.len()).await? {
            pending.uploads += 1;
            let mut parts = view.cursor(&rows::parts(&entry.id));
            while parts.next().await?.is_some() {
                pending.parts += 1;
            }
        }
        Ok(pending)
    }
}

impl Ask<'_> {
    /// Where reading begins, behind what the rows of a bucket's uploads begin with.
    fn start(&self) -> Vec<u8> {
        if self.key < self.prefix {
            return self.prefix.into();
        }
        if let Some(group) = group(self.prefix, self.delimiter, self.key)
            && self.key.starts_with(self.prefix)
        {
            return behind(group);
        }
        let key = self.key.as_bytes();
        match &self.upload {
            Some(upload) => [key, &[0], upload, &[0]].concat(),
            None => [key, &[1]].concat(),
        }
    }
}

async fn next(cursor: &mut Cursor, prefix: usize) -> Result<Option<Entry>, Fault> {
    const ID: usize = 16;
    let Some(row) = cursor.next().await? else {
        return Ok(None);
    };
    let rest = row.key.get(prefix..).unwrap_or_default();
    let split = rest
        .len()
        .checked_sub(ID + 1)
        .and_then(|at| rest.split_at_checked(at));
    let (key, id) = split.ok_or_else(|| Fault::internal("the row of an upload has no id"))?;
    Ok(Some(Entry {
        key: std::str::from_utf8(key)
            .map_err(Fault::internal)?
            .to_owned(),
        id: id
            .get(1..)
            .unwrap_or_default()
            .try_into()
            .map_err(Fault::internal)?,
        upload: Upload::decode(&row.value)?,
    }))
}
