//! A concrete ARN, split where it must be.

use super::AccountId;

/// The six parts of an ARN that names one thing (S-RES-02). The last keeps its own colons and slashes.
///
/// No wildcards are interpreted here: patterns belong to policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `iam`, `s3`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits, or empty, or a word such as `aws` (S-RES-09).
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text`; `None` unless it has six parts, starts with `arn:`, and names partition, service and resource.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.strip_prefix("arn:")?;
        let mut next = || {
            let (part, after) = rest.split_at(memchr::memchr(b':', rest.as_bytes())?);
            rest = &after[1..];
            Some(part)
        };
        let (partition, service, region, account) = (next()?, next()?, next()?, next()?);
        let named = !partition.is_empty() && !service.is_empty() && !rest.is_empty();
        named.then_some(Self { partition, service, region, account, resource: rest })
    }

    /// The account of the account part, if that is twelve digits (S-RES-09).
    pub fn account_id(&self) -> Option<AccountId> {
        self.account.parse().ok()
    }

    /// The resource part without `kind/`, split at its last slash into path (`/` or `/a/b/`) and name.
    ///
    /// # Example
    /// ```
    /// use entail::estate::Arn;
    /// let arn = Arn::parse("arn:aws:iam::111122223333:role/team/a/Deploy").ok_or("no ARN")?;
    /// assert_eq!(arn.path_and_name("role"), Some(("/team/a/", "Deploy")));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn path_and_name(&self, kind: &str) -> Option<(&'a str, &'a str)> {
        let rest = self.resource.strip_prefix(kind)?;
        if !rest.starts_with('/') {
            return None;
        }
        let (path, name) = rest.split_at(memchr::memrchr(b'/', rest.as_bytes())? + 1);
        (!name.is_empty()).then_some((path, name))
    }
}
