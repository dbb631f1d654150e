//! Documents together with the text that they borrow from.

use std::sync::Arc;

use self_cell::self_cell;

use crate::document::{Document, Origin, PolicyKind, Source, parse};
use crate::estate::{DocumentId, PolicyStore};

/// The text of a document.
#[derive(Clone)]
pub enum PolicySource {
    /// One of the estate's.
    Stored(Arc<PolicyStore>, DocumentId),
    /// One that a question gives.
    Given(Box<str>, PolicyKind),
    /// One that a question gives in a file.
    InFile(Box<str>, PolicyKind, InFile),
    /// None: it stands for a policy that was not collected.
    None,
}

/// Where a file holds a policy.
#[derive(Clone)]
pub struct InFile {
    /// The file.
    pub source: Arc<Source>,
    /// The value in it.
    pub origin: Origin,
}

impl std::fmt::Debug for PolicySource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.text().0)
    }
}

impl PolicySource {
    fn text(&self) -> (&str, PolicyKind) {
        const NOTHING: (&str, PolicyKind) =
            (r#"{"Version": "2012-10-17", "Statement": []}"#, PolicyKind::Identity);
        match self {
            Self::Stored(store, id) => store.get(*id).map_or(NOTHING, |stored| (&*stored.text, stored.kind)),
            Self::Given(text, kind) | Self::InFile(text, kind, _) => (text, *kind),
            Self::None => NOTHING,
        }
    }
}

self_cell! {
    /// A parsed document and its text.
    pub struct ParsedPolicy {
        owner: PolicySource,

        #[covariant]
        dependent: Document,
    }

    impl {Debug}
}

impl ParsedPolicy {
    /// Parses a text.
    pub fn read(source: PolicySource) -> Self {
        Self::new(source, |source| {
            let (text, kind) = source.text();
            parse(text, kind)
        })
    }

    /// The file that holds it, if a question gives it in one.
    pub fn file(&self) -> Option<&InFile> {
        match self.borrow_owner() {
            PolicySource::InFile(.., file) => Some(file),
            PolicySource::Stored(..) | PolicySource::Given(..) | PolicySource::None => None,
        }
    }

    /// The document.
    pub fn document(&self) -> &Document<'_> {
        self.borrow_dependent()
    }
}
