//! Several unpacked packages in one folder.

use std::fs;
use std::io;
use std::path::Path;

/// Moves what is in one folder into another of the same file system. What is there stays, as it does where a file meets a
/// folder; only folders that both have are gone into. Links are moved as they are and never followed: each leads out of
/// the folder that it is in as little as before.
pub(crate) fn merge(from: &Path, into: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = into.join(entry.file_name());
        match fs::symlink_metadata(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::rename(entry.path(), target)?;
            }
            Err(error) => return Err(error),
            Ok(there) if there.is_dir() && entry.file_type()?.is_dir() => {
                merge(&entry.path(), &target)?;
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("1"), folder.path().join("2"));
        let write = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(&first.join("python/a.py"), "first");
        write(&first.join("file"), "first");
        write(&first.join("folder/x"), "first");
        symlink(".", first.join("link")).unwrap();
        write(&second.join("python/a.py"), "second");
        write(&second.join("python/b/c.py"), "second");
        write(&second.join("file/below"), "second");
        write(&second.join("folder"), "second");
        write(&second.join("link/through"), "second");
        symlink("a.py", second.join("python/l")).unwrap();
        merge(&second, &first).unwrap();
        let read = |path: &str| fs::read_to_string(first.join(path)).unwrap();
        assert_eq!(read("python/a.py"), "first");
        assert_eq!(read("python/b/c.py"), "second");
        assert_eq!(read("python/l"), "first");
        assert_eq!(read("file"), "first");
        assert_eq!(read("folder/x"), "first");
        assert!(!first.join("through").exists(), "written through a link");
    }
}
