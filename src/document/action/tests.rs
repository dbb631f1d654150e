use super::{ActionReading, Version, read};
use crate::document::problem::ProblemCode;

fn code(text: &str) -> Option<ProblemCode> {
    read(text, Version::V2012).1.map(|fault| fault.code)
}

#[test]
fn patterns() {
    for text in ["*", "*:*", "s3:*", "s3:Get*Acl", "S3:getobject", "sms-voice:Send?", "iam:**"] {
        assert_eq!(read(text, Version::V2012), (ActionReading::Pattern, None), "{text}");
    }
}

#[test]
fn odd_text_is_compared_as_written() {
    for text in ["s3:Get Object", " s3:Get", "s3:Get,s3:Put", "s3:", "s3:Get:Object"] {
        assert_eq!(read(text, Version::V2012).0, ActionReading::Pattern, "{text}");
        assert_eq!(code(text), Some(ProblemCode::OddAction), "{text}");
    }
}

#[test]
fn malformed_text_keeps_the_bound_it_has() {
    let glob = |text: &str| read(text, Version::V2012).0;
    assert_eq!(glob("s*:Get*"), ActionReading::Malformed(Some("s*:Get*".into())));
    assert_eq!(glob("*:GetObject"), ActionReading::Malformed(Some("*:GetObject".into())));
    for text in ["", "GetObject", "s3*", ":Get", "s3.amazonaws.com:Get"] {
        assert_eq!(glob(text), ActionReading::Malformed(None), "{text}");
        assert_eq!(code(text), Some(ProblemCode::MalformedAction), "{text}");
    }
    assert_eq!(glob("s3:${aws:username}"), ActionReading::Malformed(Some("s3:*".into())));
    assert_eq!(code("s3:${aws:username}"), Some(ProblemCode::MisplacedVariable));
    assert_eq!(read("s3:${x}", Version::V2008).0, ActionReading::Pattern);
}
