//! Rule packs inside the binary, by name: `check` runs them, and files import them as `entail:NAME`.

/// A rule pack.
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
pub const SHIPPED: &[Pack] = packs!["loose-ends",];

/// The pack of a name.
pub fn shipped(name: &str) -> Option<&'static Pack> {
    SHIPPED.iter().find(|pack| pack.name == name)
}
