//! Which service, region and bucket a `Host` header names (spec/oss.md §1, spec/identity.md §2).

use std::borrow::Cow;
use std::net::SocketAddr;

/// The service family of a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// An OSS endpoint of the real cloud.
    Oss,
    /// `sts.aliyuncs.com` and its regional forms.
    Sts,
    /// `ram.aliyuncs.com`.
    Ram,
    /// `ims.aliyuncs.com`.
    Ims,
    /// `location.aliyuncs.com` and `location-readonly.aliyuncs.com`.
    Location,
    /// `business.aliyuncs.com` and its regional forms.
    Bss,
    /// A Function Compute endpoint of the real cloud.
    Fc,
    /// The address of an HTTP trigger, of the real cloud or before a bare name.
    FcApp,
    /// An address, `localhost` or a name given with `--host`: any service.
    Bare,
    /// None of them.
    Foreign,
}

/// What a `Host` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose name it is.
    pub family: Family,
    /// The bucket in front of an OSS or bare name; what an HTTP trigger's address begins with.
    pub bucket: Option<String>,
    /// The region inside the name, such as `cn-shenzhen`.
    pub region: Option<String>,
    /// Whether it is one of the acceleration endpoints of OSS.
    pub accelerated: bool,
    /// Whether it is an address of an HTTP trigger for use inside the cloud.
    pub intranet: bool,
}

impl Endpoint {
    fn of(family: Family) -> Self {
        Self {
            family,
            bucket: None,
            region: None,
            accelerated: false,
            intranet: false,
        }
    }

    fn with_bucket(mut self, label: &str) -> Self {
        self.bucket = (!label.is_empty()).then(|| label.to_owned());
        self
    }

    fn with_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Reads a `Host` value as a client sent it: with or without a port, and (some Python clients) with a
    /// scheme. `names` are the further bare names of this server, in lower case.
    pub fn read(host: &str, names: &[String]) -> Self {
        // What most clients of a test say, told in one go.
        if host.parse::<SocketAddr>().is_ok() {
            return Self::of(Family::Bare);
        }
        let name = bare_name(host);
        let own = |own: &String| **own == *name;
        if is_address(&name) || name == "localhost" || names.iter().any(own) {
            return Self::of(Family::Bare);
        }
        if let Some(rest) = name.strip_suffix(".aliyuncs.com") {
            return aliyun(rest);
        }
        if let Some(app) = app(&name) {
            return app;
        }
        for own in names.iter().map(String::as_str).chain(["localhost"]) {
            if let Some(label) = name.strip_suffix(own).and_then(|l| l.strip_suffix('.')) {
                return app(label).unwrap_or_else(|| Self::of(Family::Bare).with_bucket(label));
            }
        }
        Self::of(Family::Foreign)
    }
}

/// The name without scheme, port, final dot and upper case.
fn bare_name(host: &str) -> Cow<'_, str> {
    let host = host
        .strip_prefix("http://")
        .or_else(|| host.strip_prefix("https://"))
        .unwrap_or(host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    let host = host.trim_end_matches('.');
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
}

/// RFC 3986 allows an empty one.
fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && (text.is_empty() || text.parse::<u16>().is_ok())
}

fn is_address(name: &str) -> bool {
    let inner = name.trim_start_matches('[').trim_end_matches(']');
    name.is_empty() || inner.parse::<std::net::IpAddr>().is_ok()
}

/// `rest` is a name of the real cloud without `.aliyuncs.com`.
fn aliyun(rest: &str) -> Endpoint {
    match rest {
        "sts" => return Endpoint::of(Family::Sts),
        "ram" => return Endpoint::of(Family::Ram),
        "ims" => return Endpoint::of(Family::Ims),
        "location" | "location-readonly" => return Endpoint::of(Family::Location),
        "business" => return Endpoint::of(Family::Bss),
        _ => {}
    }
    if let Some(region) = rest.strip_prefix("sts.").or(rest.strip_prefix("sts-vpc.")) {
        return Endpoint::of(Family::Sts).with_region(region);
    }
    if let Some(region) = rest.strip_prefix("business.") {
        return Endpoint::of(Family::Bss).with_region(region);
    }
    if let Some(region) = rest.strip_prefix("fcv3.") {
        return Endpoint::of(Family::Fc).with_region(region);
    }
    // `<uid>.<region>[-internal].fc`: @alicloud/fc2 has an option for the second form.
    if let Some((_, region)) = rest.strip_suffix(".fc").and_then(|r| r.split_once('.')) {
        let region = region.strip_suffix("-internal").unwrap_or(region);
        return Endpoint::of(Family::Fc).with_region(region);
    }
    oss(rest).unwrap_or(Endpoint::of(Family::Foreign))
}

/// `<prefix>.<region>[-vpc].fcapp.run`, the addresses of HTTP triggers. No bucket has a dot in its name.
fn app(name: &str) -> Option<Endpoint> {
    let (prefix, region) = name.strip_suffix(".fcapp.run")?.split_once('.')?;
    let inside = region.strip_suffix("-vpc");
    let region = inside.unwrap_or(region);
    (!prefix.is_empty() && crate::region::is_known(region)).then(|| Endpoint {
        intranet: inside.is_some(),
        ..Endpoint::of(Family::FcApp)
            .with_bucket(prefix)
            .with_region(region)
    })
}

/// `oss-<region>[-internal]`, `<region>.oss`, `oss`, `oss-accelerate[-overseas]`, each with or without a bucket.
fn oss(rest: &str) -> Option<Endpoint> {
    let oss = Endpoint::of(Family::Oss);
    if let Some(left) = rest.strip_suffix(".oss") {
        let (bucket, region) = left.rsplit_once('.').unwrap_or(("", left));
        if crate::region::is_known(region) {
            return Some(oss.with_bucket(bucket).with_region(region));
        }
        return Some(oss.with_bucket(left));
    }
    let (bucket, service) = rest.rsplit_once('.').unwrap_or(("", rest));
    if service == "oss" {
        return Some(oss.with_bucket(bucket));
    }
    if matches!(service, "oss-accelerate" | "oss-accelerate-overseas") {
        let accelerated = Endpoint {
            accelerated: true,
            ..oss
        };
        return Some(accelerated.with_bucket(bucket));
    }
    let region = service.strip_prefix("oss-")?;
    let region = region.strip_suffix("-internal").unwrap_or(region);
    Some(oss.with_bucket(bucket).with_region(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: (Family, Option<&str>, Option<&str>)) {
        let got = Endpoint::read(host, &["localyun".to_owned()]);
        let got = (got.family, got.bucket.as_deref(), got.region.as_deref());
        assert_eq!(got, expected, "{host}");
    }

    #[test]
    fn names_of_the_real_cloud() {
        use Family::*;
        check(
            "oss-cn-shenzhen-internal.aliyuncs.com",
            (Oss, None, Some("cn-shenzhen")),
        );
        check(
            "b.oss-cn-shenzhen.aliyuncs.com:80",
            (Oss, Some("b"), Some("cn-shenzhen")),
        );
        check(
            "B.OSS-cn-shenzhen.aliyuncs.com.",
            (Oss, Some("b"), Some("cn-shenzhen")),
        );
        check(
            "b.cn-beijing.oss.aliyuncs.com",
            (Oss, Some("b"), Some("cn-beijing")),
        );
        check(
            "cn-beijing.oss.aliyuncs.com",
            (Oss, None, Some("cn-beijing")),
        );
        check("b.oss-accelerate.aliyuncs.com", (Oss, Some("b"), None));
        check(
            ".oss-cn-beijing.aliyuncs.com",
            (Oss, None, Some("cn-beijing")),
        );
        check("oss.aliyuncs.com", (Oss, None, None));
        check("sts.aliyuncs.com", (Sts, None, None));
        check(
            "sts.cn-beijing.aliyuncs.com",
            (Sts, None, Some("cn-beijing")),
        );
        check(
            "sts-vpc.cn-beijing.aliyuncs.com",
            (Sts, None, Some("cn-beijing")),
        );
        check("ram.aliyuncs.com", (Ram, None, None));
        check("ims.aliyuncs.com", (Ims, None, None));
        check(
            "fcv3.cn-hangzhou.aliyuncs.com",
            (Fc, None, Some("cn-hangzhou")),
        );
        for host in [
            "123.cn-hangzhou.fc.aliyuncs.com",
            "123.cn-hangzhou-internal.fc.aliyuncs.com",
        ] {
            check(host, (Fc, None, Some("cn-hangzhou")));
        }
        check("ecs.aliyuncs.com", (Foreign, None, None));
    }

    #[test]
    fn acceleration_endpoints() {
        let accelerated = |host| Endpoint::read(host, &[]).accelerated;
        assert!(accelerated("b.oss-accelerate.aliyuncs.com"));
        assert!(accelerated("oss-accelerate-overseas.aliyuncs.com"));
        assert!(!accelerated("oss-accelerate.oss-cn-beijing.aliyuncs.com"));
        assert!(!accelerated("b.oss-cn-beijing.aliyuncs.com"));
    }

    #[test]
    fn addresses_of_http_triggers() {
        use Family::*;
        let app = (FcApp, Some("web-abc"), Some("cn-hangzhou"));
        for host in [
            "web-abc.cn-hangzhou.fcapp.run",
            "WEB-abc.cn-hangzhou-vpc.fcapp.run:80",
            "web-abc.cn-hangzhou.fcapp.run.localhost:4577",
            "web-abc.cn-hangzhou-vpc.fcapp.run.localyun",
        ] {
            check(host, app);
            let intranet = Endpoint::read(host, &["localyun".to_owned()]).intranet;
            assert_eq!(intranet, host.contains("-vpc"), "{host}");
        }
        for host in [
            "cn-hangzhou.fcapp.run",
            "a.b.cn-hangzhou.fcapp.run",
            "a.moon.fcapp.run",
            "fcapp.run",
        ] {
            check(host, (Foreign, None, None));
        }
        check(
            "web.moon.fcapp.run.localhost",
            (Bare, Some("web.moon.fcapp.run"), None),
        );
    }

    #[test]
    fn bare_names_and_buckets_before_them() {
        use Family::*;
        check("127.0.0.1:4577", (Bare, None, None));
        check("http://127.0.0.1:4577", (Bare, None, None));
        check("[::1]:4577", (Bare, None, None));
        check("localhost", (Bare, None, None));
        check("b.localhost:4577", (Bare, Some("b"), None));
        check("localyun:4577", (Bare, None, None));
        check("b.localyun", (Bare, Some("b"), None));
        check("example.com", (Foreign, None, None));
        check("notlocalyun", (Foreign, None, None));
        check("localhost:", (Bare, None, None));
        check("b.localhost:65536", (Foreign, None, None));
        check("", (Bare, None, None));
    }
}
