//! Sets of accounts that may own a resource: finite, or everything but finitely many.

use super::interner::Interner;

/// A twelve-digit account id.
pub type AccountNumber = u64;

/// An interned set of owning accounts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct OwnerId(u32);

impl OwnerId {
    /// The id as an index into a table with room for every id of the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// No account.
    pub const NOBODY: OwnerId = OwnerId(0);
    /// Any account, or none at all (a resource of AWS's own).
    pub const ANY: OwnerId = OwnerId(1);
}

/// The accounts in an owner set, each list sorted and without repeats.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// Exactly these accounts.
    Only(Box<[AccountNumber]>),
    /// Every account but these.
    AllBut(Box<[AccountNumber]>),
}

/// The arena of owner sets.
pub struct Owners {
    sets: Interner<Owner>,
}

impl Owners {
    /// An arena with [`OwnerId::NOBODY`] and [`OwnerId::ANY`].
    pub fn new() -> Self {
        let sets = Interner::new();
        sets.intern(Owner::Only(Box::default()));
        sets.intern(Owner::AllBut(Box::default()));
        Self { sets }
    }

    /// Exactly these accounts.
    pub fn only(&self, accounts: impl IntoIterator<Item = AccountNumber>) -> OwnerId {
        self.intern(Owner::Only(sorted(accounts)))
    }

    /// The accounts behind an id.
    pub fn get(&self, id: OwnerId) -> &Owner {
        self.sets.get(id.0)
    }

    /// Whether `account` is in the set; an unknown owner (`None`) is in every co-finite set.
    pub fn contains(&self, id: OwnerId, account: Option<AccountNumber>) -> bool {
        match (self.get(id), account) {
            (Owner::Only(accounts), Some(account)) => accounts.binary_search(&account).is_ok(),
            (Owner::Only(_), None) => false,
            (Owner::AllBut(accounts), Some(account)) => accounts.binary_search(&account).is_err(),
            (Owner::AllBut(_), None) => true,
        }
    }

    /// The accounts in both sets.
    pub fn meet(&self, a: OwnerId, b: OwnerId) -> OwnerId {
        if a == b || b == OwnerId::ANY {
            return a;
        }
        if a == OwnerId::ANY {
            return b;
        }
        let within = |list: &[AccountNumber], account: &AccountNumber| list.binary_search(account).is_ok();
        self.intern(match (self.get(a), self.get(b)) {
            (Owner::Only(a), Owner::Only(b)) => {
                Owner::Only(a.iter().filter(|x| within(b, x)).copied().collect())
            }
            (Owner::Only(only), Owner::AllBut(but)) | (Owner::AllBut(but), Owner::Only(only)) => {
                Owner::Only(only.iter().filter(|x| !within(but, x)).copied().collect())
            }
            (Owner::AllBut(a), Owner::AllBut(b)) => Owner::AllBut(sorted(a.iter().chain(b).copied())),
        })
    }

    /// The accounts that are not in the set.
    pub fn complement(&self, a: OwnerId) -> OwnerId {
        self.intern(match self.get(a) {
            Owner::Only(accounts) => Owner::AllBut(accounts.clone()),
            Owner::AllBut(accounts) => Owner::Only(accounts.clone()),
        })
    }

    /// The accounts of `a` that are not in `b`.
    pub fn difference(&self, a: OwnerId, b: OwnerId) -> OwnerId {
        if a == b || a == OwnerId::NOBODY || b == OwnerId::ANY {
            return OwnerId::NOBODY;
        }
        if b == OwnerId::NOBODY {
            return a;
        }
        self.meet(a, self.complement(b))
    }

    fn intern(&self, owner: Owner) -> OwnerId {
        OwnerId(self.sets.intern(owner))
    }
}

impl Default for Owners {
    fn default() -> Self {
        Self::new()
    }
}

fn sorted(accounts: impl IntoIterator<Item = AccountNumber>) -> Box<[AccountNumber]> {
    let mut accounts: Vec<_> = accounts.into_iter().collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts.into()
}
