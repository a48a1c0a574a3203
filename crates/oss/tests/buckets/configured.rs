//! Each setting of a bucket: what it takes, what it refuses, how it comes back.

use crate::cloud::{Answer, Ask, Cloud, NOBODY, ask};

async fn with_bucket() -> Cloud {
    let cloud = Cloud::new();
    cloud.ok("PUT", "b-1", "/").await;
    cloud
}

async fn put(cloud: &Cloud, target: &str, body: &str) -> Answer {
    let ask = Ask {
        body,
        ..ask("PUT", "b-1", target)
    };
    cloud.send(&ask).await
}

/// Puts documents, and says what each was answered with.
async fn refused(cloud: &Cloud, target: &str, documents: &[(&str, &str, &str)]) {
    for (body, code, ec) in documents {
        let answer = put(cloud, target, body).await;
        assert_eq!(
            answer.refusal(),
            (400, *code, *ec),
            "{body}: {}",
            answer.body
        );
    }
}

/// Puts a document, and expects it back.
async fn kept(cloud: &Cloud, target: &str, document: &str) {
    put(cloud, target, document).await.expect(200);
    let got = cloud.ok("GET", "b-1", target).await;
    assert!(got.body.ends_with(document), "{}", got.body);
}

async fn missing(cloud: &Cloud, target: &str, code: &str) {
    for _ in 0..2 {
        cloud.ok("DELETE", "b-1", target).await;
    }
    let got = cloud.send(&ask("GET", "b-1", target)).await;
    assert_eq!(got.refusal(), (404, code, "-"));
}

#[tokio::test]
async fn tags() {
    let cloud = with_bucket().await;
    let tag = |k: &str, v: &str| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>");
    let whole = |tags: &str| format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
    let none = cloud.ok("GET", "b-1", "/?tagging").await;
    assert!(none.body.ends_with(&whole("")), "{}", none.body);
    let two = whole(&(tag("%@a", "1") + &tag("b", "")));
    kept(&cloud, "/?tagging", &two).await;
    let many: String = (0..21).map(|n| tag(&n.to_string(), "")).collect();
    for (tags, code, ec) in [
        (many, "TooManyTags", "-"),
        (tag("a", "") + &tag("a", "1"), "RepeatedTags", "-"),
        (tag("", "1"), "InvalidTag", "0010-00000219"),
        (tag(&"k".repeat(65), ""), "InvalidTag", "0010-00000219"),
        (tag("k", &"v".repeat(129)), "InvalidTag", "0010-00000219"),
        (tag("https://a", ""), "InvalidTag", "0010-00000219"),
        (tag("Aliyun", ""), "InvalidTag", "0010-00000219"),
        (tag("acs:a", ""), "InvalidTag", "0010-00000002"),
        ("<Tag/>".to_owned(), "MalformedXML", "-"),
    ] {
        refused(&cloud, "/?tagging", &[(&whole(&tags), code, ec)]).await;
    }
    refused(&cloud, "/?tagging", &[("<Tagging/>", "MalformedXML", "-")]).await;
    cloud.ok("DELETE", "b-1", "/?tagging=b,c").await;
    let got = cloud.ok("GET", "b-1", "/?tagging").await;
    assert_eq!(got.texts("Key"), ["%@a"]);
    cloud.ok("PUT", "b-2", "/").await;
    for (target, names) in [
        ("/?tag-key=%25%40a", &["b-1"][..]),
        ("/?tag-key=%25%40a&tag-value=1", &["b-1"]),
        ("/?tag-key=%25%40a&tag-value=2", &[]),
        ("/?tag-key=b", &[]),
        ("/", &["b-1", "b-2"]),
    ] {
        let list = cloud.ok("GET", "", target).await;
        assert_eq!(list.texts("Name"), names, "{target}");
    }
    for _ in 0..2 {
        cloud.ok("DELETE", "b-1", "/?tagging").await;
    }
    assert_eq!(cloud.rows("oss/setting/").await, 0);
}

#[tokio::test]
async fn regions() {
    let cloud = Cloud::new();
    let all = cloud.ok("GET", "", "/?regions").await;
    assert!(all.texts("Region").contains(&"oss-cn-chengdu"));
    let one = cloud.ok("GET", "", "/?regions=oss-cn-hangzhou").await;
    let expected = "<RegionInfoList><RegionInfo><Region>oss-cn-hangzhou</Region>\
        <InternetEndpoint>oss-cn-hangzhou.aliyuncs.com</InternetEndpoint>\
        <InternalEndpoint>oss-cn-hangzhou-internal.aliyuncs.com</InternalEndpoint>\
        <AccelerateEndpoint>oss-accelerate.aliyuncs.com</AccelerateEndpoint></RegionInfo></RegionInfoList>";
    assert!(one.body.ends_with(expected), "{}", one.body);
    for unknown in ["aaa", "cn-hangzhou"] {
        let target = format!("/?regions={unknown}");
        let answer = cloud.send(&ask("GET", "", &target)).await;
        assert_eq!(answer.refusal(), (404, "NoSuchRegion", "-"));
    }
}

#[tokio::test]
async fn versions_of_tls() {
    let cloud = with_bucket().await;
    let whole =
        |inside: &str| format!("<HttpsConfiguration><TLS>{inside}</TLS></HttpsConfiguration>");
    let off = whole("<Enable>false</Enable>");
    let got = cloud.ok("GET", "b-1", "/?httpsConfig").await;
    assert!(got.body.ends_with(&off), "{}", got.body);
    let version = |v: &str| format!("<TLSVersion>TLSv1.{v}</TLSVersion>");
    let on = format!("<Enable>true</Enable>{}", version("2"));
    kept(
        &cloud,
        "/?httpsConfig",
        &whole(&(on.clone() + &version("3"))),
    )
    .await;
    put(
        &cloud,
        "/?httpsConfig",
        &whole(&(on.clone() + &version("2"))),
    )
    .await
    .expect(200);
    let got = cloud.ok("GET", "b-1", "/?httpsConfig").await;
    assert_eq!(got.texts("TLSVersion"), ["TLSv1.2"]);
    let malformed = |document| (document, "MalformedXML", "-");
    refused(
        &cloud,
        "/?httpsConfig",
        &[
            malformed(&*whole("<Enable>true</Enable>")),
            malformed(&whole(&on.replace("1.2", "1.4"))),
            malformed(&whole("<Enable>yes</Enable>")),
            malformed(&whole("")),
            malformed(&whole("<Enable>false</Enable><CipherSuite/>")),
            malformed("<HttpsConfiguration/>"),
        ],
    )
    .await;
    kept(&cloud, "/?httpsConfig", &off).await;
}

#[tokio::test]
async fn access_monitors() {
    let cloud = with_bucket().await;
    let whole = |status: &str| {
        format!(
            "<AccessMonitorConfiguration><Status>{status}</Status></AccessMonitorConfiguration>"
        )
    };
    let status = async || {
        let info = cloud.ok("GET", "b-1", "/?bucketInfo").await;
        let got = cloud.ok("GET", "b-1", "/?accessmonitor").await;
        assert_eq!(got.text("Status"), info.text("AccessMonitor"));
        got.text("Status").to_owned()
    };
    assert_eq!(status().await, "Disabled");
    kept(&cloud, "/?accessmonitor", &whole("Enabled")).await;
    let bad = whole("on");
    refused(&cloud, "/?accessmonitor", &[(&bad, "MalformedXML", "-")]).await;
    assert_eq!(status().await, "Enabled");
    kept(&cloud, "/?accessmonitor", &whole("Disabled")).await;
}

#[tokio::test]
async fn resource_groups() {
    let cloud = with_bucket().await;
    let whole = |id: &str| {
        format!(
            "<BucketResourceGroupConfiguration><ResourceGroupId>{id}</ResourceGroupId></BucketResourceGroupConfiguration>"
        )
    };
    let got = cloud.ok("GET", "b-1", "/?resourceGroup").await;
    let id = got.text("ResourceGroupId").to_owned();
    assert!(id.starts_with("rg-acfm") && id.len() == 18, "{id}");
    kept(&cloud, "/?resourceGroup", &whole(&id)).await;
    put(&cloud, "/?resourceGroup", &whole("")).await.expect(200);
    let other = ("ResourceGroupIdPreCheckError", "0039-00000003");
    refused(
        &cloud,
        "/?resourceGroup",
        &[(&whole("rg-xxx"), other.0, other.1)],
    )
    .await;
    let info = cloud.ok("GET", "b-1", "/?bucketInfo").await;
    assert_eq!(info.text("ResourceGroupId"), id);
    for (group, count) in [(id.as_str(), 1), ("rg-xxx", 0)] {
        let list = Ask {
            headers: &[("x-oss-resource-group-id", group)],
            ..ask("GET", "", "/")
        };
        let list = cloud.send(&list).await.expect(200);
        assert_eq!(list.texts("ResourceGroupId").len(), count);
    }
}

#[tokio::test]
async fn logging() {
    let cloud = with_bucket().await;
    let whole = |bucket: &str, prefix: &str| {
        format!(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{bucket}</TargetBucket>\
             <TargetPrefix>{prefix}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        )
    };
    let none = "<BucketLoggingStatus></BucketLoggingStatus>";
    let got = cloud.ok("GET", "b-1", "/?logging").await;
    assert!(got.body.ends_with(none), "{}", got.body);
    cloud.ok("PUT", "logs", "/").await;
    kept(&cloud, "/?logging", &whole("logs", "a+/")).await;
    let info = cloud.ok("GET", "b-1", "/?bucketInfo").await;
    assert_eq!(
        (info.text("LogBucket"), info.text("LogPrefix")),
        ("logs", "a+/")
    );
    let missing = whole("none", "");
    let unknown = "<BucketLoggingStatus><On/></BucketLoggingStatus>";
    refused(
        &cloud,
        "/?logging",
        &[
            (&missing, "InvalidTargetBucketForLogging", "-"),
            (unknown, "MalformedXML", "-"),
        ],
    )
    .await;
    put(&cloud, "/?logging", none).await.expect(200);
    kept(&cloud, "/?logging", &whole("b-1", "")).await;
    for _ in 0..2 {
        cloud.ok("DELETE", "b-1", "/?logging").await;
    }
    let got = cloud.ok("GET", "b-1", "/?logging").await;
    assert!(got.body.ends_with(none), "{}", got.body);
}

const REFERERS: &str = "<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer>\
    <AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath>\
    <RefererList><Referer>http://*.a.com/?</Referer></RefererList>\
    <RefererBlacklist><Referer>http://x.a.com/*</Referer></RefererBlacklist></RefererConfiguration>";

#[tokio::test]
async fn referers() {
    let cloud = with_bucket().await;
    let got = cloud.ok("GET", "b-1", "/?referer").await;
    assert_eq!(got.text("AllowEmptyReferer"), "true");
    assert_eq!(got.text("RefererList"), "");
    kept(&cloud, "/?referer", REFERERS).await;
    let malformed = |document| (document, "MalformedXML", "-");
    refused(
        &cloud,
        "/?referer",
        &[
            malformed("<RefererConfiguration/>"),
            malformed(&*REFERERS.replace("false", "no")),
            malformed(&REFERERS.replace("RefererList", "List")),
        ],
    )
    .await;
    let acl = Ask {
        headers: &[("x-oss-acl", "public-read")],
        ..ask("PUT", "b-1", "/?acl")
    };
    cloud.send(&acl).await.expect(200);
    let object = Ask {
        body: "x",
        ..ask("PUT", "b-1", "/k")
    };
    cloud.send(&object).await.expect(200);
    let get = async |caller: &'static str, referer: &str| {
        let headers: &[_] = &[("referer", referer)];
        let ask = Ask {
            caller,
            headers: if referer.is_empty() { &[] } else { headers },
            ..ask("GET", "b-1", "/k")
        };
        cloud.send(&ask).await
    };
    for (referer, status) in [
        ("", 403),
        ("http://b.a.com/1", 200),
        ("http://b.a.com/1?q", 200),
        ("http://b.a.com/12", 403),
        ("http://x.a.com/1", 403),
        ("http://b.com/1", 403),
    ] {
        let answer = get(NOBODY, referer).await;
        assert_eq!(answer.status, status, "{referer}");
        if status == 403 {
            let message = "You are denied by bucket referer policy.";
            assert_eq!(
                (answer.text("Code"), answer.text("Message")),
                ("AccessDenied", message)
            );
        }
    }
    get(crate::cloud::OWNER, "http://b.com/1").await.expect(200);
    let open = REFERERS.replace("<Referer>http://*.a.com/?</Referer>", "");
    put(&cloud, "/?referer", &open).await.expect(200);
    get(NOBODY, "").await.expect(200);
    get(NOBODY, "http://b.com/1").await.expect(200);
    get(NOBODY, "http://x.a.com/1").await.expect(403);
}

/// A rule, and a change to it that is refused.
const RULE: &str = "<Rule><ID>r</ID><Prefix>a/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration>\
    <Transition><Days>10</Days><StorageClass>IA</StorageClass></Transition>\
    <Tag><Key>k</Key><Value>v</Value></Tag></Rule>";
const BAD_RULES: &[(&str, &str, &str, &str)] = &[
    (RULE, "", "MalformedXML", "-"),
    ("Enabled", "enabled", "MalformedXML", "-"),
    ("Prefix", "Suffix", "MalformedXML", "-"),
    ("<Days>30</Days>", "", "MalformedXML", "-"),
    (
        "<Days>30</Days>",
        "<Days>30</Days><Date>2030-01-01T00:00:00.000Z</Date>",
        "MalformedXML",
        "-",
    ),
    ("<Days>30</Days>", "<Days>0</Days>", "InvalidArgument", "-"),
    (
        "<Days>30</Days>",
        "<Date>2030-01-01T01:00:00.000Z</Date>",
        "InvalidArgument",
        "-",
    ),
    (
        "<Days>30</Days>",
        "<CreatedBeforeDate>2030-01-01T00:00:00.000Z</CreatedBeforeDate>",
        "InvalidRequest",
        "0014-00000080",
    ),
    ("<Days>10</Days>", "<Days>30</Days>", "InvalidArgument", "-"),
    (
        "<StorageClass>IA",
        "<StorageClass>Standard",
        "InvalidArgument",
        "-",
    ),
    ("<Key>k</Key>", "<Key>%&amp;</Key>", "InvalidArgument", "-"),
];

#[tokio::test]
async fn lifecycles() {
    let cloud = with_bucket().await;
    let target = "/?lifecycle";
    missing(&cloud, target, "NoSuchLifecycle").await;
    let whole = |rules: &str| format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    kept(&cloud, target, &whole(RULE)).await;
    for (from, to, code, ec) in BAD_RULES {
        let document = whole(&RULE.replace(from, to));
        refused(&cloud, target, &[(&document, code, ec)]).await;
    }
    let twice = whole(&RULE.repeat(2));
    refused(&cloud, target, &[(&twice, "InvalidArgument", "-")]).await;
    let plain = RULE.replace("<Tag><Key>k</Key><Value>v</Value></Tag>", "");
    let overlapping =
        whole(&(plain.clone() + &plain.replace("<ID>r<", "<ID>s<").replace("a/", "a/b")));
    let answer = put(&cloud, target, &overlapping).await;
    let message = "Overlap for same action type Expiration";
    assert_eq!((answer.status, answer.text("Message")), (400, message));
    let got = cloud.ok("GET", "b-1", target).await;
    assert!(got.body.ends_with(&whole(RULE)), "{}", got.body);
    let allowed = Ask {
        body: &overlapping,
        headers: &[("x-oss-allow-same-action-overlap", "true")],
        ..ask("PUT", "b-1", target)
    };
    cloud.send(&allowed).await.expect(200);
    put(&cloud, target, &whole(&RULE.replace("<ID>r</ID>", "")))
        .await
        .expect(200);
    let got = cloud.ok("GET", "b-1", target).await;
    assert_eq!(got.text("ID").len(), 16);
    let marker = "<ExpiredObjectDeleteMarker>True</ExpiredObjectDeleteMarker>";
    let marked = plain.replace("<Days>30</Days>", marker);
    put(&cloud, target, &whole(&marked)).await.expect(200);
    let got = cloud.ok("GET", "b-1", target).await;
    assert_eq!(got.text("ExpiredObjectDeleteMarker"), "true");
    missing(&cloud, target, "NoSuchLifecycle").await;
}

const WEBSITE: &str = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>\
    <ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>\
    <Condition><KeyPrefixEquals>a&lt;</KeyPrefixEquals></Condition><Redirect><RedirectType>External</RedirectType>\
    <HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>";

#[tokio::test]
async fn websites() {
    let cloud = with_bucket().await;
    let target = "/?website";
    missing(&cloud, target, "NoSuchWebsiteConfiguration").await;
    kept(&cloud, target, WEBSITE).await;
    for (from, to, code) in [
        (WEBSITE, "<WebsiteConfiguration/>", "MalformedXML"),
        ("Suffix", "Prefix", "MalformedXML"),
        ("RuleNumber", "Number", "MalformedXML"),
        ("index.html", "", "InvalidArgument"),
        ("index.html", "a/index.html", "InvalidArgument"),
        ("error.html", "", "InvalidArgument"),
        (">1<", ">0<", "InvalidArgument"),
        ("External", "Other", "InvalidArgument"),
        ("302", "200", "InvalidArgument"),
        (
            "<HttpRedirectCode>302</HttpRedirectCode>",
            "<PassAll>1</PassAll>",
            "MalformedXML",
        ),
        (
            "<HttpRedirectCode>302</HttpRedirectCode>",
            "<PassQueryString>1</PassQueryString>",
            "MalformedXML",
        ),
    ] {
        let document = WEBSITE.replace(from, to);
        refused(&cloud, target, &[(&document, code, "-")]).await;
    }
    let truth = WEBSITE.replace(
        "<HttpRedirectCode>302</HttpRedirectCode>",
        "<MirrorPassQueryString>True</MirrorPassQueryString>",
    );
    put(&cloud, target, &truth).await.expect(200);
    let got = cloud.ok("GET", "b-1", target).await;
    assert_eq!(
        (
            got.text("MirrorPassQueryString"),
            got.text("PassQueryString")
        ),
        ("true", "true")
    );
    missing(&cloud, target, "NoSuchWebsiteConfiguration").await;
}

#[tokio::test]
async fn index_pages() {
    let cloud = with_bucket().await;
    let store = async |key: &str| {
        let ask = Ask {
            body: key,
            headers: &[("x-oss-object-acl", "public-read")],
            ..ask("PUT", "b-1", key)
        };
        cloud.send(&ask).await.expect(200);
    };
    store("/index.html").await;
    store("/a/index.html").await;
    let get = async |key: &str| {
        let nobody = Ask {
            caller: NOBODY,
            ..ask("GET", "b-1", key)
        };
        let owner = cloud.send(&ask("GET", "b-1", key)).await;
        (owner.body, cloud.send(&nobody).await.status)
    };
    assert_eq!(cloud.send(&ask("GET", "b-1", "/a/")).await.status, 404);
    put(&cloud, "/?website", WEBSITE).await.expect(200);
    // Who may not read the folder does not get the page in its place.
    assert_eq!(get("/a/").await, ("/index.html".to_owned(), 403));
    let acl = Ask {
        headers: &[("x-oss-acl", "public-read")],
        ..ask("PUT", "b-1", "/?acl")
    };
    cloud.send(&acl).await.expect(200);
    assert_eq!(get("/a/").await, ("/index.html".to_owned(), 200));
    assert_eq!(get("/a").await.1, 404);
    let own = "<Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir>";
    let own = WEBSITE.replace("<Suffix>index.html</Suffix>", own);
    put(&cloud, "/?website", &own).await.expect(200);
    assert_eq!(get("/a/").await, ("/a/index.html".to_owned(), 200));
    assert_eq!(get("/b/").await.1, 404);
}
