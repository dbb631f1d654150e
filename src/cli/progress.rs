//! How far long work has come, on a terminal.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error, or nothing when that is no terminal.
///
/// Stages follow each other; within one, threads advance it together.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar on standard error, if that is a terminal.
    pub fn on_terminal() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)) }
    }

    /// No bar.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Begins a stage of `total` steps: `reading`, in bytes; `deriving`, in principals. It replaces the stage before.
    pub fn stage(&self, name: impl Into<Cow<'static, str>>, total: u64) {
        let style = ProgressStyle::with_template("{msg:<12} {bar:30} {percent:>3} % {elapsed:>5}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(name);
    }

    /// Some steps of the stage are done.
    pub fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Removes the bar, before anything else is written to the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
