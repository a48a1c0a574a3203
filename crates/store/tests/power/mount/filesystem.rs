//! The kernel's requests.

use std::{
    ffi::OsStr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyLseek, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::{Shared, lock};
use crate::disk::{Disk, File, Folder, Ino, Node};

/// Nobody but the kernel changes anything, so it may remember what it was told.
const TTL: Duration = Duration::from_secs(60);
const GENERATION: Generation = Generation(0);

#[derive(Debug)]
pub(super) struct Served(pub(super) Arc<Mutex<Shared>>);

impl Served {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.0)
    }

    /// Answers with what there is now.
    fn entry(disk: &Disk, ino: Ino, reply: ReplyEntry) {
        match attributes(disk, ino) {
            Some(attributes) => reply.entry(&TTL, &attributes, GENERATION),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn sync(&self, ino: Ino, reply: ReplyEmpty) {
        let mut shared = self.lock();
        let Shared { disk, watch } = &mut *shared;
        watch(disk, ino);
        disk.sync(ino);
        reply.ok();
    }

    fn remove(&self, folder: Ino, name: &OsStr, reply: ReplyEmpty) {
        let disk = &mut self.lock().disk;
        match disk.find(folder, name) {
            Some(ino) if disk.names(ino).is_some_and(|names| !names.is_empty()) => {
                reply.error(Errno::ENOTEMPTY);
            }
            Some(_) => {
                disk.unlink(folder, name);
                reply.ok();
            }
            None => reply.error(Errno::ENOENT),
        }
    }
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let disk = &self.lock().disk;
        match disk.find(parent.0, name) {
            Some(ino) => Self::entry(disk, ino, reply),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match attributes(&self.lock().disk, ino.0) {
            Some(attributes) => reply.attr(&TTL, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    /// Only a file's length is kept; owners, modes and times are all the same.
    fn setattr(
        &self,
        request: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        handle: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        if let Some(size) = size
            && let Some(file) = self.lock().disk.file(ino.0)
        {
            file.resize(size);
        }
        self.getattr(request, ino, handle, reply);
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        let disk = &mut self.lock().disk;
        let ino = disk.create(parent.0, name, Node::Folder(Folder::default()));
        Self::entry(disk, ino, reply);
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        _: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let disk = &mut self.lock().disk;
        let ino = disk.create(parent.0, name, Node::File(File::default()));
        match attributes(disk, ino) {
            Some(attributes) => {
                reply.created(
                    &TTL,
                    &attributes,
                    GENERATION,
                    FileHandle(0),
                    FopenFlags::empty(),
                );
            }
            None => reply.error(Errno::EIO),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.remove(parent.0, name, reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.remove(parent.0, name, reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let disk = &mut self.lock().disk;
        if flags.contains(RenameFlags::RENAME_EXCHANGE) {
            reply.error(Errno::EINVAL);
        } else if flags.contains(RenameFlags::RENAME_NOREPLACE)
            && disk.find(new_parent.0, new_name).is_some()
        {
            reply.error(Errno::EEXIST);
        } else {
            disk.rename((parent.0, name), (new_parent.0, new_name));
            reply.ok();
        }
    }

    fn link(
        &self,
        _: &Request,
        ino: INodeNo,
        new_parent: INodeNo,
        new_name: &OsStr,
        reply: ReplyEntry,
    ) {
        let disk = &mut self.lock().disk;
        disk.link(new_parent.0, new_name, ino.0);
        Self::entry(disk, ino.0, reply);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.lock().disk.node(ino.0) {
            Some(Node::File(file)) => reply.data(&file.read(offset, size as usize)),
            _ => reply.error(Errno::EISDIR),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.lock().disk.file(ino.0) {
            Some(file) => {
                file.write(offset, data);
                reply.written(data.len() as u32);
            }
            None => reply.error(Errno::EISDIR),
        }
    }

    /// Says where the holes are: journals are long and mostly empty.
    fn lseek(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: i64,
        whence: i32,
        reply: ReplyLseek,
    ) {
        const DATA: i32 = 3;
        let shared = self.lock();
        let (Some(Node::File(file)), Ok(at)) = (shared.disk.node(ino.0), u64::try_from(offset))
        else {
            return reply.error(Errno::EINVAL);
        };
        match file.seek(at, whence == DATA) {
            Some(found) => reply.offset(found as i64),
            None => reply.error(Errno::ENXIO),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(ino.0, reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(ino.0, reply);
    }

    /// In the order of their numbers, which are the places to go on from: names may vanish meanwhile.
    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let disk = &self.lock().disk;
        let names = disk.names(ino.0).into_iter().flatten();
        let mut rest: Vec<_> = names.filter(|(_, ino)| **ino > offset).collect();
        rest.sort_unstable_by_key(|(_, ino)| **ino);
        for (name, ino) in rest {
            if reply.add(INodeNo(*ino), *ino, kind(disk, *ino), name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        const BLOCKS: u64 = 1 << 28; // a terabyte, all free
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 4096, 255, 4096);
    }
}

fn kind(disk: &Disk, ino: Ino) -> FileType {
    match disk.node(ino) {
        Some(Node::Folder(_)) => FileType::Directory,
        _ => FileType::RegularFile,
    }
}

fn attributes(disk: &Disk, ino: Ino) -> Option<FileAttr> {
    let (size, perm) = match disk.node(ino)? {
        Node::File(file) => (file.len(), 0o644),
        Node::Folder(_) => (0, 0o755),
    };
    Some(FileAttr {
        ino: INodeNo(ino),
        size,
        blocks: size.div_ceil(512),
        atime: SystemTime::UNIX_EPOCH,
        mtime: SystemTime::UNIX_EPOCH,
        ctime: SystemTime::UNIX_EPOCH,
        crtime: SystemTime::UNIX_EPOCH,
        kind: kind(disk, ino),
        perm,
        nlink: 1,
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
        rdev: 0,
        blksize: 4096,
        flags: 0,
    })
}
