//! The profile files that SDKs and tools read (spec/identity.md §5.5). One profile is written; whatever else stands in
//! the files stays as it is.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::cli::files::write_private;

/// The file of the Go and Node SDKs.
pub(super) const INI: &str = ".alibabacloud/credentials";
/// The file of the Python and Java SDKs.
const INI_TOO: &str = ".alibabacloud/credentials.ini";
/// The file of the `aliyun` program, which all SDKs read too.
pub(super) const CLI: &str = ".aliyun/config.json";

/// A profile with a key in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
    pub(super) region: &'a str,
    /// `HOST:PORT`.
    pub(super) endpoint: &'a str,
}

impl Profile<'_> {
    /// Writes the profile into the files of a home directory, and returns their paths. If one of them cannot be read,
    /// or has another profile of this name, none is touched.
    pub(super) fn write(&self, home: &Path) -> Result<Vec<PathBuf>, String> {
        self.check()?;
        let mut ready = Vec::new();
        for (name, merge) in [
            (INI, Self::merge_ini as fn(&Self, &str) -> _),
            (INI_TOO, Self::merge_ini),
            (CLI, Self::merge_json),
        ] {
            let path = home.join(name);
            let failed = |why: String| format!("{}: {why}; nothing was written", path.display());
            let old = read(&path).map_err(|e| failed(e.to_string()))?;
            let new = merge(self, &old).map_err(failed)?;
            ready.push((path, new));
        }
        for (path, text) in &ready {
            let written = make_folder(path).and_then(|()| write_private(path, text));
            written.map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        }
        Ok(ready.into_iter().map(|(path, _)| path).collect())
    }

    /// Names and values that every reader of the files takes as they are. (Python's expands `%`, others end values at
    /// `#` or `;`.)
    fn check(&self) -> Result<(), String> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if self.name.is_empty() || !self.name.chars().all(legal) {
            return Err(format!(
                "`{}` is no name of a profile: use letters, digits and . _ -",
                self.name
            ));
        }
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '%' | '#' | ';' | '"' | '\'');
        match self.secret.chars().all(plain) {
            true => Ok(()),
            false => Err(
                "the secret has a character that profile files cannot hold (a blank, or one of % # ; \" ')"
                    .to_owned(),
            ),
        }
    }

    fn is_taken(&self, by: &str) -> String {
        format!(
            "there is another profile `{}` in it already, {by}: choose another name with --profile, or take it out",
            self.name
        )
    }

    fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("type", "access_key"),
            ("access_key_id", self.id),
            ("access_key_secret", self.secret),
        ]
    }

    fn merge_ini(&self, old: &str) -> Result<String, String> {
        let lines: Vec<&str> = old.split_inclusive('\n').collect();
        let ours = |line: &str| section(line) == Some(self.name);
        let Some(start) = lines.iter().position(|line| ours(line)) else {
            return Ok(self.append_to_ini(old));
        };
        if lines.iter().filter(|line| ours(line)).count() > 1 {
            return Err(format!("it has the profile `{}` twice", self.name));
        }
        let after = lines[start + 1..]
            .iter()
            .position(|line| section(line).is_some());
        let end = after.map_or(lines.len(), |after| start + 1 + after);
        let body = &lines[start + 1..end];
        let value = |name| {
            body.iter()
                .find_map(|line| pair(line).filter(|(n, _)| *n == name))
        };
        match (value("type"), value("access_key_id")) {
            (None, None) => {}
            (kind, Some((_, id)))
                if id == self.id && kind.is_none_or(|(_, k)| k == "access_key") => {}
            (_, Some((_, id))) => return Err(self.is_taken(&format!("with the key `{id}`"))),
            (Some((_, kind)), None) => return Err(self.is_taken(&format!("of the type `{kind}`"))),
        }
        let mut new = lines[..start].concat();
        new.push_str(&self.section_text());
        let replaced = |line: &&&str| {
            let name = pair(line).map(|(name, _)| name);
            !self.pairs().iter().any(|(ours, _)| name == Some(ours))
        };
        new.extend(body.iter().filter(replaced).copied());
        new.extend(lines[end..].iter().copied());
        Ok(new)
    }

    fn append_to_ini(&self, old: &str) -> String {
        let gap = match old {
            "" => "",
            old if old.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        format!("{old}{gap}{}", self.section_text())
    }

    fn section_text(&self) -> String {
        let mut text = format!("[{}]\n", self.name);
        for (name, value) in self.pairs() {
            text.push_str(&format!("{name} = {value}\n"));
        }
        text
    }

    fn merge_json(&self, old: &str) -> Result<String, String> {
        let mut root: Map<String, Value> = match old.trim() {
            "" => Map::new(),
            text => {
                serde_json::from_str(text).map_err(|e| format!("it is not a JSON object: {e}"))?
            }
        };
        let profiles = root.entry("profiles").or_insert_with(|| json!([]));
        let profiles = profiles.as_array_mut();
        let profiles = profiles.ok_or("its `profiles` are not a list")?;
        let mut ours = profiles.iter_mut().filter(|p| p["name"] == self.name);
        match (ours.next(), ours.next()) {
            (None, _) => profiles.push(Value::Object(self.cli_fields())),
            (Some(_), Some(_)) => return Err(format!("it has the profile `{}` twice", self.name)),
            (Some(profile), None) => self.update(profile)?,
        }
        let current = root.entry("current").or_insert(Value::Null);
        if current.as_str().is_none_or(str::is_empty) {
            *current = json!(self.name);
        }
        let text = serde_json::to_string_pretty(&root).map_err(|e| e.to_string())?;
        Ok(text + "\n")
    }

    fn update(&self, profile: &mut Value) -> Result<(), String> {
        let same = profile["mode"] == "AK" && profile["access_key_id"] == self.id;
        if !same {
            let text = |name| profile[name].as_str().unwrap_or("").to_owned();
            let by = format!(
                "of the mode `{}`, with the key `{}`",
                text("mode"),
                text("access_key_id")
            );
            return Err(self.is_taken(&by));
        }
        if let Some(fields) = profile.as_object_mut() {
            fields.extend(self.cli_fields());
        }
        Ok(())
    }

    fn cli_fields(&self) -> Map<String, Value> {
        let fields = [
            ("name", self.name),
            ("mode", "AK"),
            ("access_key_id", self.id),
            ("access_key_secret", self.secret),
            ("region_id", self.region),
            ("endpoint", self.endpoint),
            ("output_format", "json"),
            ("language", "en"),
        ];
        fields
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .into_iter()
            .collect()
    }
}

/// The name in a line such as `[name]`.
fn section(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix('[')?
        .split_once(']')
        .map(|(name, _)| name.trim())
}

/// A line such as `name = value`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let (name, value) = line.split_once(['=', ':'])?;
    Some((name.trim(), value.trim()))
}

/// Empty if there is no such file.
fn read(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROFILE: Profile<'_> = Profile {
        name: "localyun",
        id: "id",
        secret: "s3cret",
        region: "cn-hangzhou",
        endpoint: "127.0.0.1:4577",
    };
    const SECTION: &str =
        "[localyun]\ntype = access_key\naccess_key_id = id\naccess_key_secret = s3cret\n";

    fn ini(old: &str) -> String {
        PROFILE.merge_ini(old).unwrap()
    }

    #[test]
    fn a_section_is_added_or_brought_up_to_date() {
        assert_eq!(ini(""), SECTION);
        assert_eq!(ini(SECTION), SECTION);
        let theirs = "# mine\n[default]\ntype=access_key\naccess_key_id = real\n";
        assert_eq!(ini(theirs), format!("{theirs}\n{SECTION}"));
        assert_eq!(ini("[a]\nx=1"), format!("[a]\nx=1\n\n{SECTION}"));
        let old = "[a]\nx=1\n[localyun]\naccess_key_id : id\nnote = kept\naccess_key_secret=old\n\n# on b\n[b]\ny=2\n";
        assert_eq!(
            ini(old),
            format!("[a]\nx=1\n{SECTION}note = kept\n\n# on b\n[b]\ny=2\n")
        );
    }

    #[test]
    fn what_is_not_ours_is_never_overwritten() {
        for theirs in [
            "[localyun]\ntype = access_key\naccess_key_id = real\naccess_key_secret = x\n",
            "[localyun]\ntype = ecs_ram_role\nrole_name = r\n",
            "[localyun]\ntype = ram_role_arn\naccess_key_id = id\n",
            "[localyun]\n[localyun]\n",
        ] {
            assert!(PROFILE.merge_ini(theirs).is_err(), "{theirs}");
        }
        for theirs in [
            "{\"profiles\":[{\"name\":\"localyun\",\"mode\":\"AK\",\"access_key_id\":\"real\"}]}",
            "{\"profiles\":[{\"name\":\"localyun\",\"mode\":\"EcsRamRole\"}]}",
            "{\"profiles\":{}}",
            "{\"profiles\":[{\"name\":\"localyun\"},{\"name\":\"localyun\"}]}",
            "[]",
            "{",
        ] {
            assert!(PROFILE.merge_json(theirs).is_err(), "{theirs}");
        }
    }

    #[test]
    fn other_profiles_of_the_cli_stay() {
        let theirs = json!({
            "profiles": [{"name": "default", "mode": "AK", "access_key_id": "real", "x": [1, 2.5]}],
            "current": "default",
            "meta_path": "",
        });
        let once = PROFILE.merge_json(&theirs.to_string()).unwrap();
        let merged: Value = serde_json::from_str(&once).unwrap();
        assert_eq!(merged["profiles"][0], theirs["profiles"][0]);
        assert_eq!(merged["profiles"][1]["access_key_secret"], "s3cret");
        assert_eq!(
            (&merged["current"], &merged["meta_path"]),
            (&json!("default"), &json!(""))
        );
        assert_eq!(PROFILE.merge_json(&once).unwrap(), once);
        let first: Value = serde_json::from_str(&PROFILE.merge_json("").unwrap()).unwrap();
        assert_eq!(first["current"], "localyun");
    }

    #[test]
    fn a_file_that_cannot_be_taken_leaves_the_others_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aliyun")).unwrap();
        fs::write(home.path().join(CLI), "{").unwrap();
        let refused = PROFILE.write(home.path()).unwrap_err();
        assert!(
            refused.contains("config.json") && refused.contains("nothing"),
            "{refused}"
        );
        assert!(!home.path().join(INI).exists());
        fs::remove_file(home.path().join(CLI)).unwrap();
        assert_eq!(PROFILE.write(home.path()).unwrap().len(), 3);
        for secret in ["a b", "a%b", "a#b", "a\nb"] {
            assert!(Profile { secret, ..PROFILE }.write(home.path()).is_err());
        }
        for name in ["", "a]b", "a b", "a\nb"] {
            assert!(Profile { name, ..PROFILE }.write(home.path()).is_err());
        }
    }

    proptest! {
        #[test]
        fn every_line_of_others_stays(lines in prop::collection::vec("[a-z=:#;\\[\\] ]{0,12}", 0..20)) {
            let old: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let new = ini(&old);
            let mut left = new.as_str();
            for line in old.split_inclusive('\n') {
                let at = left.find(line);
                prop_assert!(at.is_some(), "{line:?} is gone from {new:?}");
                left = &left[at.unwrap_or(0) + line.len()..];
            }
            prop_assert_eq!(ini(&new), new);
        }
    }
}
