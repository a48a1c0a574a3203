//! The body of PutLiveChannel.

use gateway::Fault;

use super::Element;
use crate::fault::live::bad_element;
use crate::fault::{malformed_xml, not_implemented};
use crate::live::Channel;

/// The most bytes of a description.
const DESCRIPTION: usize = 128;
/// Of these fragments have seconds, and playlists fragments.
const FRAGMENTS: std::ops::RangeInclusive<u8> = 1..=100;

/// A channel as a `LiveChannelConfiguration` says, last changed `modified`.
///
/// Pictures of a stream (`Snapshot`) are not implemented.
pub(crate) fn live_channel(root: &Element, modified: i64) -> Result<Channel, Fault> {
    if root.child("Snapshot").is_some() {
        return Err(not_implemented("Snapshot"));
    }
    let target = root.child("Target");
    let target = target.ok_or_else(|| malformed_xml("the node Target is missing."))?;
    match target.child_text("Type") {
        Some("HLS") => {}
        Some(other) => return Err(bad_element("Type", other, None)),
        None => return Err(malformed_xml("the node Type is missing.")),
    }
    let description = root.child_text("Description").unwrap_or_default();
    if description.len() > DESCRIPTION {
        return Err(bad_element("Description", description, None));
    }
    Ok(Channel {
        description: description.into(),
        enabled: status(root.child_text("Status"))?,
        frag_duration: number(target, "FragDuration", 5, "0044-00000014")?,
        frag_count: number(target, "FragCount", 3, "0044-00000015")?,
        playlist: playlist(target)?.into(),
        modified,
    })
}

/// `enabled` or `disabled`.
pub(crate) fn status(text: Option<&str>) -> Result<bool, Fault> {
    match text {
        None | Some("" | "enabled") => Ok(true),
        Some("disabled") => Ok(false),
        Some(other) => Err(bad_element("Status", other, Some("0044-00000002"))),
    }
}

fn number(
    target: &Element,
    name: &'static str,
    default: u8,
    ec: &'static str,
) -> Result<u8, Fault> {
    let Some(text) = target.child_text(name).filter(|text| !text.is_empty()) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|n| FRAGMENTS.contains(n));
    number.ok_or_else(|| bad_element(name, text, Some(ec)))
}

/// 6 to 128 characters without `/`, with the ending of playlists.
fn playlist(target: &Element) -> Result<&str, Fault> {
    let name = target.child_text("PlaylistName").unwrap_or_default();
    if name.is_empty() {
        return Ok("playlist.m3u8");
    }
    let bad = |ec| Err(bad_element("PlaylistName", name, Some(ec)));
    if name.contains('/') {
        return bad("0044-00000016");
    }
    if !(6..=128).contains(&name.chars().count()) {
        return bad("0044-00000017");
    }
    if !name.ends_with(".m3u8") {
        return bad("0044-00000018");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml_in::rooted;

    fn read(inside: &str) -> Result<Channel, (&'static str, &'static str)> {
        let document = format!("<LiveChannelConfiguration>{inside}</LiveChannelConfiguration>");
        let root = rooted(document.as_bytes(), "LiveChannelConfiguration").expect("XML");
        live_channel(&root, 7).map_err(|f| (f.code(), f.ec_code().unwrap_or_default()))
    }

    fn target(inside: &str) -> String {
        format!("<Target><Type>HLS</Type>{inside}</Target>")
    }

    #[test]
    fn what_is_not_said_is_as_documented() {
        let expected = Channel {
            description: "".into(),
            enabled: true,
            frag_duration: 5,
            frag_count: 3,
            playlist: "playlist.m3u8".into(),
            modified: 7,
        };
        assert_eq!(read(&target("")), Ok(expected.clone()));
        let empty = "<FragDuration/><FragCount/><PlaylistName/>";
        assert_eq!(read(&target(empty)), Ok(expected));
    }

    #[test]
    fn each_mistake_has_its_ec() {
        let long = "x".repeat(129);
        let bad = |ec| Err(("InvalidArgument", ec));
        for (inside, ec) in [
            ("<FragDuration>abc</FragDuration>", "0044-00000014"),
            ("<FragDuration>0</FragDuration>", "0044-00000014"),
            ("<FragCount>101</FragCount>", "0044-00000015"),
            ("<PlaylistName>a/b.m3u8</PlaylistName>", "0044-00000016"),
            ("<PlaylistName>.m3u8</PlaylistName>", "0044-00000017"),
            ("<PlaylistName>abc.text</PlaylistName>", "0044-00000018"),
        ] {
            assert_eq!(read(&target(inside)), bad(ec), "{inside}");
        }
        let status = format!("<Status>on</Status>{}", target(""));
        assert_eq!(read(&status), bad("0044-00000002"));
        let described = format!("<Description>{long}</Description>{}", target(""));
        assert_eq!(read(&described), bad(""));
        assert_eq!(read("<Target><Type>DASH</Type></Target>"), bad(""));
        assert_eq!(read("<Target/>"), Err(("MalformedXML", "")));
        assert_eq!(read(""), Err(("MalformedXML", "")));
        assert_eq!(read("<Snapshot/>"), Err(("NotImplemented", "")));
    }
}
