//! `localyun ecs-role`: the role of the emulated ECS instance.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::admin::show;
use super::{Failure, Remote};

/// Show, set or take away the role of the ECS instance that the metadata service speaks for
#[derive(Debug, Args)]
pub(super) struct EcsRoleCommand {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    step: Option<Step>,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Give the instance a role, which must trust ecs.aliyuncs.com
    Set {
        /// NAME, or UID:NAME in another account
        role: String,
    },
    /// Take its role away
    Unset,
}

impl EcsRoleCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let answer: Value = match &self.step {
            None => client.get("ecs-role")?,
            Some(Step::Set { role }) => client.put("ecs-role", &json!({ "role": role }))?,
            Some(Step::Unset) => client.delete("ecs-role")?,
        };
        show(&answer)
    }
}
