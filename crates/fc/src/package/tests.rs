use std::io::Write;

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A package with these files.
fn packed(files: &[(&str, &[u8])]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner().into()
}

fn link(name: &str, target: &str) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink(name, target, SimpleFileOptions::default())
        .unwrap();
    writer.finish().unwrap().into_inner().into()
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "packages are made where they are refused"
)]
fn refusal(bytes: Bytes) -> String {
    check(&bytes).unwrap_err().to_string()
}

#[test]
fn files_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let package = packed(&[("index.py", b"x = 1"), ("lib/deep/a.txt", b"text")]);
    check(&package).unwrap();
    unpack(&package, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("index.py")).unwrap(), b"x = 1");
    assert_eq!(
        fs::read(folder.path().join("lib/deep/a.txt")).unwrap(),
        b"text"
    );
}

#[test]
fn an_entry_that_leads_out_is_refused() {
    for name in [
        "../evil.py",
        "/etc/evil",
        "a/../../evil",
        "..",
        "a\\..\\..\\evil",
    ] {
        let why = refusal(packed(&[(name, b"x")]));
        assert!(why.contains("leads out of the package"), "{name}: {why}");
    }
}

#[test]
fn links_stay_inside() {
    check(&link("a/b/link", "../c/file")).unwrap();
    for target in [
        "/etc/passwd",
        "../../..",
        "../../../x",
        "x/../../../..",
        "x/..",
    ] {
        let why = refusal(link("a/b/link", target));
        assert!(why.contains("a link that leads out"), "{target}: {why}");
    }
}

#[test]
fn an_entry_below_a_file_is_refused() {
    let why = refusal(packed(&[("a", b"x"), ("a/b", b"y")]));
    assert!(why.contains("below an entry that is no folder"), "{why}");
    assert!(refusal(packed(&[("a/b", b"x"), ("a", b"y")])).contains("is there twice"));
}

#[test]
fn two_entries_for_one_place_are_refused() {
    assert!(refusal(packed(&[("a", b"x"), ("./a", b"y")])).contains("is there twice"));
    // The writer refuses what a stranger's may write: two entries of one name.
    let mut twice = packed(&[("index.py", b"x"), ("endex.py", b"y")]).to_vec();
    while let Some(at) = twice.windows(8).position(|w| w == b"endex.py") {
        twice[at] = b'i';
    }
    check(&twice.into()).unwrap_err();
}

#[test]
fn a_broken_file_is_found() {
    let mut package = packed(&[("index.py", b"print('hello, hello, hello')")]).to_vec();
    // Somewhere in the bytes of the one file, behind its header of 30 bytes and a name of 8.
    package[45] ^= 0x55;
    let why = refusal(package.into());
    assert!(why.contains("no") && why.contains("ZIP"), "{why}");
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0; 1 << 20];
    writer
        .start_file("zeros", SimpleFileOptions::default())
        .unwrap();
    for _ in 0..8 {
        writer.write_all(&zeros).unwrap();
    }
    let bomb: Bytes = writer.finish().unwrap().into_inner().into();
    check_up_to(&bomb, 8 << 20).unwrap();
    let why = check_up_to(&bomb, (8 << 20) - 1).unwrap_err().to_string();
    assert!(why.contains("too many bytes"), "{why}");
}

proptest! {
    #[test]
    fn strangers_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = check(&bytes.into());
    }

    #[test]
    fn a_changed_package_does_not_leave_its_folder(at in 0usize..200, to: u8) {
        let mut package = packed(&[("index.py", b"x = 1"), ("lib/a.txt", b"text")]).to_vec();
        let at = at % package.len();
        package[at] = to;
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("inner");
        fs::create_dir(&folder).unwrap();
        let _ = unpack(&package.into(), &folder);
        prop_assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_path_leads_out(name in "[./a\\\\]{0,12}") {
        if let Some(path) = inside(&name) {
            prop_assert!(path.components().all(|c| matches!(c, Component::Normal(_))));
        }
    }
}
