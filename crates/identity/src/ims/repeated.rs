//! Lists as IMS has them, one parameter an entry: `ResourceId.1`, `Tag.1.Key` (spec/identity.md §1.1).

use std::collections::BTreeMap;

use gateway::{Fault, Head};

use crate::fault;

/// The parts of the entries by number: what stands behind the number, and the value.
type Entries<'a> = BTreeMap<usize, Vec<(&'a str, &'a str)>>;

/// Numbers begin at 1 and leave none out. What is numbered otherwise is refused: it would be an entry that is not
/// seen.
fn entries<'a>(head: &'a Head, list: &str, most: usize) -> Result<Entries<'a>, Fault> {
    let form = head.form.iter().flat_map(|form| form.iter());
    let mut found = Entries::new();
    for pair in head.query.iter().chain(form) {
        let rest = pair
            .name
            .strip_prefix(list)
            .and_then(|r| r.strip_prefix('.'));
        let Some(rest) = rest else { continue };
        let (number, part) = rest.split_once('.').unwrap_or((rest, ""));
        let number = number_of(number).filter(|n| *n <= most);
        let number = number.ok_or_else(|| fault::incorrect(list))?;
        found.entry(number).or_default().push((part, pair.value));
    }
    match found.last_key_value() {
        Some((last, _)) if *last != found.len() => Err(fault::incorrect(list)),
        _ => Ok(found),
    }
}

fn number_of(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// A list of texts, `most` at most, none empty.
pub(super) fn texts(head: &Head, list: &str, most: usize) -> Result<Vec<String>, Fault> {
    let text = |parts: Vec<(&str, &str)>| match parts.as_slice() {
        [("", text), ..] if !text.is_empty() => Ok((*text).to_owned()),
        _ => Err(fault::incorrect(list)),
    };
    entries(head, list, most)?.into_values().map(text).collect()
}

/// A list of keys with their values, `most` at most. A value may be left out.
pub(super) fn pairs(
    head: &Head,
    list: &str,
    most: usize,
) -> Result<Vec<(String, Option<String>)>, Fault> {
    let pair = |parts: Vec<(&str, &str)>| {
        if parts
            .iter()
            .any(|(part, _)| !["Key", "Value"].contains(part))
        {
            return Err(fault::incorrect(list));
        }
        let part = |name| parts.iter().find(|(part, _)| *part == name);
        let key = part("Key").ok_or_else(|| fault::incorrect(list))?;
        Ok((
            key.1.to_owned(),
            part("Value").map(|(_, v)| (*v).to_owned()),
        ))
    };
    entries(head, list, most)?.into_values().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(query: &str) -> Head {
        let request = http::Request::get(format!("/?{query}")).body(()).unwrap();
        let peer = std::net::IpAddr::from([127, 0, 0, 1]);
        Head::new(request.into_parts().0, peer, false, &[])
    }

    fn read(query: &str) -> Result<Vec<String>, &'static str> {
        texts(&head(query), "ResourceId", 3).map_err(|fault| fault.code())
    }

    #[test]
    fn texts_stand_in_the_order_of_their_numbers() {
        assert_eq!(read("a=b"), Ok(vec![]));
        assert_eq!(
            read("ResourceId.2=b&ResourceId.1=a"),
            Ok(vec!["a".into(), "b".into()])
        );
        for wrong in [
            "0=a",
            "01=a",
            "2=a",
            "1=a&ResourceId.3=c",
            "x=a",
            "1.Key=a",
            "1=",
            "=a",
            "%2B1=a",
            "1=a&ResourceId.2=b&ResourceId.3=c&ResourceId.4=d",
        ] {
            let query = format!("ResourceId.{wrong}");
            assert_eq!(read(&query), Err("InvalidParameter.ResourceId"), "{wrong}");
        }
    }

    #[test]
    fn pairs_may_lack_their_value() {
        let read = |query: &str| pairs(&head(query), "Tag", 20).map_err(|fault| fault.code());
        let both = read("Tag.1.Key=a&Tag.1.Value=1&Tag.2.Key=b").unwrap();
        assert_eq!(both, [("a".into(), Some("1".into())), ("b".into(), None)]);
        for wrong in ["1.Value=a", "1=a", "1.Key=a&Tag.1.Other=b", "1.Key.x=a"] {
            assert_eq!(
                read(&format!("Tag.{wrong}")),
                Err("InvalidParameter.Tag"),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_text_is_seen_or_refused(numbers in prop::collection::vec("[0-9.a-z]{0,3}", 0..5)) {
            let query: Vec<String> = numbers.iter().map(|n| format!("ResourceId.{n}=x")).collect();
            if let Ok(found) = texts(&head(&query.join("&")), "ResourceId", 999) {
                let mut distinct = numbers.clone();
                distinct.sort_unstable();
                distinct.dedup();
                prop_assert_eq!(found.len(), distinct.len());
            }
        }
    }
}
