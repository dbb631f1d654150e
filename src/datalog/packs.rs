//! Rule packs inside the binary, by name: `check` runs them, and files import them as `entail:NAME`.

/// A rule pack, a part that one imports, or tests of one.
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
    "escalation/doubts",
    "escalation/feeds",
    "escalation/fixpoint",
    "escalation/new",
    "escalation/others",
    "escalation/own",
    "escalation/paths",
    "escalation/steps",
    "escalation/techniques",
    "escalation/together",
];

/// Tests of packs that are in files of their own.
pub const TESTS: &[Pack] = packs![
    "escalation/tests/boundaries",
    "escalation/tests/combined",
    "escalation/tests/credentials",
    "escalation/tests/existing-resources",
    "escalation/tests/feeds",
    "escalation/tests/helpers",
    "escalation/tests/identity-center",
    "escalation/tests/new-principals",
    "escalation/tests/others",
    "escalation/tests/own-policies",
    "escalation/tests/passed-roles",
    "escalation/tests/providers",
    "escalation/tests/together",
    "external-access/tests/services",
];

/// The further tests of the pack of a name.
pub fn tests(name: &str) -> impl Iterator<Item = &'static Pack> {
    let folder = format!("{name}/tests/");
    TESTS.iter().filter(move |tests| tests.name.starts_with(&folder))
}

/// The pack of a name.
pub fn shipped(name: &str) -> Option<&'static Pack> {
    SHIPPED.iter().find(|pack| pack.name == name)
}
