//! Statements around a request: most nearly match it, and some can't be read.

use serde_json::{Map, Value, json};

use super::genes::Genes;

/// Where a statement stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Endpoint,
    Resource,
    Trust,
}

/// What the statements are about.
pub struct About<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    pub principals: &'a [&'a str],
    pub gateway: bool,
}

/// Keys with values: the first few are values that contexts hold too, the others are odd.
pub const KEYS: &[(&str, &[&str])] = &[
    ("aws:UserAgent", &["curl", "Curl", "cu*", "c?rl", "${aws:username}", "${*}", ""]),
    ("aws:PrincipalTag/team", &["red", "blue", "re?", "*", "${aws:username, 'red'}", ""]),
    (
        "aws:SourceIp",
        &[
            "203.0.113.7",
            "203.0.113.0/24",
            "2001:db8::1",
            "2001:db8::/32",
            "198.51.100.1/0",
            "10.0.0.0/8",
            "nowhere",
        ],
    ),
    ("aws:MultiFactorAuthPresent", &["true", "false", "TRUE", "yes"]),
    ("aws:MultiFactorAuthAge", &["60", "3600", "60.0", "6e1", "-1", "soon"]),
    (
        "aws:CurrentTime",
        &["2026-03-01T12:00:00Z", "2026-03-01", "1772366400", "2026-03-01T13:00:00+01:00", "2026", "later"],
    ),
    ("aws:TagKeys", &["a", "b", "A", "a*", "*"]),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::111111111111:user/u",
            "arn:aws:iam::*:role/r1",
            "arn:aws:iam::111111111111:*",
            "*",
            "u",
        ],
    ),
    ("aws:PrincipalOrgID", &["o-1", "o-2", "o-?"]),
    ("aws:username", &["u", "v", "U", "*"]),
    ("aws:SourceVpce", &["vpce-1", "vpce-2", "vpce-*"]),
    ("aws:referer", &["x", "*x*", "${aws:PrincipalTag/team}", "a:b:c"]),
    ("aws:ViaAWSService", &["false", "true"]),
];

const OPERATORS: &[(&str, &[&str])] = &[
    (
        "StringEquals",
        &[
            "aws:UserAgent",
            "aws:PrincipalTag/team",
            "aws:PrincipalOrgID",
            "aws:username",
            "aws:SourceVpce",
            "aws:TagKeys",
            "aws:referer",
            "aws:SourceIp",
        ],
    ),
    (
        "StringNotEquals",
        &[
            "aws:UserAgent",
            "aws:PrincipalTag/team",
            "aws:PrincipalOrgID",
            "aws:username",
            "aws:SourceVpce",
            "aws:TagKeys",
            "aws:CurrentTime",
        ],
    ),
    ("StringEqualsIgnoreCase", &["aws:UserAgent", "aws:username", "aws:TagKeys"]),
    ("StringNotEqualsIgnoreCase", &["aws:UserAgent", "aws:PrincipalTag/team", "aws:TagKeys"]),
    (
        "StringLike",
        &[
            "aws:UserAgent",
            "aws:PrincipalTag/team",
            "aws:TagKeys",
            "aws:referer",
            "aws:PrincipalArn",
            "aws:SourceIp",
        ],
    ),
    (
        "StringNotLike",
        &["aws:UserAgent", "aws:PrincipalTag/team", "aws:TagKeys", "aws:referer", "aws:SourceVpce"],
    ),
    ("NumericEquals", &["aws:MultiFactorAuthAge"]),
    ("NumericNotEquals", &["aws:MultiFactorAuthAge"]),
    ("NumericLessThan", &["aws:MultiFactorAuthAge"]),
    ("NumericGreaterThanEquals", &["aws:MultiFactorAuthAge"]),
    ("DateEquals", &["aws:CurrentTime"]),
    ("DateNotEquals", &["aws:CurrentTime"]),
    ("DateLessThan", &["aws:CurrentTime"]),
    ("DateGreaterThanEquals", &["aws:CurrentTime"]),
    ("Bool", &["aws:MultiFactorAuthPresent", "aws:ViaAWSService"]),
    ("IpAddress", &["aws:SourceIp"]),
    ("NotIpAddress", &["aws:SourceIp"]),
    ("ArnEquals", &["aws:PrincipalArn"]),
    ("ArnLike", &["aws:PrincipalArn"]),
    ("ArnNotEquals", &["aws:PrincipalArn"]),
    ("ArnNotLike", &["aws:PrincipalArn"]),
    (
        "Null",
        &[
            "aws:UserAgent",
            "aws:PrincipalTag/team",
            "aws:TagKeys",
            "aws:SourceVpce",
            "aws:MultiFactorAuthPresent",
        ],
    ),
    ("stringequals", &["aws:UserAgent"]),
    ("StringAlmost", &["aws:UserAgent"]),
];

/// A pattern that holds a text, or nearly.
fn near(genes: &mut Genes, text: &str) -> String {
    let at = |genes: &mut Genes| {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        ends[genes.below(ends.len().min(256))]
    };
    match genes.below(12) {
        0 | 1 => text.to_owned(),
        2 | 3 => {
            let cut = at(genes);
            format!("{}*", &text[..cut.max(1)])
        }
        4 => {
            let (from, until) = (at(genes), at(genes));
            let (from, until) = (from.min(until), from.max(until));
            format!("{}*{}", &text[..from], &text[until..])
        }
        5 => {
            let cut = at(genes);
            format!("{}?{}", &text[..cut], &text[cut + 1..])
        }
        6 => text.to_uppercase(),
        7 => format!("{text}x"),
        8 => text[..text.len() - 1].to_owned(),
        9 => text.replacen("111111111111", "*", 1),
        10 => text.replacen(':', "*:", 1),
        _ => "*".to_owned(),
    }
}

fn action(genes: &mut Genes, about: &About) -> String {
    let service = about.action.split(':').next().unwrap_or_default();
    match genes.below(8) {
        0 | 1 => about.action.to_owned(),
        2 => "*".to_owned(),
        3 => format!("{service}:*"),
        4 => {
            let name = near(genes, &about.action[service.len() + 1..]);
            format!("{service}:{name}")
        }
        5 => about.action.to_lowercase(),
        6 => genes.pick(&["s3:*", "sqs:*", "iam:*", "ec2:Describe*"]).to_owned(),
        _ => genes.pick(&["*:*", "s*:*", "GetObject", "s3:Get Object", "notaservice:*"]).to_owned(),
    }
}

fn resource(genes: &mut Genes, about: &About) -> String {
    match genes.below(8) {
        0 | 1 => "*".to_owned(),
        2..=4 if about.resource != "*" => near(genes, about.resource),
        5 if about.resource != "*" => {
            let cut = about.resource.rfind(['/', ':']).unwrap_or_default();
            let variable = genes.pick(&[
                "${aws:username}",
                "${aws:PrincipalTag/team}",
                "${aws:username, 'x'}",
                "${*}",
                "${aws:username",
            ]);
            format!("{}{variable}", &about.resource[..=cut])
        }
        _ => genes
            .pick(&[
                "arn:aws:s3:::b/*",
                "arn:aws:s3:::*",
                "arn:aws:sqs:*:*",
                "arn:aws:iam::*:user/*",
                "arn:*:*:*:*:*",
                "arn:aws:s3*",
                "b/x",
            ])
            .to_owned(),
    }
}

fn list(genes: &mut Genes, mut one: impl FnMut(&mut Genes) -> String) -> Value {
    match genes.below(10) {
        0..=5 => json!(one(genes)),
        6 | 7 => json!([one(genes)]),
        8 => json!([one(genes), one(genes)]),
        _ => json!([one(genes), one(genes), one(genes)]),
    }
}

fn condition(genes: &mut Genes) -> Value {
    let mut block = Map::new();
    for _ in 0..=usize::from(genes.chance(80)) {
        // Text operators, on keys that may be open, more often than others.
        let (operator, keys) =
            if genes.chance(100) { genes.pick(&OPERATORS[..6]) } else { genes.pick(OPERATORS) };
        let key = if genes.chance(100) { keys[0] } else { genes.pick(keys) };
        let set = match key {
            "aws:TagKeys" => {
                genes.pick(&["ForAnyValue:", "ForAllValues:", "ForAnyValue:", "ForAllValues:", ""])
            }
            _ if genes.chance(24) => genes.pick(&["ForAnyValue:", "ForAllValues:"]),
            _ => "",
        };
        let if_exists = if genes.chance(60) { "IfExists" } else { "" };
        let values = match operator {
            "Null" => &["true", "false", "TRUE", "maybe"][..],
            _ => KEYS.iter().find(|(known, _)| *known == key).map_or(&["x"][..], |(_, values)| values),
        };
        // The odd values stand at the end.
        let usual = values.len().min(3);
        let values = list(genes, |genes| {
            let bound = if genes.chance(70) { values.len() } else { usual };
            values[genes.below(bound)].to_owned()
        });
        let key = if genes.chance(20) { key.to_uppercase() } else { key.to_owned() };
        let operator = format!("{set}{operator}{if_exists}");
        let tests = block.entry(operator).or_insert_with(|| json!({}));
        if let Some(tests) = tests.as_object_mut()
            && !tests.keys().any(|known| known.eq_ignore_ascii_case(&key))
        {
            tests.insert(key, values);
        }
    }
    Value::Object(block)
}

fn principal(genes: &mut Genes, about: &About, place: Place) -> Value {
    if place == Place::Rcp || (place == Place::Endpoint && about.gateway) {
        return json!("*");
    }
    match genes.below(6) {
        0 => json!("*"),
        1 => json!({"AWS": "*"}),
        _ => {
            let text = genes.pick(about.principals);
            let class = match text {
                _ if text.contains("-provider/") => "Federated",
                _ if text.ends_with(".amazonaws.com") => "Service",
                _ => "AWS",
            };
            let more = genes.chance(40);
            match more {
                true => json!({class: [text, "arn:aws:iam::333333333333:user/other"]}),
                false => json!({class: text}),
            }
        }
    }
}

/// A statement for a place.
pub fn statement(genes: &mut Genes, about: &About, place: Place) -> Value {
    let mut statement = Map::new();
    let deny = match place {
        Place::Rcp => 256,
        Place::Identity | Place::Resource | Place::Trust => 62,
        _ => 70,
    };
    let denies = genes.chance(deny);
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    let element = if genes.chance(24) && !matches!(place, Place::Rcp) { "NotAction" } else { "Action" };
    statement.insert(element.to_owned(), list(genes, |genes| action(genes, about)));
    if place != Place::Trust {
        let element = if genes.chance(24) { "NotResource" } else { "Resource" };
        statement.insert(element.to_owned(), list(genes, |genes| resource(genes, about)));
    }
    if matches!(place, Place::Resource | Place::Trust | Place::Endpoint | Place::Rcp) {
        let named = principal(genes, about, place);
        let not = denies && place == Place::Resource && named != json!("*") && genes.chance(50);
        statement.insert(if not { "NotPrincipal" } else { "Principal" }.to_owned(), named);
    }
    if genes.chance(150) {
        statement.insert("Condition".to_owned(), condition(genes));
    }
    if genes.chance(7) {
        spoil(genes, &mut statement);
    }
    Value::Object(statement)
}

/// Makes a statement one that can't be read in full.
fn spoil(genes: &mut Genes, statement: &mut Map<String, Value>) {
    match genes.below(7) {
        0 => drop(statement.remove("Effect")),
        1 => drop(statement.insert("Effect".to_owned(), json!("deny"))),
        2 => drop(statement.insert("NotAction".to_owned(), json!("s3:PutObject"))),
        3 => drop(statement.remove("Resource")),
        4 => drop(statement.insert("Conditon".to_owned(), json!({}))),
        5 => drop(statement.remove("Principal")),
        _ => drop(statement.insert("Resource".to_owned(), json!([]))),
    }
}

/// A document; its Allow of everything, where it has one, keeps many requests alive.
pub fn policy(genes: &mut Genes, about: &About, place: Place) -> Value {
    let mut statements: Vec<Value> = (0..=genes.below(3)).map(|_| statement(genes, about, place)).collect();
    let open = match place {
        Place::Scp => 190,
        Place::Endpoint | Place::Boundary => 140,
        Place::Session => 150,
        Place::Identity => 110,
        Place::Rcp | Place::Resource | Place::Trust => 0,
    };
    if open > 0 && genes.chance(open) {
        let mut all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if place == Place::Endpoint {
            all["Principal"] = json!("*");
        }
        statements.push(all);
    }
    let version = if genes.chance(30) { "2008-10-17" } else { "2012-10-17" };
    json!({"Version": version, "Statement": statements})
}
