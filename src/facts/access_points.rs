//! Access points in S3, and the buckets behind them (S-S3-10).

use super::target::Names;
use super::{Behind, Facts, Target};
use crate::estate::Arn;

impl Facts {
    /// Adds what a request on an access point asks of the bucket behind it (S-S3-10).
    pub(super) fn add_bucket_half(&self, target: &mut Target, access_point: &str) {
        let settings = self.estate.resource(access_point).map(|resource| &resource.settings);
        target.vpc_only = settings.and_then(|settings| settings.vpc_only);
        let bucket = settings.and_then(|settings| bucket_behind(access_point, settings.bucket.as_ref()?));
        let Some(bucket) = bucket else {
            let named = Names { example: &target.resource, called: &target.called };
            let what = format!("bucket behind {}", self.called(&named, access_point));
            target.behind = Some(Behind::NotCollected(what.into()));
            return;
        };
        let inside = target.resource.get(access_point.len()..).unwrap_or_default();
        let resource = match (bucket.contains(":s3:::"), inside.strip_prefix("/object/")) {
            (true, Some(key)) => format!("{bucket}/{key}"),
            _ => format!("{bucket}{inside}"),
        };
        let stated = settings.and_then(|settings| settings.bucket_account);
        let called = match (target.called == target.resource, resource.split_once('/')) {
            (false, Some((bucket, _))) => format!("{bucket}/*"),
            _ => resource.clone(),
        };
        let mut half = self.target_called(target.action.clone(), &resource, &called, stated.map(Into::into));
        if !half.right_type {
            return; // A call that manages the access point itself.
        }
        half.asked = target.asked.clone();
        half.vpc_only = target.vpc_only;
        target.public_access.append(&mut half.public_access);
        half.public_access = target.public_access.clone();
        target.behind = Some(Behind::Half(Box::new(half)));
    }
}

/// The ARN of the bucket behind an access point, by its name or ARN.
fn bucket_behind(access_point: &str, bucket: &str) -> Option<String> {
    if bucket.starts_with("arn:") {
        return Some(bucket.to_owned());
    }
    let arn = Arn::parse(access_point)?;
    let head = format!("arn:{}:{}:{}:{}", arn.partition, arn.service, arn.region, arn.account);
    match arn.service {
        "s3express" => Some(format!("{head}:bucket/{bucket}")),
        "s3-outposts" => {
            let (outpost, _) = arn.resource.split_once("/accesspoint/")?;
            Some(format!("{head}:{outpost}/bucket/{bucket}"))
        }
        _ => Some(format!("arn:{}:s3:::{bucket}", arn.partition)),
    }
}

/// The ARN of the general-purpose bucket that an ARN is of, or of an object in it.
pub(super) fn bucket_of(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":s3:::")?;
    arn.get(..arn.len() - name.len() + name.find('/').unwrap_or(name.len()))
}
