//! Candidate values of one key: whatever its tests can tell apart, one of them shows.

use super::machine::{Base64, Decimal, Ipv4, Ipv6, IsoDate, Machine};
use super::principal::{assumed_roles, is_assumed_role};
use super::texts::{Patterns, Texts};
use crate::region::condition::key::{Key, KeyType};
use crate::region::condition::operator::Family;
use crate::region::condition::program::Program;
use crate::region::condition::value::date::{self, iso_text};
use crate::region::condition::value::glob::Glob;
use crate::region::condition::value::ip::{Address, Block, private_blocks};
use crate::region::condition::value::{ExactNumber, Number, is_arn, is_base64};

/// What a key's values look like, and what its tests compare them with.
pub(super) struct Domain<'a> {
    key: &'a Key,
    patterns: Patterns,
    numbers: Vec<Number>,
    dates: Vec<Number>,
    v4: Vec<u32>,
    v6: Vec<u128>,
    /// Whether numbers are compared that are larger or finer than `numbers`.
    beyond: bool,
    reads_numbers: bool,
    reads_dates: bool,
    reads_addresses: bool,
    reads_base64: bool,
}

impl<'a> Domain<'a> {
    pub(super) fn new<'p>(key: &'a Key, programs: impl IntoIterator<Item = &'p Program>) -> Self {
        let ty = key.ty;
        let mut domain = Self {
            key,
            patterns: Patterns { domain: (ty == KeyType::Arn).then(Glob::any_arn), ..Patterns::default() },
            numbers: Vec::new(),
            dates: Vec::new(),
            v4: Vec::new(),
            v6: Vec::new(),
            beyond: false,
            reads_numbers: ty == KeyType::Numeric || (ty == KeyType::Date && is_epoch(key)),
            reads_dates: ty == KeyType::Date && !is_epoch(key),
            reads_addresses: ty == KeyType::Ip,
            reads_base64: ty == KeyType::Binary,
        };
        for program in programs {
            domain.add(program);
        }
        if has_public_addresses_only(key) {
            domain.add_blocks(private_blocks());
        }
        domain
    }

    fn add(&mut self, program: &Program) {
        self.patterns.exact.extend(program.exact.iter().cloned());
        self.patterns.folded.extend(program.folded.iter().cloned());
        self.patterns.globs.extend(program.globs.iter().cloned());
        match program.operator.family() {
            Family::Text | Family::Null => {}
            Family::Arn if self.key.ty != KeyType::Arn => self.patterns.globs.push(Glob::any_arn()),
            Family::Arn => {}
            Family::Bool => self.patterns.folded.extend(["true".into(), "false".into()]),
            Family::Binary => self.reads_base64 = true,
            Family::Number => {
                self.reads_numbers = true;
                self.numbers.extend(&program.numbers);
                self.beyond |= !program.exact_numbers.is_empty();
            }
            Family::Date => {
                self.reads_dates |= self.key.ty != KeyType::Numeric && !is_epoch(self.key);
                self.reads_numbers |= !self.is_iso();
                self.dates.extend(&program.numbers);
            }
            Family::Ip => {
                self.reads_addresses = true;
                self.add_blocks(&program.blocks);
            }
        }
    }

    fn add_blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            let borders = [Some(block.first), block.last.checked_add(1)].into_iter().flatten();
            if block.v6 {
                self.v6.extend(borders);
            } else {
                self.v4.extend(borders.filter_map(|border| u32::try_from(border).ok()));
            }
        }
    }

    /// Whether values are instants in ISO 8601 only.
    fn is_iso(&self) -> bool {
        self.key.ty == KeyType::Date && !is_epoch(self.key)
    }

    /// Whether the key can hold `text`.
    pub(super) fn contains(&self, text: &str) -> bool {
        !text.is_empty()
            && match self.key.ty {
                KeyType::String => true,
                KeyType::Arn => is_arn(text) && !(is_principal_arn(self.key) && is_assumed_role(text)),
                KeyType::Numeric => ExactNumber::parse(text).is_some(),
                KeyType::Date if is_epoch(self.key) => Number::parse(text).is_some(),
                KeyType::Date => is_service_time(text),
                KeyType::Bool => matches!(text, "true" | "false"),
                KeyType::Ip => Address::parse(text).is_some_and(|address| {
                    let private = || private_blocks().iter().any(|block| block.contains(address));
                    !(has_public_addresses_only(self.key) && private())
                }),
                KeyType::Binary => is_base64(text),
            }
    }

    /// Values that show all that the tests can tell apart, the empty text left out.
    pub(super) fn texts(mut self) -> Texts {
        if self.key.ty == KeyType::Bool {
            return Texts::complete(vec!["true".into(), "false".into()]);
        }
        let scalars = self.reads_numbers || self.reads_dates || self.reads_addresses || self.reads_base64;
        let simple = self.patterns.are_prefixes()
            && (self.patterns.folded.is_empty() || self.patterns.globs.is_empty());
        let mut found = if scalars && self.patterns.globs.is_empty() {
            Texts::complete(self.scalar_texts())
        } else if simple && !scalars {
            Texts::complete(self.patterns.simple_texts())
        } else {
            if is_principal_arn(self.key) {
                self.tell_apart(assumed_roles());
            }
            self.patterns.explored_texts(self.machines())
        };
        found.texts.retain(|text| self.contains(text));
        found.vague.retain(|text| self.contains(text));
        // Only what is compared exactly is told apart.
        found.complete &= !self.beyond;
        found.instants = points(self.dates.clone()).into_iter().filter_map(iso_text).collect();
        found
    }

    /// Makes the values show which of them match `glob`.
    pub(super) fn tell_apart(&mut self, glob: Glob) {
        self.patterns.globs.push(glob);
    }

    fn machines(&self) -> Vec<Box<dyn Machine>> {
        let is = |ty: KeyType| self.key.ty == ty;
        let mut machines: Vec<Box<dyn Machine>> = Vec::new();
        if self.reads_numbers {
            let borders = self.numbers.iter().chain(&self.dates).copied().collect();
            machines.push(Box::new(Decimal::new(borders, is(KeyType::Numeric) || is_epoch(self.key))));
        }
        if self.reads_dates {
            machines.push(Box::new(IsoDate::new(self.dates.clone(), self.is_iso())));
        }
        if self.reads_addresses {
            // Neither family alone is the domain; texts of none are dropped afterwards.
            machines.push(Box::new(Ipv4::new(self.v4.clone(), false)));
            machines.push(Box::new(Ipv6::new(self.v6.clone(), false)));
        }
        if self.reads_base64 {
            machines.push(Box::new(Base64 { is_domain: is(KeyType::Binary) }));
        }
        machines
    }

    /// Candidates where texts are compared as a whole only: all those, and for each interval of values a spelling that is
    /// none of them.
    fn scalar_texts(&self) -> Vec<String> {
        let mut texts = self.patterns.simple_texts();
        if self.reads_numbers {
            let borders = self.numbers.iter().chain(&self.dates).copied().collect();
            for number in points(borders) {
                let spellings: Vec<String> = decimal_spellings(number).take(self.limit()).collect();
                texts.extend(self.unnamed(spellings.iter().filter(|text| is_base64(text)).cloned()));
                texts.extend(self.unnamed(spellings.iter().filter(|text| !is_base64(text)).cloned()));
            }
        }
        if self.reads_dates {
            for instant in points(self.dates.clone()) {
                texts.extend(self.unnamed(iso_spellings(instant)));
            }
        }
        if self.reads_addresses {
            for (v6, first, last) in self.intervals() {
                let addresses = (0..=last - first).map(|offset| Address { v6, bits: first + offset });
                texts.extend(self.unnamed(addresses.flat_map(Address::spellings)));
            }
        }
        if self.reads_base64 {
            let digits = || "ABCDEFGH".chars();
            let all = digits()
                .flat_map(|a| digits().flat_map(move |b| digits().map(move |c| format!("A{a}{b}{c}"))));
            texts.extend(self.unnamed(all.chain((3..).map(|count| "AAAA".repeat(count)))));
            texts.push(self.patterns.fresh(true).into());
        }
        texts
    }

    /// The first spelling that no pattern names.
    fn unnamed(&self, spellings: impl Iterator<Item = String>) -> Option<String> {
        spellings.take(self.limit()).find(|text| !self.patterns.names(text))
    }

    /// More spellings than the patterns could name.
    fn limit(&self) -> usize {
        4 * (self.patterns.exact.len() + self.patterns.folded.len() + 2)
    }

    /// The intervals of addresses between borders.
    fn intervals(&self) -> Vec<(bool, u128, u128)> {
        let mut intervals = Vec::new();
        let v4: Vec<u128> = self.v4.iter().map(|&border| border.into()).collect();
        for (v6, borders, top) in [(false, v4, u128::from(u32::MAX)), (true, self.v6.clone(), u128::MAX)] {
            let mut starts: Vec<u128> = borders.into_iter().chain([0]).collect();
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().skip(1).map(|next| next - 1).chain([top]);
            intervals.extend(starts.iter().zip(ends).map(|(&start, end)| (v6, start, end)));
        }
        intervals
    }
}

impl Address {
    /// Texts of the address, the usual one first.
    fn spellings(self) -> impl Iterator<Item = String> {
        let groups = || {
            self.bits
                .to_be_bytes()
                .chunks(2)
                .map(|pair| format!("{:02x}{:02x}", pair[0], pair[1]))
                .collect::<Vec<_>>()
        };
        let full = self.v6.then(|| groups().join(":"));
        let upper = full.as_ref().map(|text| text.to_uppercase());
        [Some(self.text()), full, upper].into_iter().flatten()
    }
}

/// Borders, and one point in each gap and beyond each end, whole numbers where there are some.
pub(super) fn points(mut borders: Vec<Number>) -> Vec<Number> {
    borders.sort_unstable();
    borders.dedup();
    let (Some(first), Some(last)) = (borders.first(), borders.last()) else {
        return vec![Number(0), Number(Number::ONE)];
    };
    let mut points = vec![Number(first.0 - Number::ONE), Number(last.0 + Number::ONE)];
    points.extend([
        Number((first.0 - 1).div_euclid(Number::ONE) * Number::ONE),
        Number(last.0.div_euclid(Number::ONE) * Number::ONE + Number::ONE),
    ]);
    for pair in borders.windows(2) {
        let &[Number(low), Number(high)] = pair else { continue };
        let whole = (low.div_euclid(Number::ONE) + 1) * Number::ONE;
        points.extend((whole < high).then_some(Number(whole)));
        points.extend((low + 1 < high).then_some(Number(low + (high - low) / 2)));
    }
    points.extend(borders);
    points
}

/// All decimal spellings: leading zeros, without end.
pub(super) fn decimal_spellings(number: Number) -> impl Iterator<Item = String> {
    let text = number.text();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits.to_owned()),
        None => ("", text.clone()),
    };
    (0..).map(move |zeros| format!("{sign}{}{digits}", "0".repeat(zeros)))
}

/// Spellings in ISO 8601: zeros after the seconds.
pub(super) fn iso_spellings(instant: Number) -> impl Iterator<Item = String> {
    let text = iso_text(instant);
    (0..).map_while(move |zeros: usize| {
        let text = text.as_ref()?.trim_end_matches('Z');
        let point = if zeros > 0 && !text.contains('.') { "." } else { "" };
        Some(format!("{text}{point}{}Z", "0".repeat(zeros)))
    })
}

/// `aws:EpochTime` holds epoch seconds (S-COND-37).
pub(in super::super) fn is_epoch(key: &Key) -> bool {
    &*key.name == "aws:epochtime"
}

/// Whether text is `YYYY-MM-DDThh:mm:ssZ`, with a fraction or not, as services send instants.
fn is_service_time(text: &str) -> bool {
    let leap_second = text.get(17..19) == Some("60");
    text.ends_with('Z') && text.len() >= 20 && !leap_second && date::parse(text).is_some()
}

fn is_principal_arn(key: &Key) -> bool {
    &*key.name == "aws:principalarn"
}

/// `aws:SourceIp` never holds a private address (S-KEY-32).
fn has_public_addresses_only(key: &Key) -> bool {
    &*key.name == "aws:sourceip"
}
