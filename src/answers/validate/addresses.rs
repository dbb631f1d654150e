//! Addresses and blocks of them: private ones, those of a whole family, and those that mean another network than they seem to
//! (S-COND-40, S-COND-41, S-KEY-32).

use std::borrow::Cow;

use super::{Check, Code, Finding};
use crate::catalog::ConditionKey;
use crate::document::{Comparison, Operator, Place, Spanned};
use crate::region::condition::{hold_every_address, is_private, mapped_from, network_of, whole_family};

impl Check<'_, '_> {
    /// What the values of a test of addresses come to. `is_always`: whether it is known to hold always.
    pub(super) fn addresses(
        &mut self,
        operator: Operator,
        key: &ConditionKey,
        texts: &[&Spanned<Cow<'_, str>>],
        place: &Place,
        is_always: bool,
    ) {
        if !compares_addresses(operator.comparison) {
            return;
        }
        let of_callers = key.name.eq_ignore_ascii_case("aws:SourceIp");
        if of_callers {
            self.private_addresses(texts);
        }
        let mut families = Vec::new();
        for text in texts {
            let value = &*text.value;
            if let Some(family) = whole_family(value) {
                families.push(family);
                if !is_always {
                    let message = format!("`{value}` is every {family} address");
                    let finding = Finding::new(Code::EveryAddress, message, self.place(text.span));
                    let single = value.split('/').next().filter(|_| network_of(value).is_some());
                    self.report(match single {
                        Some(single) => {
                            finding.with_help(format!("write `{single}` if one address is meant"))
                        }
                        None => finding,
                    });
                }
            } else if let Some(address) = mapped_from(value) {
                let message =
                    format!("`{value}` is compared as IPv6, and requests over IPv4 hold `{address}`");
                let finding = Finding::new(Code::ImpossibleValue, message, self.place(text.span)).milder();
                self.report(finding.with_help(format!("write `{address}`")));
            } else if let Some(network) = network_of(value) {
                let message = format!("`{value}` stands for all of `{network}`");
                let finding = Finding::new(Code::HostBits, message, self.place(text.span));
                let single = value.split('/').next().unwrap_or_default();
                self.report(
                    finding.with_help(format!("write `{network}`, or `{single}` if one address is meant")),
                );
            }
        }
        let all = || hold_every_address(texts.iter().map(|text| &*text.value));
        if of_callers && !is_always && !families.contains(&"IPv4") && all() {
            let message = "these blocks together are every IPv4 address";
            self.report(Finding::new(Code::EveryAddress, message, place.clone()));
        }
    }

    /// Reports private ranges beside others: a list of them alone never matches, or always does.
    fn private_addresses(&mut self, texts: &[&Spanned<Cow<'_, str>>]) {
        let private: Vec<_> = texts.iter().filter(|text| is_private(&text.value)).collect();
        if private.len() == texts.len() {
            return;
        }
        for text in private {
            let message = format!("`aws:SourceIp` never holds a private address as of `{}`", text.value);
            let finding = Finding::new(Code::ImpossibleValue, message, self.place(text.span)).milder();
            self.report(
                finding.with_help("test `aws:VpcSourceIp`, which private addresses are in, or leave it out"),
            );
        }
    }
}

pub(super) fn compares_addresses(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::IpAddress | Comparison::NotIpAddress)
}
