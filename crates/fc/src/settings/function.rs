//! The fields of a function (spec/fc.md §1.9, §3.3).

use gateway::Fault;

use super::{Default, Field, Fields, Kind, Schema, create, cross, update};
use crate::Generation;

/// The runtimes that the real service has. Which of them run here the host knows; all can be kept.
const RUNTIMES: &[&str] = &[
    "python3",
    "python3.9",
    "python3.10",
    "python3.12",
    "nodejs8",
    "nodejs10",
    "nodejs12",
    "nodejs14",
    "nodejs16",
    "nodejs18",
    "nodejs20",
    "java8",
    "java11",
    "php7.2",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1",
    "custom",
    "custom.debian10",
    "custom.debian11",
    "custom.debian12",
    "custom-container",
];

const DESCRIPTION: Field = Field::new("description", Kind::Text(256), Default::Text(""));
const RUNTIME: Field = Field::new("runtime", Kind::OneOf(RUNTIMES), Default::Required);
const HANDLER: Field = Field::new("handler", Kind::Text(128), Default::Required);
const MEMORY: Field = Field::new(
    "memorySize",
    Kind::Whole(128, 32768, 64),
    Default::Number(512),
);
const CPU: Field = Field::new("cpu", Kind::Hundredths(5, 1600, 5), Default::Absent);
const ENVIRONMENT: Field = Field::new("environmentVariables", Kind::Environment, Default::Empty);
const CONCURRENCY: Field = Field::new(
    "instanceConcurrency",
    Kind::Whole(1, 200, 1),
    Default::Number(1),
);
const LIFECYCLE: Field = object("instanceLifecycleConfig", Kind::Lifecycle);
const DISK: Field = Field::new(
    "diskSize",
    Kind::Whole(512, 10240, 512),
    Default::Number(512),
);

const fn object(name: &'static str, kind: Kind) -> Field {
    Field::new(name, kind, Default::Absent)
}

const fn timeout(default: u64) -> Field {
    Field::new(
        "timeout",
        Kind::Whole(1, 86400, 1),
        Default::Number(default),
    )
}

/// A function of FC 3.0.
const FUNCTION_3: Schema = &[
    DESCRIPTION,
    RUNTIME,
    HANDLER,
    MEMORY,
    CPU,
    timeout(3),
    DISK,
    ENVIRONMENT,
    CONCURRENCY,
    LIFECYCLE,
    Field::new("role", Kind::Role, Default::Text("")),
    Field::new("internetAccess", Kind::Switch, Default::Switch(true)),
    Field::new("disableOndemand", Kind::Switch, Default::Switch(false)),
    Field::new(
        "disableInjectCredentials",
        Kind::OneOf(&["None", "Env", "Request", "All"]),
        Default::Absent,
    ),
    Field::new("enableLongLiving", Kind::Switch, Default::Absent),
    Field::new("idleTimeout", Kind::Whole(0, 21600, 1), Default::Absent),
    Field::new("sessionAffinity", Kind::Text(64), Default::Absent),
    Field::new("sessionAffinityConfig", Kind::Text(4096), Default::Absent),
    Field::new("instanceIsolationMode", Kind::Text(64), Default::Absent),
    Field::new("resourceGroupId", Kind::Text(64), Default::Absent),
    object("customRuntimeConfig", Kind::Program),
    object("customContainerConfig", Kind::Object),
    object("customDNS", Kind::Object),
    object("gpuConfig", Kind::Object),
    object("logConfig", Kind::Object),
    object("nasConfig", Kind::Object),
    object("ossMountConfig", Kind::Object),
    object("tracingConfig", Kind::Object),
    object("vpcConfig", Kind::Object),
];

/// A function of FC 2.0. What concerns the network, logs and the role is its service's.
const FUNCTION_2: Schema = &[
    DESCRIPTION,
    RUNTIME,
    HANDLER,
    MEMORY,
    CPU,
    timeout(60),
    DISK,
    ENVIRONMENT,
    CONCURRENCY,
    LIFECYCLE,
    Field::new("initializer", Kind::Text(128), Default::Absent),
    Field::new(
        "initializationTimeout",
        Kind::Whole(1, 300, 1),
        Default::Absent,
    ),
    Field::new(
        "instanceSoftConcurrency",
        Kind::Whole(1, 200, 1),
        Default::Absent,
    ),
    Field::new("instanceType", Kind::Text(64), Default::Text("e1")),
    Field::new("caPort", Kind::Whole(1, 65535, 1), Default::Absent),
    Field::new("gpuMemorySize", Kind::Whole(1, 98304, 1), Default::Absent),
    object("customContainerConfig", Kind::Object),
    object("customDNS", Kind::Object),
    object("customHealthCheckConfig", Kind::HealthCheck),
    object("customRuntimeConfig", Kind::Program),
];

fn schema(generation: Generation) -> Schema {
    match generation.has_services() {
        true => FUNCTION_2,
        false => FUNCTION_3,
    }
}

/// The settings of a new function.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn new_function(generation: Generation, body: Fields) -> Result<Fields, Fault> {
    let mut settings = create(schema(generation), body)?;
    if !generation.has_services() {
        cross::compute_cpu(&mut settings);
    }
    cross::check_function(&settings)?;
    Ok(settings)
}

/// Changes the settings of a function. New memory brings new processors along, unless they are given too.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn update_function(
    generation: Generation,
    settings: &mut Fields,
    body: Fields,
) -> Result<(), Fault> {
    if !generation.has_services() && body.contains_key("memorySize") {
        settings.remove("cpu");
    }
    update(schema(generation), settings, body)?;
    if !generation.has_services() {
        cross::compute_cpu(settings);
    }
    cross::check_function(settings)
}
