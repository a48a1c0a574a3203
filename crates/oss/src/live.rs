//! Live channels: the names under which streams could be pushed. Nothing can be pushed here, so no channel is ever
//! live and none has a history.

use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::Batch;

use crate::rows::{self, Bucket};
use crate::{Oss, fault};

/// The most characters of a channel's name (EC page 0017-00000258).
const NAME: usize = 63;

/// A channel's configuration. Its name is part of the row's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Channel {
    pub(crate) description: Box<str>,
    pub(crate) enabled: bool,
    /// Seconds of a fragment, 1 to 100.
    pub(crate) frag_duration: u8,
    /// Fragments of a playlist, 1 to 100.
    pub(crate) frag_count: u8,
    pub(crate) playlist: Box<str>,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
}

/// Which channels are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// What names begin with.
    pub(crate) prefix: &'a str,
    /// Names up to and including this one are left out.
    pub(crate) marker: &'a str,
    /// The most channels to return.
    pub(crate) limit: usize,
}

/// Channels with their names.
pub(crate) type Channels = Vec<(String, Channel)>;

/// Whether a key is a name that a channel may have. Errors: `InvalidChannelName`.
pub(crate) fn check_name(name: &str) -> Result<(), Fault> {
    if name.contains('/') {
        return Err(fault::live::name_with_slash());
    }
    if name.chars().count() > NAME {
        return Err(fault::live::name_too_long());
    }
    Ok(())
}

impl Oss {
    /// Makes a channel, or replaces its configuration. Errors: `NoSuchBucket` when the bucket goes away meanwhile.
    pub(crate) async fn put_channel(
        &self,
        bucket: &Bucket,
        name: &str,
        channel: &Channel,
    ) -> Result<(), Fault> {
        let row = rows::channel_key(bucket.incarnation, name);
        let value = rows::encode(channel)?;
        loop {
            let standing = self.standing(bucket).await?;
            let mut batch = Batch::new();
            standing.expect(&mut batch);
            batch.put(&row, value.clone());
            match self.store.meta.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A channel. Errors: `NoSuchLiveChannel`.
    pub(crate) async fn channel(&self, bucket: &Bucket, name: &str) -> Result<Channel, Fault> {
        let row = rows::channel_key(bucket.incarnation, name);
        let row = self.store.meta.get(&row).await?;
        let row = row.ok_or_else(fault::live::no_such_channel)?;
        rows::decode(&row.value)
    }

    /// Lets streams in, or keeps them out. Errors: `NoSuchLiveChannel`.
    pub(crate) async fn enable_channel(
        &self,
        bucket: &Bucket,
        name: &str,
        enabled: bool,
    ) -> Result<(), Fault> {
        let key = rows::channel_key(bucket.incarnation, name);
        loop {
            let row = self.store.meta.get(&key).await?;
            let row = row.ok_or_else(fault::live::no_such_channel)?;
            let channel = Channel {
                enabled,
                ..rows::decode(&row.value)?
            };
            let mut batch = Batch::new();
            batch
                .expect_version(&key, row.version)
                .put(&key, rows::encode(&channel)?);
            match self.store.meta.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Removes a channel. That there is none is no error.
    pub(crate) async fn delete_channel(&self, bucket: &Bucket, name: &str) -> Result<(), Fault> {
        let mut batch = Batch::new();
        batch.delete(rows::channel_key(bucket.incarnation, name));
        self.store.meta.commit(batch).await?;
        Ok(())
    }

    /// The channels that are wanted, in the order of their names, and whether more follow.
    pub(crate) async fn channels(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
    ) -> Result<(Channels, bool), Fault> {
        let view = self.store.meta.view().await?;
        let start = rows::channel_key(bucket.incarnation, "").len();
        let mut cursor = view.cursor(&rows::channel_key(bucket.incarnation, wanted.prefix));
        if !wanted.marker.is_empty() {
            let marker = rows::channel_key(bucket.incarnation, wanted.marker);
            cursor.seek(&[&marker[..], b"\0"].concat()).await?;
        }
        let mut channels = Vec::new();
        while let Some(row) = cursor.next().await? {
            if channels.len() == wanted.limit {
                return Ok((channels, true));
            }
            let name = row.key.get(start..).unwrap_or_default();
            let name = std::str::from_utf8(name).map_err(Fault::internal)?;
            channels.push((name.to_owned(), rows::decode(&row.value)?));
        }
        Ok((channels, false))
    }
}
