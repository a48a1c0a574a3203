//! The region ids that the emulated cloud knows.

/// The region of everything that names none.
pub const DEFAULT: &str = "cn-hangzhou";

/// Public OSS regions, from the official table of regions and endpoints
/// (<https://help.aliyun.com/zh/oss/user-guide/regions-and-endpoints>).
const KNOWN: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-hangzhou-finance",
    "cn-heyuan",
    "cn-heyuan-acdr-1",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-north-2-gov-1",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-shenzhen-finance-1",
    "cn-wuhan-lr",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "na-south-1",
    "rg-china-mainland",
    "us-east-1",
    "us-west-1",
];

/// Whether `region` is an id of the real cloud, such as `cn-shenzhen`.
pub fn is_known(region: &str) -> bool {
    KNOWN.binary_search(&region).is_ok()
}

/// Every known region id, in byte order.
pub fn all() -> &'static [&'static str] {
    KNOWN
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted_and_knows_the_default() {
        assert!(super::KNOWN.is_sorted());
        assert!(super::is_known(super::DEFAULT));
        assert!(!super::is_known("cn-hangzhou-test-1"));
    }
}
