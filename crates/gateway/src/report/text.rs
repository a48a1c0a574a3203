//! A report as text.

use std::fmt::{self, Display, Formatter};

use super::signed::Signed;
use super::{Guessed, Report, Trouble, Who};

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let operation = self.operation.unwrap_or("no known operation");
        let code = self.code.unwrap_or("OK");
        writeln!(
            out,
            "{operation} of {}: {} {code}",
            self.service, self.status
        )?;
        let Self { id, time, .. } = self;
        writeln!(out, "  id      {id}")?;
        writeln!(out, "  time    {time}, answered in {} µs", self.took_micros)?;
        self.write_sent(out)?;
        if let Some(caller) = &self.caller {
            write_caller(caller, out)?;
        }
        for note in &self.notes {
            writeln!(out, "  note    {note}")?;
        }
        if let Some(trouble) = &self.authentication {
            write!(out, "\n{trouble}")?;
        }
        for permission in &self.permissions {
            write!(out, "\n{permission}")?;
        }
        Ok(())
    }
}

impl Report {
    fn write_sent(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let sent = &self.sent;
        let scheme = match sent.secure {
            true => "https",
            false => "http",
        };
        writeln!(
            out,
            "  sent    {} {scheme}://{}{} from {}",
            sent.method, sent.host, sent.path, sent.peer
        )?;
        for (place, pairs) in [("query", &sent.query), ("form", &sent.form)] {
            for (index, (name, value)) in pairs.iter().enumerate() {
                let place = if index == 0 { place } else { "" };
                writeln!(out, "  {place:6}  {name}={value}")?;
            }
        }
        Ok(())
    }
}

fn write_caller(caller: &Who, out: &mut Formatter<'_>) -> fmt::Result {
    let key = |key: Option<&str>| match key {
        Some(key) => format!(", with the key {key}"),
        None => String::new(),
    };
    let own = key(caller.access_key_id.as_deref());
    let nobody = caller.principal == "*";
    let principal = if nobody {
        "nobody: it is not signed"
    } else {
        &caller.principal
    };
    writeln!(out, "  by      {principal}{own}")?;
    let Some(session) = &caller.session else {
        return Ok(());
    };
    for link in &session.chain {
        let with = key(link.access_key_id.as_deref());
        writeln!(out, "          assumed by {}{with}", link.principal)?;
    }
    if let Some(identity) = &session.source_identity {
        writeln!(out, "          source identity {identity}")?;
    }
    let narrowed = match session.has_policy {
        true => ", narrowed by a session policy",
        false => "",
    };
    writeln!(out, "          until {}{narrowed}", session.expires)
}

impl Display for Trouble {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "NOT AUTHENTICATED  {}", self.why)?;
        if let Some(Guessed {
            differs: Some((ours, theirs)),
            ..
        }) = &self.theirs
        {
            writeln!(out, "\n  the first difference")?;
            writeln!(out, "    ours    {ours}")?;
            writeln!(out, "    theirs  {theirs}")?;
        }
        if let Some(ours) = &self.ours {
            write_signed("our", ours, out)?;
        }
        if let Some(theirs) = self.theirs.as_ref().filter(|one| one.differs.is_some()) {
            write_signed("their", &theirs.signed, out)?;
        }
        Ok(())
    }
}

fn write_signed(whose: &str, signed: &Signed, out: &mut Formatter<'_>) -> fmt::Result {
    let canonical = signed.canonical_request.as_deref();
    let texts = [
        ("canonical request", canonical),
        ("string to sign", Some(signed.string_to_sign.as_str())),
    ];
    for (what, text) in texts {
        let Some(text) = text else { continue };
        writeln!(out, "\n  {whose} {what}")?;
        for line in text.split('\n') {
            writeln!(out, "    |{line}")?;
        }
    }
    Ok(())
}
