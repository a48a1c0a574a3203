//! The fields of a service (FC 2.0).

use super::{Default, Field, Kind, Schema};

const fn object(name: &'static str) -> Field {
    Field::new(name, Kind::Object, Default::Absent)
}

/// A service. Its role, network and log are those of its functions.
pub(crate) const SERVICE: Schema = &[
    Field::new("description", Kind::Text(256), Default::Text("")),
    Field::new("role", Kind::Role, Default::Text("")),
    Field::new("internetAccess", Kind::Switch, Default::Switch(true)),
    object("logConfig"),
    object("nasConfig"),
    object("ossMountConfig"),
    object("tracingConfig"),
    object("vpcConfig"),
];
