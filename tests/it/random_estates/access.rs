//! Access to all resources at once is what point questions say.

use entail::answers::Context;
use entail::catalog::Catalog;
use proptest::prelude::*;

use super::{config, in_world, world};
use crate::access::{agrees_inside, agrees_with_can};

/// Whether the action can act on the resource.
fn acts_on(action: &str, resource: &str) -> bool {
    let catalog = Catalog::embedded();
    catalog.find_action(action).is_some_and(|id| entail::facts::takes_resource(catalog, id, resource))
}

proptest! {
    #![proptest_config(config(25))]

    #[test]
    fn access_to_all_resources_is_what_can_says(world in world::any(), ask in world::request()) {
        in_world(&world, |judges| {
            for action in [&*ask.action, "iam:PassRole", "iam:PutUserPolicy", "s3:ListBucket"] {
                agrees_with_can(&judges.engine, action, &Context::new());
            }
            let resources = &judges.engine.estate().resources;
            let holder = ask.resource.match_indices([':', '/']).find_map(|(end, _)| resources.get(&ask.resource[..end]));
            if holder.is_some() && !resources.contains_key(&*ask.resource) && acts_on(&ask.action, &ask.resource) {
                agrees_inside(&judges.engine, &ask.action, &[&ask.resource]);
            }
            Ok(())
        })?;
    }
}
