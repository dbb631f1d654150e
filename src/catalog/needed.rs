//! The kinds of resources of which a call names one each.

use super::Catalog;
use super::types::{ActionId, ResourceType, TypeId};

/// Actions of which the reference marks exactly what each call is authorized on. Of others the mark often stands at alternatives as
/// well: `bedrock:InvokeModel` marks ten types, and a call names one model.
const EXACT: &[&str] = &[
    "ec2:",
    "kms:",
    "organizations:AttachPolicy",
    "organizations:DetachPolicy",
    "organizations:MoveAccount",
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "sso:",
];

/// The kinds of resources that a call of an action names (S-RES-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// One of each of these, each of them some types of which a call names one (S-RES-21).
    pub kinds: Vec<Vec<TypeId>>,
    /// Whether that is certain.
    pub exact: bool,
}

impl Catalog {
    /// The types of resources that calls of an action name besides one on this resource, and whether that is certain.
    pub fn named_besides(&self, action: ActionId, resource: &str) -> (Vec<&'static str>, bool) {
        let types = self.resource_types_of(action);
        if types.len() < 2 || !types.iter().any(|line| line.required) {
            return (Vec::new(), false);
        }
        let Needed { kinds, exact } = self.needed(action);
        let types = |kind: &Vec<TypeId>| -> Vec<&ResourceType> {
            kind.iter().filter_map(|&id| self.resource_type(id)).collect()
        };
        let others = kinds.iter().map(types).filter(|kind| !kind.iter().any(|one| one.is_of(resource)));
        (others.filter_map(|kind| Some(kind.first()?.name)).collect(), exact)
    }

    /// The kinds of resources of which each call of an action names one.
    ///
    /// Types that differ in what follows a `/` of their names alone, such as `listener/app` and `listener/net`, are alternatives, and
    /// so are a type of AWS's own things and one of a customer's, such as `browser` and `browser-custom`.
    /// Where the marks of the reference may mean alternatives, and one type alone has it, all its types are one kind.
    pub fn needed(&self, action: ActionId) -> Needed {
        let name = self.action_name(action);
        let exact = EXACT.iter().any(|known| match known.strip_suffix(':') {
            Some(service) => name.split(':').next() == Some(service),
            None => name == *known,
        });
        let marked = || self.resource_types_of(action).iter().filter(|line| line.required);
        let types = || marked().filter_map(|line| self.resource_type(line.id));
        let mut kinds: Vec<(&str, Vec<TypeId>)> = Vec::new();
        for line in marked() {
            let Some(kind) = self.resource_type(line.id) else { continue };
            let stem = kind.name.strip_suffix("-custom");
            let own = stem.filter(|stem| types().any(|other| other.name == *stem && is_of_aws(other)));
            let head = own.unwrap_or(kind.name).split('/').next().unwrap_or_default();
            match kinds.iter_mut().find(|(known, _)| *known == head) {
                Some((_, types)) => types.push(line.id),
                None => kinds.push((head, vec![line.id])),
            }
        }
        let mut kinds: Vec<Vec<TypeId>> = kinds.into_iter().map(|(_, types)| types).collect();
        if kinds.is_empty() || marked().count() == 1 && !exact {
            kinds = vec![self.resource_types_of(action).iter().map(|line| line.id).collect()];
        }
        Needed { kinds, exact }
    }
}

/// Whether resources of the type are AWS's own: the account in their ARNs is `aws`.
fn is_of_aws(kind: &ResourceType) -> bool {
    kind.formats.iter().all(|format| format.split(':').nth(4) == Some("aws"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(action: &str) -> (Vec<Vec<&'static str>>, bool) {
        let catalog = Catalog::embedded();
        let needed = catalog.needed(catalog.find_action(action).expect("an action of the catalog"));
        let of = |types: Vec<TypeId>| {
            types.iter().filter_map(|&id| Some(catalog.resource_type(id)?.name)).collect()
        };
        (needed.kinds.into_iter().map(of).collect(), needed.exact)
    }

    #[test]
    fn each_required_type_is_named() {
        assert_eq!(names("ec2:AttachVolume"), (vec![vec!["instance"], vec!["volume"]], true));
        assert_eq!(names("ssm:SendCommand"), (vec![vec!["document"]], true));
        assert_eq!(
            names("appconfig:GetEnvironment"),
            (vec![vec!["application"], vec!["environment"]], false)
        );
        // Both are of the customer's.
        assert_eq!(
            names("bedrock-agentcore:InvokeAgentRuntime"),
            (vec![vec!["runtime"], vec!["runtime-endpoint"]], false)
        );
    }

    #[test]
    fn what_a_call_names_besides() {
        let catalog = Catalog::embedded();
        let besides = |action: &str, resource: &str| {
            catalog.named_besides(catalog.find_action(action).expect("an action of the catalog"), resource)
        };
        let instance = "arn:aws:ec2:eu-west-1:111111111111:instance/i-1";
        assert_eq!(besides("ec2:AttachVolume", instance), (vec!["volume"], true));
        assert_eq!(besides("ssm:SendCommand", instance), (vec!["document"], true));
        assert_eq!(besides("ec2:StartInstances", instance), (vec![], true));
        assert_eq!(besides("s3:GetObject", "arn:aws:s3:::b/k"), (vec![], false));
    }

    #[test]
    fn alternatives_are_one_kind() {
        let listeners = vec!["listener/app", "listener/gwy", "listener/net"];
        assert_eq!(names("elasticloadbalancing:ModifyListener"), (vec![listeners], false));
        assert_eq!(names("s3:GetObject"), (vec![vec!["accesspointobject", "object"]], false));
        // AWS's own and a customer's, and not what need not be named.
        let browsers = vec!["browser", "browser-custom"];
        assert_eq!(names("bedrock-agentcore:StartBrowserSession"), (vec![browsers], false));
        let interpreters = vec!["code-interpreter", "code-interpreter-custom"];
        assert_eq!(names("bedrock-agentcore:InvokeCodeInterpreter"), (vec![interpreters], false));
        // No resource at all.
        assert_eq!(names("ec2:DescribeInstances"), (vec![vec![]], true));
    }
}
