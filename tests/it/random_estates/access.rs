//! Access to all resources at once is what point questions say.

use entail::answers::Context;
use proptest::prelude::*;

use super::{config, in_world, world};
use crate::access::agrees_with_can;

proptest! {
    #![proptest_config(config(25))]

    #[test]
    fn access_to_all_resources_is_what_can_says(world in world::any(), ask in world::request()) {
        in_world(&world, |judges| {
            for action in [&*ask.action, "iam:PassRole", "iam:PutUserPolicy", "s3:ListBucket"] {
                agrees_with_can(&judges.engine, action, &Context::new());
            }
            Ok(())
        })?;
    }
}
