//! CORS: rules put, got and deleted, preflights, and what other answers say (§9).

use crate::cloud::{Answer, Cloud, USER};

const RULES: &str = "<CORSConfiguration>\
    <CORSRule><AllowedOrigin>http://*.a.com</AllowedOrigin><AllowedOrigin>https://b.com</AllowedOrigin>\
    <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>\
    <AllowedHeader>x-oss-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-oss-request-id</ExposeHeader>\
    <MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>GET</AllowedMethod></CORSRule>\
    <ResponseVary>true</ResponseVary></CORSConfiguration>";

async fn put(cloud: &Cloud, body: &str) -> Answer {
    let ask = cloud.ask("PUT", "/?cors").body(body.to_owned());
    ask.send().await
}

async fn preflight(cloud: &Cloud, target: &str, origin: &str, method: &str, asked: &str) -> Answer {
    let mut ask = cloud.ask("OPTIONS", target).by_nobody();
    for (name, value) in [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", asked),
    ] {
        if !value.is_empty() {
            ask = ask.header(name, value);
        }
    }
    ask.send().await
}

fn allowed(answer: &Answer) -> [&str; 5] {
    [
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
    ]
    .map(|name| answer.header(name))
}

#[tokio::test]
async fn rules_come_back() {
    let cloud = Cloud::new().await;
    let none = cloud.ask("GET", "/?cors").send().await;
    none.refused(404, "NoSuchCORSConfiguration", "0034-00000001");
    put(&cloud, RULES).await.expect(200);
    let got = cloud.ask("GET", "/?cors").send().await.expect(200);
    assert!(got.text().ends_with(RULES), "{}", got.text());
    let plain = RULES.replace("<ResponseVary>true</ResponseVary>", "");
    put(&cloud, &plain).await.expect(200);
    let got = cloud.ask("GET", "/?cors").send().await.expect(200);
    assert_eq!(got.element("ResponseVary"), "false");
    for _ in 0..2 {
        cloud.ask("DELETE", "/?cors").send().await.expect(204);
    }
    let none = cloud.ask("GET", "/?cors").send().await;
    none.refused(404, "NoSuchCORSConfiguration", "0034-00000001");
}

const ONE_RULE: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

/// What is put in the place of what in [`ONE_RULE`], and the refusal.
const BAD: &[(&str, &str, &str, &str)] = &[
    (ONE_RULE, "", "MalformedXML", "-"),
    ("CORSConfiguration>", "Other>", "MalformedXML", "-"),
    ("CORSRule>", "Rule>", "MalformedXML", "0034-00000002"),
    ("AllowedOrigin>", "Origin>", "MalformedXML", "-"),
    ("AllowedMethod>", "Method>", "MalformedXML", "-"),
    ("GET", "get", "InvalidArgument", "0034-00000011"),
    ("GET", "OPTIONS", "InvalidArgument", "0034-00000011"),
    ("*", "http://*.*.com", "InvalidArgument", "-"),
    ("*", "", "InvalidArgument", "-"),
    (
        END,
        "<AllowedHeader>x-*-*</AllowedHeader></CORSRule>",
        "InvalidArgument",
        "-",
    ),
    (
        END,
        "<ExposeHeader>x-oss-*</ExposeHeader></CORSRule>",
        "InvalidArgument",
        "-",
    ),
    (
        END,
        "<MaxAgeSeconds>1000000000</MaxAgeSeconds></CORSRule>",
        "InvalidArgument",
        "-",
    ),
    (
        END,
        "<MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule>",
        "InvalidArgument",
        "-",
    ),
    (
        END,
        "</CORSRule><ResponseVary>maybe</ResponseVary>",
        "MalformedXML",
        "-",
    ),
];
const END: &str = "</CORSRule>";

#[tokio::test]
async fn bad_rules_change_nothing() {
    let cloud = Cloud::new().await;
    put(&cloud, RULES).await.expect(200);
    for (from, to, code, ec) in BAD {
        let body = ONE_RULE.replace(from, to);
        put(&cloud, &body).await.refused(400, code, ec);
    }
    let rule = ONE_RULE
        .replace("<CORSConfiguration>", "")
        .replace("</CORSConfiguration>", "");
    let many = |count| ONE_RULE.replace(&rule, &rule.repeat(count));
    put(&cloud, &many(11))
        .await
        .refused(400, "CORSRuleBeyondLimit", "-");
    let got = cloud.ask("GET", "/?cors").send().await.expect(200);
    assert!(got.text().ends_with(RULES), "{}", got.text());
    put(&cloud, &many(10)).await.expect(200);
}

#[tokio::test]
async fn a_preflight_is_told_what_is_allowed() {
    let cloud = Cloud::new().await;
    put(&cloud, RULES).await.expect(200);
    // Neither the object nor the signature of the request that is meant matters.
    let target = "/none?Expires=1&OSSAccessKeyId=owner&Signature=x&uploads";
    let asked = "X-OSS-Meta-A, content-type";
    for (target, origin) in [(target, "http://www.a.com"), ("/", "https://b.com")] {
        let answer = preflight(&cloud, target, origin, "PUT", asked).await;
        let expected = [origin, "GET, PUT", asked, "ETag, x-oss-request-id", "60"];
        assert_eq!(allowed(&answer.expect(200)), expected);
    }
    let second = preflight(&cloud, "/k", "http://c.com", "HEAD", "").await;
    assert_eq!(second.header("vary"), "Origin");
    let expected = ["*", "HEAD, GET", "-", "-", "-"];
    assert_eq!(allowed(&second.expect(200)), expected);
    let first = preflight(&cloud, "/k", "http://www.a.com", "GET", "").await;
    assert_eq!(first.header("access-control-max-age"), "60");
}

#[tokio::test]
async fn preflights_that_no_rule_allows() {
    let cloud = Cloud::new().await;
    let ask = |origin: &'static str, method: &'static str, headers: &'static str| {
        let cloud = cloud.clone();
        async move { preflight(&cloud, "/k", origin, method, headers).await }
    };
    ask("http://www.a.com", "GET", "")
        .await
        .refused(403, "AccessForbidden", "-");
    put(&cloud, RULES).await.expect(200);
    for (origin, method, headers) in [
        ("http://a.com", "PUT", ""),
        ("http://www.a.com", "DELETE", ""),
        ("http://www.a.com", "PUT", "authorization"),
        ("http://c.com", "GET", "x-oss-meta-a"),
    ] {
        let answer = ask(origin, method, headers).await;
        answer.refused(403, "AccessForbidden", "-");
        assert_eq!(allowed(&answer), ["-"; 5]);
    }
    for (origin, method, header) in [
        ("", "GET", "Origin request header"),
        (
            "http://c.com",
            "",
            "Request Access-Control-Request-Method header",
        ),
    ] {
        let answer = ask(origin, method, "").await;
        answer.refused(400, "BadRequest", "-");
        let message = format!("Insufficient information. {header} needed.");
        assert_eq!(answer.element("Message"), message);
    }
    let other = cloud
        .ask("OPTIONS", "/k")
        .by_nobody()
        .host("none.oss-cn-hangzhou.aliyuncs.com")
        .header("origin", "http://c.com")
        .header("access-control-request-method", "GET");
    other
        .send()
        .await
        .refused(404, "NoSuchBucket", "0015-00000101");
    let service = cloud
        .ask("OPTIONS", "/")
        .host("oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(service.send().await.status, 405);
}

#[tokio::test]
async fn answers_are_shown_to_pages_that_a_rule_names() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    put(&cloud, RULES).await.expect(200);
    let get = |target: &str, origin: &str| {
        let ask = cloud.ask("GET", target).header("origin", origin);
        ask.send()
    };
    let expected = [
        "http://www.a.com",
        "GET, PUT",
        "-",
        "ETag, x-oss-request-id",
        "-",
    ];
    for (target, status) in [("/k", 200), ("/none", 404), ("/?acl", 200)] {
        let answer = get(target, "http://www.a.com").await.expect(status);
        assert_eq!(allowed(&answer), expected);
        assert_eq!(answer.header("vary"), "Origin");
    }
    let denied = cloud
        .ask("GET", "/k")
        .by(USER)
        .header("origin", "http://www.a.com");
    assert_eq!(allowed(&denied.send().await.expect(403)), expected);
    assert_eq!(allowed(&get("/k", "http://c.com").await)[0], "*");
    let put = cloud.ask("PUT", "/k").header("origin", "http://c.com");
    let answer = put.body("y").send().await.expect(200);
    assert_eq!(allowed(&answer), ["-"; 5]);
    assert_eq!(answer.header("vary"), "Origin");
    let plain = cloud.ask("GET", "/k").send().await;
    assert_eq!(allowed(&plain), ["-"; 5]);
}
