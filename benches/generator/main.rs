//! `generate-organization`: writes a seeded organisation of any size as an estate that `entail` can load.
//!
//! `cargo run --release --example generate-organization -- --principals 20000 --accounts 200 --resources 10000 --out DIR`

#[path = "mod.rs"]
mod generator;

use clap::Parser;
use std::io::Write;
use std::path::PathBuf;

/// Writes a made-up AWS organisation of realistic shape, and prints what it is made of
#[derive(Parser)]
struct Arguments {
    /// Users and roles
    #[arg(long, default_value_t = 20_000)]
    principals: usize,
    /// Accounts
    #[arg(long, default_value_t = 200)]
    accounts: usize,
    /// Resources with policies
    #[arg(long, default_value_t = 10_000)]
    resources: usize,
    /// The same seed gives the same organisation, byte for byte
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The directory to write; must not exist
    #[arg(long)]
    out: PathBuf,
}

fn main() -> std::io::Result<()> {
    let Arguments { principals, accounts, resources, seed, out } = Arguments::parse();
    let shape = generator::Shape { principals, accounts, resources, seed };
    let figures = generator::generate(&shape, &out)?;
    write!(std::io::stdout(), "{figures}")
}
