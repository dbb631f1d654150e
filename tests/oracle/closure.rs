//! Whom a caller can become, role after role, found by asking each of those whom it can become for every role.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Catalog, Decision, Outcome, Question, decide_on_estate, estate::Estate};

/// The roles that a caller reaches by hops that are allowed; with `open` also by those that may be.
pub fn reached(
    estate: &Estate,
    from: &str,
    roles: &[&str],
    ask: &dyn Fn(&str, &str) -> Question,
    open: bool,
    catalog: &Catalog,
) -> Result<BTreeSet<String>, String> {
    let mut found: BTreeSet<String> = [from.to_owned()].into();
    loop {
        let mut next = BTreeSet::new();
        for role in roles.iter().filter(|role| !found.contains(**role)) {
            for caller in &found {
                let answer = decide_on_estate(estate, &ask(caller, role), catalog)?;
                let may = open && answer.outcomes.contains(&Outcome::Allowed);
                if answer.decision == Decision::Allowed || may {
                    next.insert((*role).to_owned());
                }
            }
        }
        if next.is_empty() {
            found.remove(from);
            return Ok(found);
        }
        found.extend(next);
    }
}

/// A session as a path leaves it, and what its requests hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Session {
    pub who: String,
    /// Values that `aws:MultiFactorAuthPresent` can have in its requests; `None`: absent.
    pub mfa: Vec<Option<bool>>,
    pub source_identity: Option<String>,
    /// The value of the tag `team`, and whether sessions of further roles inherit it.
    pub team: Option<String>,
    pub handed_on: bool,
    /// What an identity provider said of it: keys with values.
    pub claims: Vec<(&'static str, String)>,
}

/// A provider of OpenID Connect of the estate, its claim, and that of SAML.
const WEB: (&str, &str) = (":oidc-provider/", "idp.example.com:sub");
const SAML: (&str, &str) = (":saml-provider/", "saml:sub");

/// What a call may pass.
pub struct Passed<'a> {
    pub source_identities: &'a [&'a str],
    pub teams: &'a [&'a str],
    /// Those for whom a provider may vouch.
    pub subjects: &'a [&'a str],
}

/// The roles that a caller reaches by calls whose sessions carry what calls before fixed (S-KEY-07, S-KEY-22, S-KEY-30, S-SESS-08,
/// S-TRUST-10, S-TRUST-12; U-26, U-82), found by trying everything that each call may pass. `roles`: with the team of each;
/// `known`: what sessions were found to reach before.
pub fn reached_carrying(
    estate: &Estate,
    from: &Session,
    roles: &[(&str, Option<&str>)],
    passed: &Passed,
    known: &mut BTreeMap<Session, BTreeSet<Session>>,
    catalog: &Catalog,
) -> Result<BTreeSet<String>, String> {
    let mut found: BTreeSet<Session> = [from.clone()].into();
    let mut left = vec![from.clone()];
    while let Some(session) = left.pop() {
        if !known.contains_key(&session) {
            let mut given = BTreeSet::new();
            for (role, own) in roles {
                for (question, next) in calls(&session, role, *own, passed) {
                    if !given.contains(&next)
                        && decide_on_estate(estate, &question, catalog)?.outcomes.contains(&Outcome::Allowed)
                    {
                        given.insert(next);
                    }
                }
            }
            known.insert(session.clone(), given);
        }
        let given = known.get(&session).into_iter().flatten();
        left.extend(given.filter(|next| found.insert((*next).clone())).cloned());
    }
    found.remove(from);
    Ok(found.into_iter().map(|session| session.who).collect())
}

/// Whether a caller may make a request, itself or by sessions that were found to follow from its own.
pub fn may_in_the_end(
    estate: &Estate,
    from: &Session,
    request: (&str, &str),
    known: &BTreeMap<Session, BTreeSet<Session>>,
    catalog: &Catalog,
) -> Result<bool, String> {
    let mut found: BTreeSet<&Session> = BTreeSet::new();
    let mut left: Vec<&Session> = known.get(from).into_iter().flatten().collect();
    while let Some(session) = left.pop() {
        if !found.insert(session) {
            continue;
        }
        for &mfa in &session.mfa {
            let holds = own_keys(session, mfa).into_iter();
            let question = Question {
                principal: session.who.clone(),
                action: request.0.to_owned(),
                resource: request.1.to_owned(),
                context: holds.map(|(key, value)| (key.to_owned(), Value::from(value))).collect(),
                ..Question::default()
            };
            if decide_on_estate(estate, &question, catalog)?.outcomes.contains(&Outcome::Allowed) {
                return Ok(true);
            }
        }
        left.extend(known.get(session).into_iter().flatten());
    }
    Ok(false)
}

/// What every request of a session holds.
fn own_keys(session: &Session, mfa: Option<bool>) -> Vec<(&'static str, String)> {
    let others = [
        ("aws:SecureTransport", Some("true".to_owned())),
        ("aws:MultiFactorAuthPresent", mfa.map(|used| used.to_string())),
        ("aws:SourceIdentity", session.source_identity.clone()),
        ("aws:PrincipalTag/team", session.team.clone()),
    ];
    let others = others.into_iter().filter_map(|(key, value)| Some((key, value?)));
    others.chain(session.claims.iter().cloned()).collect()
}

/// What the credentials hold for which a provider may vouch; of anybody else's nothing.
fn claims(who: &str, passed: &Passed) -> Vec<Vec<(&'static str, String)>> {
    let Some((_, claim)) = [WEB, SAML].into_iter().find(|(kind, _)| who.contains(kind)) else {
        return vec![Vec::new()];
    };
    let subjects = std::iter::once(None).chain(passed.subjects.iter().map(Some));
    let named = |subject: Option<&&str>| {
        let provider = ("aws:FederatedProvider", who.to_owned());
        let provider = who.contains(WEB.0).then_some(provider);
        subject.map(|subject| (claim, (*subject).to_owned())).into_iter().chain(provider).collect()
    };
    subjects.map(named).collect()
}

/// What a call passes: whether with MFA, a source identity, a team and whether it is handed on, and claims.
type Ways<'a> = (Option<bool>, Option<&'a str>, Option<(&'a str, bool)>, Vec<(&'static str, String)>);

/// Every call by which a session may take a role, with the session that it gives.
fn calls(session: &Session, role: &str, own: Option<&str>, passed: &Passed) -> Vec<(Question, Session)> {
    let (by_saml, by_web) = (session.who.contains(SAML.0), session.who.contains(WEB.0));
    let (is_user, is_provider) = (session.who.contains(":user/"), by_saml || by_web);
    let source_identities: Vec<Option<&str>> = match &session.source_identity {
        Some(inherited) => vec![None, Some(inherited)],
        None => std::iter::once(None).chain(passed.source_identities.iter().copied().map(Some)).collect(),
    };
    let teams: Vec<Option<(&str, bool)>> = match session.handed_on {
        true => vec![None],
        false => {
            let each = passed.teams.iter().flat_map(|team| [Some((*team, false)), Some((*team, true))]);
            std::iter::once(None).chain(each).collect()
        }
    };
    let action = match (by_saml, by_web) {
        (true, _) => "sts:AssumeRoleWithSAML",
        (_, true) => "sts:AssumeRoleWithWebIdentity",
        _ => "sts:AssumeRole",
    };
    let mut ways = Vec::new();
    for &mfa in &session.mfa {
        for &source_identity in &source_identities {
            for &team in &teams {
                ways.extend(
                    claims(&session.who, passed).into_iter().map(|of| (mfa, source_identity, team, of)),
                );
            }
        }
    }
    let call = |(mfa, source_identity, team, claims): Ways<'_>| {
        let passes = [
            ("sts:SourceIdentity", source_identity.map(str::to_owned)),
            ("aws:RequestTag/team", team.map(|(team, _)| team.to_owned())),
            ("sts:TransitiveTagKeys", team.filter(|(_, handed_on)| *handed_on).map(|_| "team".to_owned())),
            ("aws:TagKeys", team.map(|_| "team".to_owned())),
        ];
        let passes = passes.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let holds = own_keys(session, mfa).into_iter().chain(claims.clone()).chain(passes);
        let inherited = session.team.clone().filter(|_| session.handed_on);
        let question = Question {
            principal: session.who.clone(),
            action: action.to_owned(),
            resource: role.to_owned(),
            context: holds.map(|(key, value)| (key.to_owned(), Value::from(value))).collect(),
            handed_on: inherited.into_iter().map(|team| ("team".to_owned(), team)).collect(),
            ..Question::default()
        };
        let next = Session {
            who: role.to_owned(),
            mfa: match (is_user, is_provider) {
                (true, _) => vec![Some(mfa == Some(true))],
                (_, true) => vec![None],
                // U-26
                _ => vec![None, Some(false), Some(true)],
            },
            source_identity: session.source_identity.clone().or(source_identity.map(str::to_owned)),
            team: match (session.handed_on, team) {
                (true, _) => session.team.clone(),
                (false, Some((team, _))) => Some(team.to_owned()),
                (false, None) => own.map(str::to_owned),
            },
            handed_on: session.handed_on || team.is_some_and(|(_, handed_on)| handed_on),
            claims,
        };
        (question, next)
    };
    ways.into_iter().map(call).collect()
}
