//! IP addresses and CIDR blocks (S-COND-40, S-COND-41).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// The addresses from `first` to `last`, both included, of one family. An IPv4-mapped IPv6 address is IPv6 (U-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in super::super) struct Block {
    pub(in super::super) v6: bool,
    pub(in super::super) first: u128,
    pub(in super::super) last: u128,
}

impl Block {
    /// Reads `address/prefix` or a single address (U-50); host bits are ignored.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let Address { v6, bits } = Address::parse(address)?;
        let width: u32 = if v6 { 128 } else { 32 };
        let prefix = match prefix {
            None => width,
            Some(text) if text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()?
            }
            Some(_) => return None,
        };
        let host_bits = width.checked_sub(prefix)?;
        let hosts = 1u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
        Some(Self { v6, first: bits & !hosts, last: bits | hosts })
    }

    pub(in super::super) fn contains(self, address: Address) -> bool {
        self.v6 == address.v6 && (self.first..=self.last).contains(&address.bits)
    }
}

/// One address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in super::super) struct Address {
    pub(in super::super) v6: bool,
    pub(in super::super) bits: u128,
}

impl Address {
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        Some(match text.parse().ok()? {
            IpAddr::V4(address) => Self { v6: false, bits: u128::from(u32::from(address)) },
            IpAddr::V6(address) => Self { v6: true, bits: u128::from(address) },
        })
    }

    pub(in super::super) fn text(self) -> String {
        match u32::try_from(self.bits) {
            Ok(bits) if !self.v6 => Ipv4Addr::from(bits).to_string(),
            _ => Ipv6Addr::from(self.bits).to_string(),
        }
    }
}

/// Whether blocks, and the ranges that no caller's address lies in, together hold every IPv4 address. Texts that are no blocks hold none.
pub fn hold_every_address<'t>(texts: impl IntoIterator<Item = &'t str>) -> bool {
    let given = texts.into_iter().filter_map(Block::parse);
    let mut blocks: Vec<Block> =
        given.chain(private_blocks().iter().copied()).filter(|block| !block.v6).collect();
    blocks.sort_unstable();
    let held = blocks
        .iter()
        .try_fold(0, |next: u128, block| (block.first <= next).then_some(next.max(block.last + 1)));
    held.is_some_and(|next| next > u128::from(u32::MAX))
}

/// Whether a text is an address or block that no caller's address lies in.
pub fn is_private(text: &str) -> bool {
    let within = |block: Block| {
        let holds = |of: &Block| of.v6 == block.v6 && of.first <= block.first && block.last <= of.last;
        private_blocks().iter().any(holds)
    };
    Block::parse(text).is_some_and(within)
}

/// The network that an address with a prefix stands for, where bits are set after the prefix (S-COND-40): of `10.0.0.5/8` it is
/// `10.0.0.0/8`. `None` if the text is no block, or the network itself.
pub fn network_of(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/')?;
    let (address, block) = (Address::parse(address)?, Block::parse(text)?);
    let first = Address { v6: block.v6, bits: block.first };
    (address != first).then(|| format!("{}/{prefix}", first.text()))
}

/// Whether a text is the block of all addresses of a family: `IPv4` or `IPv6`.
pub fn whole_family(text: &str) -> Option<&'static str> {
    let block = Block::parse(text)?;
    let (name, last) = if block.v6 { ("IPv6", u128::MAX) } else { ("IPv4", u32::MAX.into()) };
    (block.first == 0 && block.last == last).then_some(name)
}

/// The IPv4 address or block that a text in IPv6 is mapped to: `203.0.113.0/24` for `::ffff:203.0.113.0/120`.
pub fn mapped_from(text: &str) -> Option<String> {
    const MAPPED: Block = Block { v6: true, first: 0xffff_0000_0000, last: 0xffff_ffff_ffff };
    let block = Block::parse(text).filter(|block| block.v6)?;
    let within = MAPPED.first <= block.first && block.last <= MAPPED.last;
    let first = within.then(|| Address { v6: false, bits: block.first - MAPPED.first }.text())?;
    let bits = (block.last - block.first).count_ones();
    Some(if bits == 0 { first } else { format!("{first}/{}", 32 - bits) })
}

/// The ranges that no caller's public address lies in (S-KEY-32, U-52).
pub(in super::super) fn private_blocks() -> &'static [Block] {
    static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(|| {
        let blocks = [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
            "::1/128",
        ];
        blocks.into_iter().filter_map(Block::parse).collect()
    });
    &BLOCKS
}

#[cfg(test)]
mod tests {
    use super::{mapped_from, network_of, whole_family};

    #[test]
    fn blocks_are_told_by_what_they_hold() {
        for (text, network) in [
            ("10.0.0.5/8", Some("10.0.0.0/8")),
            ("203.0.113.77/28", Some("203.0.113.64/28")),
            ("1.2.3.4/0", Some("0.0.0.0/0")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("10.0.0.0/8", None),
            ("10.0.0.5/32", None),
            ("10.0.0.5", None),
            ("2001:DB8:0::/32", None),
            ("10.0.0.5/33", None),
            ("x/8", None),
        ] {
            assert_eq!(network_of(text).as_deref(), network, "{text}");
        }
        for (text, family) in [
            ("0.0.0.0/0", Some("IPv4")),
            ("9.9.9.9/0", Some("IPv4")),
            ("::/0", Some("IPv6")),
            ("0.0.0.0/1", None),
            ("0.0.0.0", None),
            ("::/96", None),
        ] {
            assert_eq!(whole_family(text), family, "{text}");
        }
        for (text, mapped) in [
            ("::ffff:203.0.113.5", Some("203.0.113.5")),
            ("::ffff:203.0.113.5/120", Some("203.0.113.0/24")),
            ("::ffff:cb00:7105/128", Some("203.0.113.5")),
            ("::ffff:0:0/96", Some("0.0.0.0/0")),
            ("::/0", None),
            ("::1", None),
            ("203.0.113.5", None),
        ] {
            assert_eq!(mapped_from(text).as_deref(), mapped, "{text}");
        }
    }
}
