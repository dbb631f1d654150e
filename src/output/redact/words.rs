//! Words that are no names: those of policies and answers, AWS's own names, and words of sentences.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::output::words::{AccessLevel, DecisionWord, EffectWord, KindWord, LayerWord};

/// Words of policy documents, of exports and of AWS's own policies and paths.
const OF_AWS: &str = "Allow Deny Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource \
    Condition Version Service Federated AWS aws cn gov iam amazonaws arn root ALL ENABLED DISABLED ACTIVE SUSPENDED \
    SERVICE CONTROL POLICY RESOURCE FullAWSAccess RCPFullAWSAccess AWSReservedSSO OrganizationAccountAccessRole \
    StringEquals StringNotEquals StringLike StringNotLike ArnLike ArnEquals Bool Null IpAddress NotIpAddress";

/// Words that answers and diagnostics use for what every estate has, and the small words of sentences. That an estate uses
/// them as names tells nobody whose it is.
const OF_SENTENCES: &str = "a an and are as at be but by can cannot could do does for from has have if in into is it its \
    many more most neither no none nor not of on one only or other others out so than that the their them then there \
    they this to two under what when where which who whom whose with without would yes true false null all any both \
    each every everyone everybody everything nobody nothing anonymous absent present always never \
    access account accounts action actions address answer answered assumed attached boundary bucket called caller \
    callers catalog column com condition conditional conditions context decision decides default delegated denied deny \
    denies depends document documents edu endpoint error errors estate example examples except expected export exports \
    fact facts file files finding findings gate global grant granted grants group groups help http https identity io \
    json jsonl csv gz key keys kind kinds layer limit limits line list listed lists load loaded management member \
    members missing name named names net number object organisation organization org path permission permissions \
    place policies policy principal principals problem problems provider read reading reads reason region relation \
    request requests resource resources role roles row rows rule rules scenario scenarios service services session \
    sessions share shares side sides statement statements table tag tags test tests text time trust type types unit \
    units unknown unused usage user users value values warning warnings write writes \
    allows also ask asked authorization but center code collected combine credential current decide details else \
    endpoints federated field fields holder holders indexes inline instance itself last accessed managed metadata misspelt \
    needed needs nearest one operator organizations ou providers ram report so tell template then unreadable use vpc was \
    were word words \
    s3 kms sts sns sqs ec2 ecr rds ssm";

static FIXED: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    let kinds = KindWord::ALL.iter().map(|word| word.as_str());
    let layers = LayerWord::ALL.iter().map(|word| word.as_str());
    let decisions = DecisionWord::ALL.iter().map(|word| word.as_str());
    let levels = AccessLevel::ALL.iter().map(|word| word.as_str());
    let effects = EffectWord::ALL.iter().map(|word| word.as_str());
    let words = kinds.chain(layers).chain(decisions).chain(levels).chain(effects);
    let words = words.flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()));
    words.chain(OF_AWS.split_whitespace()).chain(OF_SENTENCES.split_whitespace()).collect()
});

/// Whether a word outside of ARNs is no name.
pub fn is_fixed(word: &str) -> bool {
    FIXED.contains(word) || is_own_name(word)
}

/// Whether AWS gives the name, in the estates of everybody.
pub fn is_own_name(word: &str) -> bool {
    word.starts_with("AWSServiceRole") || matches!(word, "AWSReservedSSO" | "OrganizationAccountAccessRole")
}

/// The prefix of a unique id (`AROA…`), which tells its kind.
pub fn unique_id(word: &str) -> Option<&str> {
    let (prefix, rest) = word.split_at_checked(4)?;
    let is_id = rest.len() >= 12
        && prefix.starts_with('A')
        && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
        && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then_some(prefix)
}

/// Whether a word of digits, or of a date, is none that could name something.
pub fn is_plain_number(word: &str) -> bool {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let of_date = word.len() <= 10
        && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z'))
        && word.starts_with(|first: char| first.is_ascii_digit());
    (digits && word.len() < 8) || (!digits && of_date)
}
