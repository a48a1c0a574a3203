//! Service-linked roles: what a service of the cloud may do in an account, made from the service's own template.
//! <https://help.aliyun.com/zh/ram/user-guide/service-linked-roles>

use chrono::{DateTime, Utc};
use gateway::Fault;

use crate::roles::{self, MAX_SESSION, Role};
use crate::{Identity, attachments, fault, random, time, trust};

/// What a service's role is made from.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The service, such as `fc.aliyuncs.com`.
    pub service: &'static str,
    /// The role's name.
    pub role: &'static str,
    /// The role's policy, which nobody else is meant to have.
    pub policy: &'static str,
    /// For people.
    pub description: &'static str,
}

/// The services that work with Function Compute. None of them makes several roles, which is what a suffix of the name
/// would be for. Names and policies: <https://www.alibabacloud.com/help/en/ram/developer-reference/aliyunservicerolepolicyforfc>
/// and its neighbours; descriptions follow the one in the example of GetServiceLinkedRoleTemplate.
const TEMPLATES: &[Template] = &[
    Template {
        service: "fc.aliyuncs.com",
        role: "AliyunServiceRoleForFC",
        policy: "AliyunServiceRolePolicyForFC",
        description: "Service Linked Role for Function Compute.",
    },
    Template {
        service: "fc.alb.aliyuncs.com",
        role: "AliyunServiceRoleForAlbFc",
        policy: "AliyunServiceRolePolicyForAlbFc",
        description: "Service Linked Role for Application Load Balancer.",
    },
    Template {
        service: "invokefc.nativeapigw.aliyuncs.com",
        role: "AliyunServiceRoleForNativeApiGwInvokeFC",
        policy: "AliyunServiceRolePolicyForNativeApiGwInvokeFC",
        description: "Service Linked Role for Cloud-native API Gateway.",
    },
    Template {
        service: "fc.idaasciam.aliyuncs.com",
        role: "AliyunServiceRoleForIDaaSCiamFc",
        policy: "AliyunServiceRolePolicyForIDaaSCiamFc",
        description: "Service Linked Role for Identity as a Service.",
    },
];

/// The template of a service.
///
/// # Errors
///
/// `EntityNotExist.ServiceLinkedRoleTemplate`.
pub fn template(service: &str) -> Result<&'static Template, Fault> {
    let found = TEMPLATES.iter().find(|t| t.service == service);
    found.ok_or_else(fault::no_such_template)
}

/// The service whose role has this name, whatever its case.
pub fn service_of(role: &str) -> Option<&'static str> {
    let found = TEMPLATES.iter().find(|t| t.role.eq_ignore_ascii_case(role));
    found.map(|template| template.service)
}

impl Identity {
    /// Makes the role of a service, with its policy.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.ServiceLinkedRoleTemplate`, `EntityAlreadyExists.Role`, `LimitExceeded.Role`.
    pub async fn create_service_role(
        &self,
        account: &str,
        service: &str,
        now: DateTime<Utc>,
    ) -> Result<Role, Fault> {
        let template = template(service)?;
        let role = Role {
            id: random::decimal(3)?,
            name: template.role.to_owned(),
            description: template.description.to_owned(),
            trust: trust::of_service(service),
            max_session: *MAX_SESSION.start(),
            console: None,
            created: time::iso(now),
            updated: time::iso(now),
            tags: Vec::new(),
            service: Some(service.to_owned()),
        };
        let trust = trust::parse(&role.trust)?;
        self.insert_role(account, role, &trust, Some(template.policy))
            .await
    }

    /// Deletes the role of a service. No service here uses it, so it is gone at once. Returns the id of the task in
    /// which the real service would do it.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`, `EntityNotExist.ServiceLinkedRole`.
    pub async fn delete_service_role(&self, account: &str, name: &str) -> Result<String, Fault> {
        let task = random::uuid()?;
        loop {
            let mut change = self.begin().await?;
            let role = roles::need(&mut change, account, name).await?;
            let service = role.service.as_deref();
            let service = service.ok_or_else(fault::not_a_role_of_a_service)?;
            let template = template(service)?;
            attachments::detach_last(&mut change, account, &role.id, template.policy);
            roles::delete_rows(&mut change, account, &role);
            if change.commit().await? {
                let name = &role.name;
                return Ok(format!("task/acs-service-role/{service}/{name}/{task}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{names, system_policies};

    #[test]
    fn every_template_has_its_policy() {
        for template in TEMPLATES {
            assert!(
                system_policies::find(template.policy).is_some(),
                "{}",
                template.policy
            );
            assert!(names::NEW_ROLE.check(template.role).is_ok());
            assert_eq!(
                service_of(&template.role.to_lowercase()),
                Some(template.service)
            );
        }
    }
}
