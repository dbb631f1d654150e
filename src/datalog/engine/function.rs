//! Expressions and tests over batches.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::columns::Columns;
use super::interner::{Full, Interner, ValueId};
use super::limits::{Limits, RunErrorKind};
use super::prepare::{Check, Expr, How};
use super::text;
use crate::datalog::program::{Arithmetic, Comparison, Function};
use crate::datalog::text::Value;

/// Computes values and interns them.
pub(super) struct Evaluator<'a> {
    pub(super) interner: &'a mut Interner,
    pub(super) limits: &'a Limits,
    /// Bytes of the texts computed so far.
    pub(super) text_bytes: &'a mut u64,
    pub(super) now: &'a Value,
}

/// For each row the value, where there is one.
type Computed = Vec<Option<ValueId>>;

impl Evaluator<'_> {
    /// The values of an expression for the rows of a batch, whose columns hold the variables `input`.
    pub(super) fn values(
        &mut self,
        expression: &Expr,
        input: &[u32],
        batch: &Columns,
    ) -> Result<Computed, RunErrorKind> {
        match expression {
            Expr::Constant(value) => Ok(vec![Some(*value); batch.len()]),
            Expr::Variable(variable) => {
                let column = input.iter().position(|other| other == variable).ok_or(RunErrorKind::Unbound)?;
                Ok(batch.column(column).iter().copied().map(Some).collect())
            }
            Expr::Arithmetic(operation, left, right) => {
                let operands = [self.values(left, input, batch)?, self.values(right, input, batch)?];
                self.each_distinct(&operands, batch.len(), |_, of| match of {
                    [left, right] => arithmetic(*operation, number(left)?, number(right)?).map(Some),
                    _ => Ok(None),
                })
            }
            Expr::Join(left, right) => {
                let operands = [self.values(left, input, batch)?, self.values(right, input, batch)?];
                self.each_distinct(&operands, batch.len(), |room, of| match of {
                    [left, right] => {
                        let (left, right) = (string(left)?, string(right)?);
                        room.take(left.len() + right.len())?;
                        Ok(Some(Value::text(&format!("{left}{right}"))))
                    }
                    _ => Ok(None),
                })
            }
            Expr::Call(Function::Now, _) => {
                let now = self.interner.intern(self.now).map_err(|full| self.full(full))?;
                Ok(vec![Some(now); batch.len()])
            }
            Expr::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.values(argument, input, batch));
                let arguments: Vec<Computed> = arguments.collect::<Result<_, _>>()?;
                self.each_distinct(&arguments, batch.len(), |room, of| call(*function, of, room))
            }
        }
    }

    fn full(&self, _: Full) -> RunErrorKind {
        RunErrorKind::Values { limit: self.limits.values }
    }

    /// Computes a value for each row, once for rows whose arguments are the same.
    fn each_distinct(
        &mut self,
        arguments: &[Computed],
        len: usize,
        mut compute: impl FnMut(&mut Room<'_>, &[&Value]) -> Result<Option<Value>, RunErrorKind>,
    ) -> Result<Computed, RunErrorKind> {
        let mut known: HashMap<[Option<ValueId>; 3], Option<ValueId>, FxBuildHasher> = HashMap::default();
        let mut out = Vec::with_capacity(len);
        for row in 0..len {
            let mut key = [None; 3];
            for (place, argument) in key.iter_mut().zip(arguments) {
                *place = argument[row];
            }
            let given = &key[..arguments.len().min(3)];
            if given.contains(&None) {
                out.push(None);
                continue;
            }
            if let Some(&known) = known.get(&key) {
                out.push(known);
                continue;
            }
            let values: Vec<&Value> = given.iter().flatten().map(|&id| self.interner.value(id)).collect();
            let mut room = Room { spent: self.text_bytes, limit: self.limits.text_bytes };
            let computed = match compute(&mut room, &values)? {
                Some(value) => Some(self.interner.intern(&value).map_err(|full| self.full(full))?),
                None => None,
            };
            known.insert(key, computed);
            out.push(computed);
        }
        Ok(out)
    }

    /// The rows of a batch that pass a test.
    pub(super) fn passing(
        &mut self,
        check: &Check,
        input: &[u32],
        batch: &Columns,
    ) -> Result<Vec<u32>, RunErrorKind> {
        let left = self.values(&check.left, input, batch)?;
        let right = self.values(&check.right, input, batch)?;
        let mut known: HashMap<(ValueId, ValueId), bool, FxBuildHasher> = HashMap::default();
        let mut rows = Vec::new();
        for (row, sides) in left.into_iter().zip(right).enumerate() {
            let (Some(left), Some(right)) = sides else { continue };
            let passes = match check.how {
                How::Compare(Comparison::Equal) => left == right,
                How::Compare(Comparison::NotEqual) => left != right,
                _ => match known.get(&(left, right)) {
                    Some(&passes) => passes,
                    None => {
                        let (x, y) = (self.interner.value(left), self.interner.value(right));
                        // Without a value for a test it fails, negated or not: as if it said the opposite of `negated`.
                        let passes = holds(check.how, x, y)?.unwrap_or(check.negated);
                        known.insert((left, right), passes);
                        passes
                    }
                },
            };
            if passes != check.negated {
                rows.push(row as u32);
            }
        }
        Ok(rows)
    }
}

/// Whether a test holds of two values; nothing if one of them is not what the test reads it as.
fn holds(how: How, left: &Value, right: &Value) -> Result<Option<bool>, RunErrorKind> {
    let texts = || Ok::<_, RunErrorKind>((string(left)?, string(right)?));
    Ok(match how {
        How::Compare(comparison) => {
            let order = left.cmp(right);
            Some(match comparison {
                Comparison::Equal => order.is_eq(),
                Comparison::NotEqual => order.is_ne(),
                Comparison::Less => order.is_lt(),
                Comparison::AtMost => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::AtLeast => order.is_ge(),
            })
        }
        How::In => Some(list(right)?.contains(left)),
        How::Like => texts().map(|(text, glob)| Some(text::like(text, glob)))?,
        How::StartsWith => texts().map(|(text, part)| Some(text.starts_with(part)))?,
        How::EndsWith => texts().map(|(text, part)| Some(text.ends_with(part)))?,
        How::Contains => texts().map(|(text, part)| Some(text.contains(part)))?,
        How::InCidr => texts().map(|(address, block)| text::in_cidr(address, block))?,
        How::Before => texts().map(|(one, other)| Some(text::moment(one)? < text::moment(other)?))?,
    })
}

/// What is left for computed texts.
struct Room<'a> {
    spent: &'a mut u64,
    limit: u64,
}

impl Room<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), RunErrorKind> {
        *self.spent = self.spent.saturating_add(bytes as u64);
        if *self.spent > self.limit { Err(RunErrorKind::TextBytes { limit: self.limit }) } else { Ok(()) }
    }
}

fn call(function: Function, of: &[&Value], room: &mut Room<'_>) -> Result<Option<Value>, RunErrorKind> {
    let arn = |text: &str, field: usize, room: &mut Room<'_>| match text::arn_field(text, field) {
        Some(field) => room.take(field.len()).map(|()| Some(Value::text(field))),
        None => Ok(None),
    };
    match (function, of) {
        (Function::Length, [Value::List(elements)]) => Ok(Some(Value::Number(elements.len() as i64))),
        (Function::Length, [text]) => Ok(Some(Value::Number(string(text)?.chars().count() as i64))),
        (Function::Lower | Function::Upper, [text]) => {
            let text = string(text)?;
            // A character has at most three in the other case.
            room.take(text.len())?;
            let cased = if function == Function::Lower { text.to_lowercase() } else { text.to_uppercase() };
            Ok(Some(Value::text(&cased)))
        }
        (Function::Replace, [text, from, to]) => {
            let (text, from, to) = (string(text)?, string(from)?, string(to)?);
            if from.is_empty() {
                return Ok(Some(Value::text(text)));
            }
            let found = text.matches(from).count();
            room.take((text.len() - found * from.len()).saturating_add(found.saturating_mul(to.len())))?;
            Ok(Some(Value::text(&text.replace(from, to))))
        }
        (Function::ArnPartition, [text]) => arn(string(text)?, 1, room),
        (Function::ArnService, [text]) => arn(string(text)?, 2, room),
        (Function::ArnRegion, [text]) => arn(string(text)?, 3, room),
        (Function::ArnAccount, [text]) => arn(string(text)?, 4, room),
        (Function::ArnResource, [text]) => arn(string(text)?, 5, room),
        (Function::Text, [value]) => match value {
            Value::Text(text) | Value::Symbol(text) => Ok(Some(Value::Text(text.clone()))),
            Value::Number(number) => Ok(Some(Value::text(&number.to_string()))),
            Value::Boolean(boolean) => Ok(Some(Value::text(if *boolean { "true" } else { "false" }))),
            Value::List(_) => Err(mismatch("a number or a word", value)),
        },
        (Function::Number, [text]) => Ok(string(text)?.parse().ok().map(Value::Number)),
        (Function::DaysBetween, [from, to]) => {
            Ok(text::days_between(string(from)?, string(to)?).map(Value::Number))
        }
        _ => Err(RunErrorKind::Type { expected: "another number of arguments", found: "a call" }),
    }
}

fn arithmetic(operation: Arithmetic, left: i64, right: i64) -> Result<Value, RunErrorKind> {
    let (result, operator) = match operation {
        Arithmetic::Add => (left.checked_add(right), '+'),
        Arithmetic::Subtract => (left.checked_sub(right), '-'),
        Arithmetic::Multiply => (left.checked_mul(right), '*'),
        Arithmetic::Divide | Arithmetic::Remainder if right == 0 => {
            let operator = if operation == Arithmetic::Divide { '/' } else { '%' };
            return Err(RunErrorKind::DivisionByZero { left, operator });
        }
        Arithmetic::Divide => (left.checked_div(right), '/'),
        // The remainder by -1 is 0, also where the quotient is beyond 64 bits.
        Arithmetic::Remainder => (Some(left.wrapping_rem(right)), '%'),
    };
    result.map(Value::Number).ok_or(RunErrorKind::Overflow { left, operator, right })
}

fn mismatch(expected: &'static str, found: &Value) -> RunErrorKind {
    RunErrorKind::Type { expected, found: found.kind() }
}

pub(super) fn number(value: &Value) -> Result<i64, RunErrorKind> {
    if let Value::Number(number) = value { Ok(*number) } else { Err(mismatch("a number", value)) }
}

fn string(value: &Value) -> Result<&str, RunErrorKind> {
    match value {
        Value::Text(text) | Value::Symbol(text) => Ok(text),
        _ => Err(mismatch("text in quotes", value)),
    }
}

pub(super) fn list(value: &Value) -> Result<&[Value], RunErrorKind> {
    if let Value::List(elements) = value { Ok(elements) } else { Err(mismatch("a list", value)) }
}
