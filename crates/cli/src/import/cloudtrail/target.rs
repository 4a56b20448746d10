//! The target of a CloudTrail record.

use serde::Serialize;

use super::object::Object;

/// What the call was made on.
#[derive(Serialize)]
pub(super) struct Target {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    id: String,
}

impl Target {
    /// Reads the first of `resources`, or else the first name in `requestParameters` that is known to be a target's.
    pub(super) fn of(record: &Object<'_>) -> Option<Self> {
        let resource = record.first("resources");
        match resource.text("ARN") {
            Some(id) => Some(Self { kind: resource.text("type"), id }),
            None => Self::in_parameters(&record.object("requestParameters")),
        }
    }

    fn in_parameters(parameters: &Object<'_>) -> Option<Self> {
        let instance = parameters.object("instancesSet").first("items");
        let names = [
            ("bucket", parameters, "bucketName"),
            ("role", parameters, "roleName"),
            ("user", parameters, "userName"),
            ("instance", parameters, "instanceId"),
            ("instance", &instance, "instanceId"),
            ("instance", parameters, "instanceName"),
        ];
        let found = |(kind, object, member): (&str, &Object<'_>, &str)| {
            Some(Self { kind: Some(kind.to_owned()), id: object.text(member)? })
        };
        names.into_iter().find_map(found)
    }
}
