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
