//! The Location service, version 2015-06-12: which host answers for a service in a region. The SDKs and Terraform ask it
//! where nobody told them an endpoint.
//! <https://pkg.go.dev/github.com/aliyun/alibaba-cloud-sdk-go/services/location>

mod ops;

use gateway::{Caller, Fault, Head, Located, Op};

use crate::door::{self, Api, Door};
use crate::fault::Voice;

/// The one version of the API.
pub const LOCATION_VERSION: &str = "2015-06-12";

/// The Location service.
pub type Location = Door<LocationApi>;

/// What is the Location service's own.
#[derive(Debug, Default)]
pub struct LocationApi;

impl Api for LocationApi {
    const PRODUCT: &'static str = "location";
    const NAME: &'static str = "Location";
    const VERSION: &'static str = LOCATION_VERSION;
    const VOICE: Voice = Voice::Ram;
    const ELSEWHERE: &'static [&'static str] =
        &["DescribeEndpoint", "DescribeRegions", "DescribeServices"];
    const OPS: &'static [Op<Location>] = ops::ALL;
    type On = ();
    type Target = ();

    async fn locate(
        _door: &Location,
        _op: &'static Op<Location>,
        caller: &Caller,
        _head: &Head,
    ) -> Result<Located<Location>, Fault> {
        Ok(door::whole_account(caller, "location"))
    }
}
