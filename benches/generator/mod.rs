//! A seeded organisation of any size and realistic shape, written in layout 1 as the AWS CLI would have printed it.
//!
//! `main.rs` is its command line; benchmarks and tests include this file with `#[path]`.

mod account;
mod documents;
pub mod figures;
mod managed;
mod names;
mod organization;
mod principals;
mod random;
mod resources;
mod services;
mod trust;

use figures::Figures;

use random::{Random, Zipf};
use rayon::prelude::*;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// How large an organisation is wanted. Sizes grow linearly with the three counts.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Users and roles, over all accounts. One account holds 5,000 of them, or a quarter if that is less.
    pub principals: usize,
    /// Accounts, the management account included; at least 2.
    pub accounts: usize,
    /// Resources that can have a policy.
    pub resources: usize,
    /// The same seed gives the same organisation, byte for byte.
    pub seed: u64,
}

/// Everything that accounts share.
struct World {
    shape: Shape,
    managed: Vec<managed::ManagedPolicy>,
    popularity: Zipf,
    services: Vec<services::Service>,
}

impl World {
    /// The stream of random numbers for one part of the organisation.
    fn random(&self, part: u64, number: usize) -> Random {
        Random::new(self.shape.seed, part << 48 | number as u64)
    }

    /// How many users and roles account number `account` has. Number 1 is the large one.
    fn principals(&self, account: usize) -> usize {
        let large = (self.shape.principals / 4).min(5_000);
        match account {
            1 => large,
            _ => share(
                self.shape.principals - large,
                self.shape.accounts - 1,
                account - usize::from(account > 1),
            ),
        }
    }

    /// How many of its principals are users; the others are roles.
    fn users(&self, account: usize) -> usize {
        self.principals(account) * 3 / 10
    }

    /// How many of its principals are roles.
    fn roles(&self, account: usize) -> usize {
        self.principals(account) - self.users(account)
    }

    /// How many resources account number `account` has.
    fn resources(&self, account: usize) -> usize {
        share(self.shape.resources, self.shape.accounts, account)
    }
}

/// Part number `part` of `total` split evenly into `parts`.
fn share(total: usize, parts: usize, part: usize) -> usize {
    total * (part + 1) / parts - total * part / parts
}

/// Writes an organisation to the new directory `out`.
///
/// # Errors
/// What the file system reports; an `out` that exists is an error, too.
pub fn generate(shape: &Shape, out: &Path) -> io::Result<Figures> {
    if shape.accounts < 2 || shape.principals < shape.accounts {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "needs at least 2 accounts, and a principal for each",
        ));
    }
    fs::create_dir(out)?;
    let services = services::services();
    let managed = managed::pool(&mut Random::new(shape.seed, 1), &services);
    let world = World { shape: *shape, popularity: Zipf::new(managed.len()), managed, services };
    let mut figures = Figures::default();
    let organization = organization::organization(&world, &mut figures);
    write(&out.join("organization.json"), &organization, &mut figures)?;
    let accounts = (0..shape.accounts).into_par_iter().map(|account| write_account(&world, account, out));
    accounts
        .try_reduce(Figures::default, |left, right| Ok(left.add(right)))
        .map(|accounts| figures.add(accounts))
}

fn write_account(world: &World, account: usize, out: &Path) -> io::Result<Figures> {
    let mut figures = Figures::default();
    let folder = out.join("accounts").join(names::account_id(account));
    fs::create_dir_all(&folder)?;
    let details = account::authorization_details(world, account, &mut figures);
    write(&folder.join("authorization-details.json"), &details, &mut figures)?;
    let resources = resources::resource_policies(world, account, &mut figures);
    write(&folder.join("resource-policies.json"), &resources, &mut figures)?;
    write(&folder.join("account.json"), &account::settings(world, account), &mut figures)?;
    write(&folder.join("identity-providers.json"), &trust::identity_providers(account), &mut figures)?;
    Ok(figures)
}

/// Writes `value` indented by four, as the AWS CLI prints.
fn write(path: &Path, value: &Value, figures: &mut Figures) -> io::Result<()> {
    let mut text = Vec::new();
    serde::Serialize::serialize(
        value,
        &mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    ")),
    )?;
    text.push(b'\n');
    figures.bytes += text.len() as u64;
    figures.files += 1;
    fs::File::create_new(path)?.write_all(&text)
}
