//! The Location service, version 2015-06-12: which host answers for a service in a region. The SDKs and Terraform ask it
//! where nobody told them an endpoint.
//! <https://pkg.go.dev/github.com/aliyun/alibaba-cloud-sdk-go/services/location>

mod ops;

use std::sync::Arc;

use gateway::{Caller, Fault, Guard, Head, Located, Op};

use crate::Identity;
use crate::door::{self, Api, Door};
use crate::fault::Voice;

/// The one version of the API.
pub const LOCATION_VERSION: &str = "2015-06-12";

/// The Location service.
pub type Location = Door<LocationApi>;

/// What is the Location service's own.
#[derive(Debug)]
pub struct LocationApi;

impl Location {
    /// The Location service for the keys of these accounts.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            api: LocationApi,
        }
    }
}

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
        let account = door::account(caller);
        Ok(Located {
            arn: format!("acs:location:*:{account}:*"),
            guard: Guard::owned_by(account),
            target: (),
        })
    }
}
