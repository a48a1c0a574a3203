//! The worked examples of the official documents and of the clients' own tests, string by string.

use chrono::DateTime;
use signature::oss_v4::SigningKey;
use signature::{Placement, Scope, Secret, Timing, acs3, oss_v1, oss_v4, rpc_v1};

use crate::sample::{OSS, RPC, Sample};

const OSS_DOC_ID: &str = "44CF9590006BF252F707";
const OSS_DOC_SECRET: &str = "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV";

/// <https://help.aliyun.com/zh/oss/developer-reference/include-signatures-in-the-authorization-header>
#[test]
fn oss_v1_in_the_header() {
    let mut sample = Sample::new("PUT", "/nelson")
        .on("oss-example", "nelson")
        .header(
            "Content-MD5",
            "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=",
        )
        .header("Content-Type", "text/html")
        .header("Date", "Thu, 17 Nov 2005 18:49:58 GMT")
        .header("X-OSS-Meta-Author", "foo@bar.com")
        .header("X-OSS-Magic", "abracadabra");
    let string_to_sign =
        oss_v1::string_to_sign(&sample.signable(), "Thu, 17 Nov 2005 18:49:58 GMT");
    assert_eq!(
        string_to_sign,
        "PUT\nODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=\ntext/html\nThu, 17 Nov 2005 18:49:58 GMT\n\
         x-oss-magic:abracadabra\nx-oss-meta-author:foo@bar.com\n/oss-example/nelson"
    );
    let secret = Secret::new(OSS_DOC_SECRET);
    let authorization = oss_v1::sign(&sample.signable(), OSS_DOC_ID, &secret);
    assert_eq!(
        authorization,
        "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA="
    );
    sample.set_header("authorization", &authorization);
    let claim = sample.claim(OSS);
    assert_eq!(
        (&*claim.access_key_id, claim.placement),
        (OSS_DOC_ID, Placement::Header)
    );
    assert_eq!(claim.verify(&secret, &sample.signable()), Ok(()));
}

/// <https://help.aliyun.com/zh/oss/developer-reference/add-signatures-to-urls>
#[test]
fn oss_v1_in_the_url() {
    let sample = Sample::new("GET", "/oss-api.pdf").on("oss-example", "oss-api.pdf");
    let string_to_sign = oss_v1::string_to_sign(&sample.signable(), "1141889120");
    assert_eq!(
        string_to_sign,
        "GET\n\n\n1141889120\n/oss-example/oss-api.pdf"
    );
    let secret = Secret::new(OSS_DOC_SECRET);
    let parameters = oss_v1::presign(&sample.signable(), OSS_DOC_ID, &secret, 1_141_889_120);
    assert_eq!(
        parameters[2],
        ("Signature", "EwaNTn1erJGkimiJ9WmXgwnANLc=".to_owned())
    );
    let signed = parameters.iter().fold(sample, |sample, (name, value)| {
        sample.parameter(name, value)
    });
    let claim = signed.claim(OSS);
    assert_eq!(
        claim.timing,
        Timing::ExpiresAt(DateTime::from_timestamp(1_141_889_120, 0).unwrap())
    );
    assert_eq!(claim.verify(&secret, &signed.signable()), Ok(()));
}

/// The V4 signer's own test in Go v2 and Python v2.
fn v4_of_the_sdks() -> Sample {
    let target = "/1234%2B-/123/1.txt?param1=value1&%2Bparam1=value3&%7Cparam1=value4&%2Bparam2&%7Cparam2&param2";
    Sample::new("PUT", target)
        .on("bucket", "1234+-/123/1.txt")
        .header("x-oss-head1", "value")
        .header("abc", "value")
        .header("ZAbc", "value")
        .header("XYZ", "value")
        .header("content-type", "text/plain")
        .header("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
}

fn scope(date: &str) -> Scope {
    Scope {
        date: date.to_owned(),
        region: "cn-hangzhou".to_owned(),
        product: "oss".to_owned(),
    }
}

#[test]
fn oss_v4_in_the_header() {
    let mut sample = v4_of_the_sdks().header("x-oss-date", "20231216T162057Z");
    let canonical = oss_v4::canonical_request(&sample.signable(), &[]);
    assert_eq!(
        canonical,
        "PUT\n/bucket/1234%2B-/123/1.txt\n\
         %2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2&param1=value1&param2\n\
         content-type:text/plain\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:20231216T162057Z\nx-oss-head1:value\n\
         \n\nUNSIGNED-PAYLOAD"
    );
    let scope = scope("20231216");
    let string_to_sign = oss_v4::string_to_sign("20231216T162057Z", &scope, &canonical);
    assert_eq!(
        string_to_sign,
        "OSS4-HMAC-SHA256\n20231216T162057Z\n20231216/cn-hangzhou/oss/aliyun_v4_request\n\
         f4613657f1b108998e8dbd10a1aa5da621dc2c6e02c9ddec0f163664848704c4"
    );
    let secret = Secret::new("sk");
    let key = SigningKey::derive(&secret, scope);
    let authorization = oss_v4::sign(&sample.signable(), "ak", &key, &[]);
    assert_eq!(
        authorization,
        "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,\
         Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"
    );
    sample.set_header("authorization", &authorization);
    let claim = sample.claim(OSS);
    assert_eq!(
        claim.scope.as_ref().map(|scope| scope.region.as_str()),
        Some("cn-hangzhou")
    );
    assert_eq!(claim.verify(&secret, &sample.signable()), Ok(()));
    assert_eq!(claim.verify_derived(&key, &sample.signable()), Ok(()));
}

/// <https://help.aliyun.com/zh/ram/developer-reference/signature-mechanism>
#[test]
fn rpc_v1_create_user() {
    let target = "/?UserName=test&SignatureVersion=1.0&Format=JSON&Timestamp=2015-08-18T03%3A15%3A45Z&AccessKeyId=testid\
                  &SignatureMethod=HMAC-SHA1&Version=2015-05-01&Action=CreateUser\
                  &SignatureNonce=6a6e0ca6-4557-11e5-86a2-b8e8563dc8d2";
    let sample = Sample::new("GET", target);
    assert_eq!(
        rpc_v1::string_to_sign(&sample.signable()),
        "GET&%2F&AccessKeyId%3Dtestid%26Action%3DCreateUser%26Format%3DJSON%26SignatureMethod%3DHMAC-SHA1%26\
         SignatureNonce%3D6a6e0ca6-4557-11e5-86a2-b8e8563dc8d2%26SignatureVersion%3D1.0%26\
         Timestamp%3D2015-08-18T03%253A15%253A45Z%26UserName%3Dtest%26Version%3D2015-05-01"
    );
    let secret = Secret::new("testsecret");
    let signature = rpc_v1::sign(&sample.signable(), &secret);
    assert_eq!(signature, "kRA2cnpJVacIhDMzXnoNZG9tDCI=");
    let signed = sample.parameter("Signature", &signature);
    assert_eq!(
        signed.claim(RPC).verify(&secret, &signed.signable()),
        Ok(())
    );
}

/// <https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature>
#[test]
fn acs3_run_instances() {
    let target =
        "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let mut sample = Sample::new("POST", target)
        .header("host", "ecs.cn-shanghai.aliyuncs.com")
        .header("x-acs-action", "RunInstances")
        .header("x-acs-content-sha256", empty)
        .header("x-acs-date", "2023-10-26T10:22:32Z")
        .header("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d")
        .header("x-acs-version", "2014-05-26")
        .body(b"");
    let names: Vec<_> = sample.headers.keys().map(|name| name.as_str()).collect();
    let canonical = acs3::canonical_request(&sample.signable(), &names);
    assert_eq!(
        canonical,
        format!(
            "POST\n/\nImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai\n\
             host:ecs.cn-shanghai.aliyuncs.com\nx-acs-action:RunInstances\nx-acs-content-sha256:{empty}\n\
             x-acs-date:2023-10-26T10:22:32Z\nx-acs-signature-nonce:3156853299f313e23d1673dc12e1703d\n\
             x-acs-version:2014-05-26\n\n\
             host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version\n{empty}"
        )
    );
    assert_eq!(
        acs3::string_to_sign(&canonical),
        "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    );
    let secret = Secret::new("YourAccessKeySecret");
    let authorization = acs3::sign(&sample.signable(), "YourAccessKeyId", &secret, &names);
    assert_eq!(
        authorization,
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,\
         SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
         Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    );
    sample.set_header("authorization", &authorization);
    assert_eq!(
        sample.claim(RPC).verify(&secret, &sample.signable()),
        Ok(())
    );
}
