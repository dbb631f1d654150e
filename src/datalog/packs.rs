//! Rule packs inside the binary, by name: `check` runs them, and files import them as `entail:NAME`.

/// A rule pack, or a part that one imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Its name.
    pub name: &'static str,
    /// Its rules, as `rules/NAME.rules` has them.
    pub text: &'static str,
}

/// Reads `rules/NAME.rules`.
macro_rules! packs {
    ($($name:literal,)*) => {
        &[$(Pack { name: $name, text: include_str!(concat!("../../rules/", $name, ".rules")) },)*]
    };
}

/// The packs, by name.
pub const SHIPPED: &[Pack] =
    packs!["best-practices", "escalation", "external-access", "guardrails", "least-privilege", "loose-ends",];

/// What packs import.
pub const PARTS: &[Pack] = packs![
    "escalation/acts",
    "escalation/combined",
    "escalation/fixpoint",
    "escalation/others",
    "escalation/own",
    "escalation/techniques",
];

/// The pack of a name.
pub fn shipped(name: &str) -> Option<&'static Pack> {
    SHIPPED.iter().find(|pack| pack.name == name)
}
