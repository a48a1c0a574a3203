//! Operations of the real service that are not emulated, so that a request for one can be told from a wrong one.

use gateway::Head;

use crate::Generation;
use crate::route;

const FC3: &[Generation] = Generation::FC3;
const ALL: &[Generation] = Generation::ALL;
const V2016: &[Generation] = &[Generation::V2016];
const V2021: &[Generation] = &[Generation::V2021];

/// An operation of the real service.
#[derive(Debug)]
pub struct Unemulated {
    /// Its name.
    pub name: &'static str,
    /// The verb.
    pub method: &'static str,
    /// The versions of the API that have it under this path.
    pub doors: &'static [Generation],
    /// The path behind the version. A part in braces is a name.
    pub path: &'static str,
}

const fn op(
    name: &'static str,
    method: &'static str,
    doors: &'static [Generation],
    path: &'static str,
) -> Unemulated {
    Unemulated {
        name,
        method,
        doors,
        path,
    }
}

/// All of them, by name. One that comes to be emulated leaves this table.
pub const NOT_EMULATED: &[Unemulated] = &[
    op("ChangeResourceGroup", "PUT", FC3, "resource-groups"),
    op("ClaimGPUInstance", "POST", V2021, "gpuInstances"),
    op("CreateCustomDomain", "POST", ALL, "custom-domains"),
    op(
        "CreateSession",
        "POST",
        FC3,
        "functions/{functionName}/sessions",
    ),
    op(
        "CreateSnapshot",
        "POST",
        FC3,
        "functions/{functionName}/snapshots",
    ),
    op(
        "CreateVpcBinding",
        "POST",
        FC3,
        "functions/{functionName}/vpc-bindings",
    ),
    op(
        "CreateVpcBinding",
        "POST",
        V2021,
        "services/{serviceName}/bindings",
    ),
    op(
        "DeleteCustomDomain",
        "DELETE",
        ALL,
        "custom-domains/{domainName}",
    ),
    op(
        "DeleteSession",
        "DELETE",
        FC3,
        "functions/{functionName}/sessions/{sessionId}",
    ),
    op(
        "DeleteSnapshot",
        "DELETE",
        FC3,
        "functions/{functionName}/snapshots/{snapshotId}",
    ),
    op(
        "DeleteVpcBinding",
        "DELETE",
        FC3,
        "functions/{functionName}/vpc-bindings/{vpcId}",
    ),
    op(
        "DeleteVpcBinding",
        "DELETE",
        V2021,
        "services/{serviceName}/bindings/{vpcId}",
    ),
    op(
        "DeregisterEventSource",
        "DELETE",
        V2021,
        "services/{serviceName}/functions/{functionName}/event-sources/{sourceArn}",
    ),
    op("DescribeRegions", "GET", FC3, "regions"),
    op("GetCustomDomain", "GET", ALL, "custom-domains/{domainName}"),
    op(
        "GetSession",
        "GET",
        FC3,
        "functions/{functionName}/sessions/{sessionId}",
    ),
    op(
        "GetSnapshot",
        "GET",
        FC3,
        "functions/{functionName}/snapshots/{snapshotId}",
    ),
    op(
        "InstanceExec",
        "GET",
        V2016,
        "services/{serviceName}/functions/{functionName}/instances/{instanceId}/exec",
    ),
    op("ListCustomDomains", "GET", ALL, "custom-domains"),
    op(
        "ListEventSources",
        "GET",
        V2021,
        "services/{serviceName}/functions/{functionName}/event-sources",
    ),
    op(
        "ListReservedCapacities",
        "GET",
        V2021,
        "reserved-capacities",
    ),
    op("ListReservedCapacities", "GET", V2016, "reservedCapacities"),
    op(
        "ListSessions",
        "GET",
        FC3,
        "functions/{functionName}/sessions",
    ),
    op("ListSnapshots", "GET", FC3, "snapshots"),
    op(
        "ListVpcBindings",
        "GET",
        FC3,
        "functions/{functionName}/vpc-bindings",
    ),
    op(
        "ListVpcBindings",
        "GET",
        V2021,
        "services/{serviceName}/bindings",
    ),
    op(
        "PauseSession",
        "PUT",
        FC3,
        "functions/{functionName}/sessions/{sessionId}/pause",
    ),
    op(
        "RegisterEventSource",
        "POST",
        V2021,
        "services/{serviceName}/functions/{functionName}/event-sources",
    ),
    op(
        "ReleaseGPUInstance",
        "DELETE",
        V2021,
        "gpuInstances/{instanceId}",
    ),
    op(
        "ResumeSession",
        "PUT",
        FC3,
        "functions/{functionName}/sessions/{sessionId}/resume",
    ),
    op(
        "UpdateCustomDomain",
        "PUT",
        ALL,
        "custom-domains/{domainName}",
    ),
    op(
        "UpdateSession",
        "PUT",
        FC3,
        "functions/{functionName}/sessions/{sessionId}",
    ),
];

/// The name of the operation that a request means, if it is one of these.
pub(crate) fn find(head: &Head, generation: Generation, rest: &str) -> Option<&'static str> {
    let meant = |op: &&Unemulated| {
        let here = op.method == head.method.as_str() && op.doors.contains(&generation);
        here && route::read(op.path, generation, rest).is_some()
    };
    let found = NOT_EMULATED.iter().find(meant)?;
    tracing::info!(
        operation = found.name,
        "an operation that is not emulated was called"
    );
    Some(found.name)
}
