//! What a restarted server has, against what it acknowledged.

use crate::{
    BUCKET, Tally,
    client::{Ask, Client, Stop, ask},
    ledger::Verdict,
    race::Race,
    worker::Worker,
};

/// Compares everything, and takes what is found for true from now on.
pub(crate) fn check(
    client: &Client,
    workers: &mut [Worker],
    race: &Race,
    tally: &mut Tally,
) -> Result<(), Stop> {
    for worker in workers.iter_mut() {
        check_objects(client, worker, tally)?;
        let complaints = worker
            .uploads
            .settle(client, &worker.name, &worker.ledger)?;
        tally.complain(complaints);
    }
    tally.complain(race.settle(client)?);
    tally.complain(check_listing(client, workers)?);
    Ok(())
}

fn check_objects(client: &Client, worker: &mut Worker, tally: &mut Tally) -> Result<(), Stop> {
    let keys: Vec<String> = worker.ledger.0.keys().cloned().collect();
    for key in keys {
        let request = ask("GET", BUCKET, &key);
        let answer = client.send(&request)?;
        let found = match answer.status {
            200 => Some(&answer.body[..]),
            404 => None,
            _ => return Err(answer.wrong(&request)),
        };
        let before = worker.ledger.0.get(&key).cloned();
        let verdict = worker.ledger.settle(&key, found);
        tally.count(verdict);
        if matches!(verdict, Verdict::Lost | Verdict::Half) {
            let found = found.map(<[u8]>::len);
            tally.tell(format!(
                "{key}: {verdict:?}, {found:?} bytes found, known {before:?}"
            ));
        }
    }
    Ok(())
}

/// That the listing has just the objects that can be read, with their sizes, and that the bucket's counters say the
/// same.
fn check_listing(client: &Client, workers: &[Worker]) -> Result<Vec<String>, Stop> {
    let list = Ask {
        query: "max-keys=1000",
        ..ask("GET", BUCKET, "")
    };
    let listing = client.must(&list, 200)?;
    let sizes = listing.texts("Size");
    let found: Vec<_> = listing.texts("Key").into_iter().zip(sizes).collect();
    let held = workers.iter().flat_map(|worker| &worker.ledger.0);
    let mut expected: Vec<_> = held
        .filter_map(|(key, slot)| Some((key.clone(), slot.now.as_ref()?.len())))
        .collect();
    expected.sort_unstable();
    let bytes: usize = expected.iter().map(|(_, len)| len).sum();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(key, len)| (key, len.to_string()))
        .collect();
    let mut complaints = Vec::new();
    if found != expected {
        complaints.push(format!("listed {found:?}, expected {expected:?}"));
    }
    let stat = client.must(
        &Ask {
            query: "stat",
            ..ask("GET", BUCKET, "")
        },
        200,
    )?;
    let names = ["ObjectCount", "StandardStorage", "MultipartUploadCount"];
    let counted = names.map(|name| stat.text(name));
    let uploads: usize = workers.iter().map(|worker| worker.uploads.count()).sum();
    let expected = [expected.len(), bytes, uploads].map(|number| number.to_string());
    if counted != expected {
        complaints.push(format!(
            "counted {counted:?}, expected {expected:?}: {names:?}"
        ));
    }
    Ok(complaints)
}
