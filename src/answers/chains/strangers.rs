//! Whom an identity provider that many share vouches for, and who comes from an account like any other.

use super::hops::{Call, Hop};
use super::overview::COGNITO;
use crate::answers::engine::Engine;
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known, Piece, Sat, Value, View};

/// Subjects of somebody of whom no policy is likely to speak, as GitHub, GitLab and others write them.
const SUBJECTS: [&str; 3] = [
    "repo:somebody-else/something:ref:refs/heads/main",
    "project_path:somebody-else/something:ref_type:branch:ref:main",
    "somebody-else",
];

/// What subjects begin with whose next part is an organisation, as GitHub, GitLab, HCP Terraform and CircleCI write them.
const KINDS: [&str; 4] = ["repo", "project_path", "organization", "org"];

/// Any other claim of such an identity.
const CLAIM: &str = "somebody-else/something";

/// An account that no policy is likely to speak of.
const STRANGER: &str = "000000000000";

impl Engine {
    /// Whether the hop may be made by somebody of whom no policy is likely to speak: by whoever else signs in by the provider, or, where
    /// the audience tells customers of the provider apart, signs in for another of them.
    pub fn lets_stranger_in(&self, hop: &Hop) -> bool {
        if hop.by != Call::AssumeRoleWithWebIdentity {
            return false;
        }
        let conditions = &self.facts.arena().conditions;
        let name = self.facts.principal(hop.from).name.to_ascii_lowercase();
        let listed = name.split_once(":oidc-provider/");
        let issuer = listed.map_or(&*name, |(_, issuer)| issuer);
        let subjects = SUBJECTS.iter().map(|subject| (*subject).to_owned());
        subjects.chain(self.subjects_of_others(hop.condition, issuer)).any(|subject| {
            // A provider that the account lists is asked for any audience that it lists; those of AWS's own are shared by all accounts.
            let stranger = Stranger { conditions, issuer, subject: &subject, audience: listed.is_none() };
            let left = conditions.bind(hop.condition, &stranger);
            *conditions.satisfiable(left) != Sat::No
        })
    }

    /// Subjects of organisations that anybody can make, which patterns of the subject in a condition match.
    fn subjects_of_others(&self, condition: ConditionId, issuer: &str) -> Vec<String> {
        let conditions = &self.facts.arena().conditions;
        let key = self.facts.compiler.key(&format!("{issuer}:sub"));
        let mut subjects = Vec::new();
        for test in conditions.tests_of(condition, key) {
            let View::Test { test, .. } = conditions.view(test) else { continue };
            for value in &test.values {
                let Value::Template(pieces) = value else { continue };
                if let [Piece::Text(pattern)] = &pieces[..]
                    && leaves_organization_open(pattern)
                {
                    subjects.push(pattern.replace('*', "somebody-else").replace('?', "x"));
                }
            }
        }
        subjects
    }
}

/// Whether a pattern of subjects has its first wildcard in the organisation, or before it.
pub(in crate::answers) fn leaves_organization_open(pattern: &str) -> bool {
    let Some(wildcard) = pattern.find(['*', '?']) else { return false };
    let before = &pattern[..wildcard];
    match before.split_once([':', '/']) {
        None => KINDS.iter().any(|kind| kind.starts_with(before)),
        Some((kind, organization)) => KINDS.contains(&kind) && !organization.contains([':', '/']),
    }
}

impl Engine {
    /// Whether a condition lets in somebody of an account that no policy is likely to speak of, in no organisation.
    pub(super) fn lets_any_account_in(&self, condition: ConditionId) -> bool {
        let conditions = &self.facts.arena().conditions;
        let stranger = |key: KeyId| match &*conditions.key_of(key).name {
            "aws:principalaccount" => Known::One(STRANGER.into()),
            "aws:principalorgid" | "aws:principalorgpaths" => Known::Absent,
            _ => Known::Unknown,
        };
        let left = conditions.bind(condition, &stranger);
        // S-TRI-09: the ARN says which account, too.
        let signed = self.facts.signed_by(STRANGER.parse().ok());
        *conditions.satisfiable(conditions.and(left, signed)) != Sat::No
    }
}

/// What is known of the claims of a stranger.
struct Stranger<'a> {
    conditions: &'a Conditions,
    issuer: &'a str,
    subject: &'a str,
    /// Whether the audience is the stranger's own, too.
    audience: bool,
}

impl Bindings for Stranger<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        let name = &self.conditions.key_of(key).name;
        let claim = name.strip_prefix(self.issuer).and_then(|rest| rest.strip_prefix(':'));
        match claim {
            None => Known::Unknown,
            Some("sub") if self.issuer != COGNITO => Known::One(self.subject.into()),
            Some("aud") if !self.audience => Known::Unknown,
            // Whether a guest or somebody who has signed in.
            Some("amr") => Known::Unknown,
            Some(_) => Known::One(CLAIM.into()),
        }
    }
}
