//! Fields that many records share.

use std::sync::Arc;

use super::{FileText, Loading};
use crate::document::{PolicyKind, PolicyText};
use crate::estate::read::{Fault, Read, Reader, Value, fault, once};
use crate::estate::{AccountId, Arn, InlinePolicy, ProblemKind, PublicAccessBlock, S3Statement, Tags};

/// Reads tags: a list of `{"Key", "Value"}`, in any case, or a map from key to value.
pub(super) fn tags(loading: &Loading<'_>, reader: &mut Reader<'_>) -> Read<Tags> {
    let mut tags = Vec::new();
    if reader.peek() == b'{' {
        reader.members(|key, reader| {
            let value = reader.text_or_number()?.unwrap_or_default();
            tags.push((loading.strings.share(key), loading.strings.share(&value)));
            Ok(())
        })?;
        return Ok(tags.into_iter().collect());
    }
    reader.items(|reader| {
        let start = reader.offset();
        let (mut key, mut value) = (None, None);
        reader.fields(&["Key", "Value"], |name, reader| {
            match name {
                "Key" => key = Some(reader.string()?),
                "Value" => value = reader.optional_string()?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let Some(key) = key else { return fault(start, ProblemKind::MissingMember("Key")) };
        let value = value.unwrap_or_default();
        tags.push((loading.strings.share(&key), loading.strings.share(&value)));
        Ok(())
    })?;
    Ok(tags.into_iter().collect())
}

/// Reads `[{"PolicyName", "PolicyArn"}]`, or a list of ARNs, into sorted ARNs of managed policies.
pub(super) fn attached(loading: &Loading<'_>, reader: &mut Reader<'_>) -> Read<Box<[Arc<str>]>> {
    let mut attached = Vec::new();
    reader.items(|reader| {
        let start = reader.offset();
        if reader.peek() == b'"' {
            attached.push(policy_arn(loading, reader)?);
            return Ok(());
        }
        let mut arn = None;
        reader.fields(&["PolicyArn"], |key, reader| {
            match key {
                "PolicyArn" => arn = Some(policy_arn(loading, reader)?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let Some(arn) = arn else { return fault(start, ProblemKind::MissingMember("PolicyArn")) };
        attached.push(arn);
        Ok(())
    })?;
    attached.sort_unstable();
    attached.dedup();
    Ok(attached.into())
}

/// Reads `[{"PolicyName", "PolicyDocument"}]`.
pub(super) fn inline(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
) -> Read<Box<[InlinePolicy]>> {
    let mut policies = Vec::new();
    reader.items(|reader| {
        let start = reader.offset();
        let (mut name, mut document) = (None, None);
        reader.fields(&["PolicyName", "PolicyDocument"], |key, reader| {
            match key {
                "PolicyName" => name = Some(reader.string()?),
                "PolicyDocument" => document = Some(reader.value()?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let Some(name) = name else { return fault(start, ProblemKind::MissingMember("PolicyName")) };
        let Some(document) = document else {
            return fault(start, ProblemKind::MissingMember("PolicyDocument"));
        };
        let policy = loading.policy(file, PolicyKind::Identity, document)?;
        policies.push(InlinePolicy { name: loading.strings.share(&name), policy });
        Ok(())
    })?;
    Ok(policies.into())
}

/// What an S3 policy of an organisation says, in any of the forms of a policy (D-IAM-02); none if that is not understood.
pub(super) fn s3_policy(value: Value<'_>) -> Read<Option<S3Statement>> {
    match PolicyText::decode(value.raw()) {
        Ok(policy) => Ok(S3Statement::read(&policy.text)),
        Err(problem) => fault(value.start(), ProblemKind::NotJson(problem.message)),
    }
}

/// Reads the ARN of a managed policy.
pub(super) fn policy_arn(loading: &Loading<'_>, reader: &mut Reader<'_>) -> Read<Arc<str>> {
    let start = reader.offset();
    let text = reader.string()?;
    match Arn::parse(&text) {
        Some(arn) if arn.service == "iam" && arn.path_and_name("policy").is_some() => {
            Ok(loading.strings.share(&text))
        }
        _ => fault(start, ProblemKind::MalformedArn { arn: text.into_owned(), expected: "a managed policy" }),
    }
}

/// The name in `arn`, that of a user, group or role of `account` (D-IAM-03).
pub(super) fn principal_name<'a>(
    arn: &'a str,
    offset: usize,
    kind: &str,
    expected: &'static str,
    account: AccountId,
) -> Read<&'a str> {
    let parts = Arn::parse(arn).filter(|parts| parts.service == "iam" && parts.account_id().is_some());
    match parts.and_then(|parts| parts.path_and_name(kind)) {
        Some((_, name)) => of_account(arn, offset, account).map(|()| name),
        None => fault(offset, ProblemKind::MalformedArn { arn: arn.to_owned(), expected }),
    }
}

/// Checks that an ARN names no other account than the one whose file this is.
pub(super) fn of_account(arn: &str, offset: usize, expected: AccountId) -> Read<()> {
    match Arn::parse(arn).and_then(|arn| arn.account_id()) {
        Some(account) if account != expected => {
            fault(offset, ProblemKind::OtherAccount { found: arn.to_owned(), account, expected })
        }
        _ => Ok(()),
    }
}

/// Where an access point of S3 takes calls from.
pub(super) const ORIGINS: &[&str] = &["Internet", "VPC"];

/// Reads one of some words. Another is noted as odd, and says as much as none: it was not collected.
pub(super) fn word(
    reader: &mut Reader<'_>,
    member: &'static str,
    known: &'static [&'static str],
    odd: &mut Vec<Fault>,
) -> Read<Option<Arc<str>>> {
    let offset = reader.offset();
    let Some(text) = text(reader)? else { return Ok(None) };
    if known.contains(&&*text) {
        return Ok(Some(text));
    }
    let kind = ProblemKind::UnknownWord { member, word: text.to_string(), known };
    odd.push(Fault { offset, kind });
    Ok(None)
}

/// The member by which a list of an API says that it goes on, as the AWS CLI prints it.
pub(super) const NEXT: &str = "NextToken";

/// Reads a [`NEXT`]: whether the list goes on.
pub(super) fn goes_on(reader: &mut Reader<'_>) -> Read<bool> {
    text(reader).map(|token| token.is_some())
}

/// Reads any ARN.
pub(super) fn any_arn(reader: &mut Reader<'_>, expected: &'static str) -> Read<Arc<str>> {
    let start = reader.offset();
    let text = reader.string()?;
    match Arn::parse(&text) {
        Some(_) => Ok((&*text).into()),
        None => fault(start, ProblemKind::MalformedArn { arn: text.into_owned(), expected }),
    }
}

/// Reads a list of ARNs; `null` is an empty one.
pub(super) fn arns(reader: &mut Reader<'_>, expected: &'static str) -> Read<Box<[Arc<str>]>> {
    let mut arns = Vec::new();
    if !reader.null()? {
        reader.items(|reader| {
            arns.push(any_arn(reader, expected)?);
            Ok(())
        })?;
    }
    Ok(arns.into())
}

/// Reads an account id.
pub(super) fn account_id(reader: &mut Reader<'_>) -> Read<AccountId> {
    let start = reader.offset();
    let text = reader.string()?;
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => fault(start, ProblemKind::MalformedAccountId(text.into_owned())),
    }
}

/// Reads the account at the end of an ARN of the Organizations API (D-ORG-10); none for `null`.
pub(super) fn account_in_arn(reader: &mut Reader<'_>) -> Read<Option<AccountId>> {
    let start = reader.offset();
    let Some(text) = text(reader)? else { return Ok(None) };
    match text.rsplit('/').next().unwrap_or_default().parse() {
        Ok(account) if Arn::parse(&text).is_some() => Ok(Some(account)),
        _ => fault(start, ProblemKind::MalformedArn { arn: text.to_string(), expected: "an account" }),
    }
}

/// Reads a string into shared text; none for `null` and for the empty string.
pub(super) fn text(reader: &mut Reader<'_>) -> Read<Option<Arc<str>>> {
    Ok(reader.optional_string()?.filter(|text| !text.is_empty()).map(|text| (&*text).into()))
}

/// Reads the four flags of S3 Block Public Access, as the CLI or as AWS Config spells them (D-CFG-02), also inside the object
/// that the CLI wraps around them; none for `null`. A flag that is not there would be taken as off, and none is that is not known.
pub(super) fn public_access_block(reader: &mut Reader<'_>) -> Read<Option<PublicAccessBlock>> {
    if reader.null()? {
        return Ok(None);
    }
    const FLAGS: [&str; 4] =
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let start = reader.offset();
    let (mut flags, mut inner) = ([None; 4], None);
    reader.members(|key, reader| {
        let at = reader.offset();
        match FLAGS.iter().position(|flag| flag.eq_ignore_ascii_case(key)) {
            Some(flag) => once(&mut flags[flag], reader.boolean()?, at, FLAGS[flag]),
            None if key.eq_ignore_ascii_case("PublicAccessBlockConfiguration") => {
                once(&mut inner, public_access_block(reader)?, at, "PublicAccessBlockConfiguration")
            }
            None if key == "ResponseMetadata" => reader.value().map(drop),
            None => {
                let expected = "a flag of S3 Block Public Access";
                fault(at, ProblemKind::WrongShape { expected, found: format!("`{key}`") })
            }
        }
    })?;
    if let (Some(inner), [None, None, None, None]) = (inner, flags) {
        return Ok(inner);
    }
    match flags {
        [
            Some(block_public_acls),
            Some(ignore_public_acls),
            Some(block_public_policy),
            Some(restrict_public_buckets),
        ] => Ok(Some(PublicAccessBlock {
            block_public_acls,
            ignore_public_acls,
            block_public_policy,
            restrict_public_buckets,
        })),
        _ => {
            let absent = FLAGS.iter().zip(flags).find(|(_, flag)| flag.is_none());
            fault(start, ProblemKind::MissingMember(absent.map_or(FLAGS[0], |(name, _)| name)))
        }
    }
}
