//! What the layers of a request come to by its routes: when they grant, and which of them stop it.

use super::{Evaluated, Situation};
use crate::facts::{Grant, Layer, Layers, Regime, Relation};
use crate::region::condition::{ConditionId, Conditions, DoubtClass, Sat, Verdict};
use crate::rules::route::Route;

/// The layers that could deny a call that needs no permission.
pub(super) const COUNTING_IF_FREE: [Layer; 3] = [Layer::Scp, Layer::Rcp, Layer::Endpoint];

/// The layers of one kind of request, heard by its routes.
pub(super) struct Court<'a> {
    pub(super) conditions: &'a Conditions,
    pub(super) routes: &'a [Route],
}

impl Court<'_> {
    /// When some route grants (S-EVAL-06), if each layer allows as `allow` says.
    pub(super) fn granted(&self, layers: &Evaluated, allow: impl Fn(Layer) -> ConditionId) -> ConditionId {
        self.routes.iter().fold(ConditionId::NEVER, |any, route| {
            let granted = layers.grant(self.conditions, route.grant);
            if granted == ConditionId::NEVER {
                return any;
            }
            let all = route.needs.iter().fold(granted, |all, layer| self.conditions.and(all, allow(layer)));
            self.conditions.or(any, all)
        })
    }

    /// When every filter lets the request pass (S-EVAL-07).
    pub(super) fn open(&self, filters: Layers, layers: &Evaluated) -> ConditionId {
        filters.iter().fold(ConditionId::ALWAYS, |all, layer| self.conditions.and(all, layers.allow(layer)))
    }

    /// When the endpoint on the path may stop a call that needs no permission (S-STS-01, U-33: UNCERTAIN, as recommended).
    pub(super) fn endpoint_stops(&self, layers: &Evaluated) -> ConditionId {
        let silent = self.conditions.not(layers.allow(Layer::Endpoint));
        self.by_endpoint(self.conditions.or(layers.deny(Layer::Endpoint), silent))
    }

    /// When what an endpoint says stops a call that needs no permission.
    pub(super) fn by_endpoint(&self, stops: ConditionId) -> ConditionId {
        match stops.is_never() {
            true => stops,
            false => {
                let text = "U-33: whether the policy of an endpoint stops calls that need no permission";
                self.conditions.and(stops, self.conditions.doubt(DoubtClass::Reading, text))
            }
        }
    }

    pub(super) fn granting_layer(&self, layers: &Evaluated) -> Option<Layer> {
        let by = |wanted: fn(&Route) -> bool| {
            self.routes.iter().filter(|route| wanted(route)).any(|route| {
                let grant = layers.grant(self.conditions, route.grant);
                let all = route
                    .needs
                    .iter()
                    .fold(grant, |all, layer| self.conditions.and(all, layers.allow(layer)));
                all != ConditionId::NEVER
            })
        };
        if by(|route| route.grant == Grant::OwnSide) {
            Some(Layer::Identity)
        } else if by(|route| route.grant != Grant::OwnSide) {
            Some(Layer::Resource)
        } else {
            None
        }
    }

    /// When a layer lets the request pass if all others allow and none of them denies.
    ///
    /// A layer stops it that denies, and a filter that does not allow. A layer of the caller's side stops it where no route
    /// avoids it, given the resource-side grants that there are; the resource side, where even a caller with every permission of
    /// its own has no route.
    pub(super) fn passes(
        &self,
        layer: Layer,
        situation: Situation,
        filters: Layers,
        layers: &Evaluated,
    ) -> ConditionId {
        if situation.regime == Regime::Free {
            return match layer {
                Layer::Endpoint => self.conditions.not(self.endpoint_stops(layers)),
                layer if COUNTING_IF_FREE.contains(&layer) => self.conditions.not(layers.deny(layer)),
                _ => ConditionId::ALWAYS,
            };
        }
        let unlimited = self.granted(layers, |_| ConditionId::ALWAYS);
        let has_route = !self.never(unlimited, layers);
        let allows = match layer {
            Layer::Identity | Layer::Boundary | Layer::Session if has_route => self.granted(
                layers,
                |other| if other == layer { layers.allow(layer) } else { ConditionId::ALWAYS },
            ),
            // Across accounts the own side is needed whatever the resource grants (S-XACC-02); so it is where both must grant.
            Layer::Identity | Layer::Boundary | Layer::Session
                if (situation.relation == Relation::Cross || situation.regime == Regime::BothSides)
                    && self.routes.iter().any(|route| route.needs.contains(layer)) =>
            {
                layers.allow(layer)
            }
            Layer::Resource if has_route => unlimited,
            layer if filters.contains(layer) => layers.allow(layer),
            _ => ConditionId::ALWAYS,
        };
        self.conditions.and(allows, self.conditions.not(layers.deny(layer)))
    }

    fn never(&self, condition: ConditionId, layers: &Evaluated) -> bool {
        *self.conditions.satisfiable(self.conditions.within(condition, layers.known)) == Sat::No
    }

    /// Each layer that stops the request when all others allow and none of them denies. Where nothing grants in the same account
    /// that is the fault of the identity side, unless the resource's policy must grant.
    pub(super) fn blocked_by(&self, situation: Situation, filters: Layers, layers: &Evaluated) -> Layers {
        if situation.regime == Regime::Free {
            let stops = |layer| match layer {
                Layer::Endpoint => self.conditions.valid(self.endpoint_stops(layers)) == Verdict::Yes,
                layer => !layers.deny(layer).is_never(),
            };
            return COUNTING_IF_FREE.into_iter().filter(|&layer| stops(layer)).collect();
        }
        let mut blocked = Layers::default();
        let mut may_block = Layers::default();
        for layer in Layer::ALL {
            if self.never(self.passes(layer, situation, filters, layers), layers) {
                blocked = blocked.with(layer);
            } else if !self.never(layers.deny(layer), layers) {
                may_block = may_block.with(layer);
            }
        }
        if self.never(self.granted(layers, |_| ConditionId::ALWAYS), layers) {
            // No route at all: the resource side is missing, or nobody may grant.
            let own_side = self.routes.iter().any(|route| route.grant == Grant::OwnSide);
            match (own_side, situation.regime) {
                (true, _) => blocked = blocked.with(Layer::Identity),
                // No policy stands there: what stops the request is the service itself.
                (false, Regime::IdentityOnly)
                    if situation.caller.has_own_side()
                        && self.conditions.valid(layers.gate) == Verdict::Yes => {}
                (false, _) => blocked = blocked.with(Layer::Resource),
            }
        }
        // Denies that only together hold for sure.
        if blocked.is_empty() { may_block } else { blocked }
    }
}
