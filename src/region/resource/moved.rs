//! The same resources under other names: what stands below one beginning, as it stands below another.

use super::glob::{Built, Class, Glob, GlobBuilder, Token};
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Term, TermId};

impl ResourceSets {
    /// The ARNs `to…` for whose rests the set holds `from…`: of objects in a bucket what an access point calls them. Both beginnings
    /// have the five colons of an ARN.
    ///
    /// # Example
    /// ```
    /// use entail::region::resource::{Padding, Piece, ResourceSets};
    ///
    /// let sets = ResourceSets::new();
    /// let logs = sets.pattern(&[Piece::Text("arn:aws:s3:::b*/logs/*")], Padding::Never)?;
    /// let moved = sets.moved(logs, "arn:aws:s3:::bucket/", "arn:aws:s3:eu-west-1:1:accesspoint/a/object/");
    /// assert!(sets.contains(moved, "arn:aws:s3:eu-west-1:1:accesspoint/a/object/logs/x"));
    /// assert!(!sets.contains(moved, "arn:aws:s3:eu-west-1:1:accesspoint/a/object/x"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn moved(&self, set: ResourceSetId, from: &str, to: &str) -> ResourceSetId {
        let mut below = GlobBuilder::default();
        below.push_text(to);
        below.push_run(Class::Any);
        let below = self.built(below.finish());
        ResourceSetId::new(self.moved_term(set.arns(), from, to, below), false)
    }

    fn moved_term(&self, term: TermId, from: &str, to: &str, below: TermId) -> TermId {
        let of_glob = |glob: &GlobId| self.moved_glob(self.glob(*glob), from, to);
        match self.term(term) {
            Term::Nothing => TermId::NOTHING,
            Term::Everything => below,
            Term::Glob(glob) => of_glob(glob),
            Term::Piece(piece) => {
                let within = piece.include.iter().fold(below, |all, glob| self.term_meet(all, of_glob(glob)));
                piece.exclude.iter().fold(within, |left, glob| self.term_difference(left, of_glob(glob)))
            }
            Term::Union(members) => self
                .simplified_union(members.iter().map(|&one| self.moved_term(one, from, to, below)).collect()),
            Term::Both(members) => members
                .iter()
                .fold(below, |all, &one| self.term_meet(all, self.moved_term(one, from, to, below))),
        }
    }

    /// What is left of a pattern after each way in which it can match `from`, below `to`.
    fn moved_glob(&self, glob: &Glob, from: &str, to: &str) -> TermId {
        let tokens = glob.tokens();
        let mut places = with_empty_runs(&tokens, vec![0]);
        for symbol in from.chars() {
            let next = places.iter().filter_map(|&place| match tokens.get(place)? {
                Token::Char(own) => (*own == symbol).then_some(place + 1),
                Token::One(class) => class.accepts(symbol).then_some(place + 1),
                Token::Run(class) => class.accepts(symbol).then_some(place),
            });
            places = with_empty_runs(&tokens, next.collect());
        }
        let rests = places.into_iter().map(|place| {
            let mut built = GlobBuilder::default();
            built.push_text(to);
            for token in tokens.get(place..).unwrap_or_default() {
                match *token {
                    Token::Char(symbol) => built.push_char(symbol),
                    Token::One(class) => built.push_one(class),
                    Token::Run(class) => built.push_run(class),
                }
            }
            match built.finish() {
                Built::Nothing => TermId::NOTHING,
                other => self.built(other),
            }
        });
        self.simplified_union(rests.collect())
    }
}

/// Places in a pattern, with those behind runs that match nothing.
fn with_empty_runs(tokens: &[Token], mut places: Vec<usize>) -> Vec<usize> {
    let mut at = 0;
    while let Some(&place) = places.get(at) {
        if matches!(tokens.get(place), Some(Token::Run(_))) {
            places.push(place + 1);
        }
        at += 1;
    }
    places.sort_unstable();
    places.dedup();
    places
}
