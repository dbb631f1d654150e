//! Random stratified programs. The fuzz target of programs makes them, too.

use entail::datalog::program::{Arithmetic, Comparison, Fold, Function, Program, RuleId, Test};
use entail::datalog::text::Value;

use super::build::{Build, E, L, bind, call, compare, fold, is, not, op, word};

/// The relations that facts are of.
const STATED: [(&str, &str); 6] =
    [("edge", "nn"), ("named", "sn"), ("mark", "s"), ("flag", ""), ("lists", "nm"), ("wide", "nnsnn")];

/// The derived relations, each with its level: its rules read others of the level, and under `not` only lower ones.
const DERIVED: [(&str, &str, usize); 8] = [
    ("p", "nn", 0),
    ("q", "n", 0),
    ("r", "sn", 0),
    ("s", "nnn", 1),
    ("t", "nsnn", 1),
    ("on", "", 1),
    ("u", "nnsnn", 2),
    ("v", "ns", 2),
];

const NUMBERS: [&str; 4] = ["A", "B", "C", "D"];
const TEXTS: [&str; 2] = ["S", "T"];

/// Takes choices from bytes, so that fewer and smaller bytes are a simpler program.
struct Choice<'a>(std::slice::Iter<'a, u8>);

impl Choice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |&byte| byte as usize % limit)
    }

    fn of<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices[self.below(choices.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }
}

/// The variables that a body binds.
#[derive(Default)]
struct Bound {
    numbers: Vec<String>,
    texts: Vec<String>,
}

impl Bound {
    fn add(&mut self, variable: &str) {
        let pool = if TEXTS.contains(&variable) || variable.starts_with('S') {
            &mut self.texts
        } else {
            &mut self.numbers
        };
        if !pool.iter().any(|known| known == variable) {
            pool.push(variable.to_owned());
        }
    }
}

fn constant(letter: char, choice: &mut Choice<'_>) -> String {
    match letter {
        'n' => choice.below(5).to_string(),
        _ => choice.of(&["'a", "'b", "'3"]).to_owned(),
    }
}

/// A term of bound variables only.
fn bound_term(letter: char, bound: &Bound, choice: &mut Choice<'_>) -> String {
    let pool = if letter == 'n' { &bound.numbers } else { &bound.texts };
    match pool.is_empty() || choice.one_in(8) {
        true => constant(letter, choice),
        false => pool[choice.below(pool.len())].clone(),
    }
}

fn positive(level: usize, bound: &mut Bound, choice: &mut Choice<'_>) -> L {
    let derived = DERIVED.iter().filter(|(.., of)| *of <= level).map(|(name, types, _)| (*name, *types));
    let readable: Vec<(&str, &str)> = derived.chain(STATED).collect();
    let (name, types) = readable[choice.below(readable.len())];
    let mut text = name.to_owned();
    for letter in types.chars() {
        let term = match (letter, choice.below(8)) {
            ('m', _) | (_, 6) => "_".to_owned(),
            (_, 7) => constant(letter, choice),
            ('n', _) => choice.of(&NUMBERS).to_owned(),
            _ => choice.of(&TEXTS).to_owned(),
        };
        if term.starts_with(char::is_uppercase) {
            bound.add(&term);
        }
        text += &format!(" {term}");
    }
    is(&text)
}

fn negative(level: usize, bound: &Bound, choice: &mut Choice<'_>) -> L {
    let derived = DERIVED.iter().filter(|(.., of)| *of < level).map(|(name, types, _)| (*name, *types));
    let readable: Vec<(&str, &str)> = derived.chain(STATED).collect();
    let (name, types) = readable[choice.below(readable.len())];
    let mut text = name.to_owned();
    for letter in types.chars() {
        let any = letter == 'm' || choice.one_in(4);
        text += &format!(" {}", if any { "_".to_owned() } else { bound_term(letter, bound, choice) });
    }
    not(&text)
}

fn test(bound: &Bound, choice: &mut Choice<'_>) -> L {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    let texts: [fn(entail::datalog::program::Expression, entail::datalog::program::Expression) -> Test; 4] =
        [Test::Like, Test::StartsWith, Test::EndsWith, Test::Contains];
    match choice.below(4) {
        0 | 1 => {
            let comparison = [Less, AtMost, NotEqual, Equal, Greater, AtLeast][choice.below(6)];
            let letter = if choice.one_in(4) { 's' } else { 'n' };
            let (left, right) = (bound_term(letter, bound, choice), bound_term(letter, bound, choice));
            compare(&left, comparison, &right)
        }
        2 => {
            let (left, right) =
                (word(&bound_term('s', bound, choice)), word(choice.of(&["'*", "'a*", "'?"])));
            let test = texts[choice.below(4)];
            if choice.one_in(2) { L::NotTest(test, left, right) } else { L::Test(test, left, right) }
        }
        _ => {
            let numbers = E::Value(Value::List([Value::Number(1), Value::Number(3)].into()));
            let left = word(&bound_term('n', bound, choice));
            match choice.one_in(2) {
                true => L::NotTest(Test::In, left, numbers),
                false => L::Test(Test::In, left, numbers),
            }
        }
    }
}

/// Literals that bind a new variable; numbers stay small, so that recursion ends.
fn binding(level: usize, number: usize, bound: &mut Bound, choice: &mut Choice<'_>) -> Vec<L> {
    let new = format!("N{number}");
    let numbered = |literal: L, bound: &mut Bound| {
        bound.add(&new);
        vec![literal, compare(&new, Comparison::Less, "9"), compare(&new, Comparison::Greater, "-9")]
    };
    match choice.below(6) {
        0 => {
            let operation = [Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply][choice.below(3)];
            let (left, right) = (bound_term('n', bound, choice), bound_term('n', bound, choice));
            numbered(bind(&new, op(&left, operation, &right)), bound)
        }
        1 => {
            let text = bound_term('s', bound, choice);
            let function = [Function::Number, Function::Length][choice.below(2)];
            numbered(bind(&new, call(function, &text)), bound)
        }
        2 => {
            let list = format!("L{number}");
            let of = bound_term('n', bound, choice);
            let each = L::Each(new.clone(), word(&list));
            let mut literals = vec![is(&format!("lists {of} {list}"))];
            literals.extend(numbered(each, bound));
            literals
        }
        3 => {
            let text = format!("S{number}");
            let upper = bind(&text, call(Function::Upper, &bound_term('s', bound, choice)));
            bound.add(&text);
            vec![upper]
        }
        4 => {
            // A variable for a variable, either way round.
            let known = bound_term('n', bound, choice);
            numbered(bind(&new, word(&known)), bound)
        }
        _ => {
            let how = [Fold::Count, Fold::Sum, Fold::Min, Fold::Max][choice.below(4)];
            let group = bound_term('n', bound, choice);
            let name = if level > 0 && choice.one_in(2) { "p" } else { "edge" };
            let local = format!("X{number}");
            let mut body = vec![is(&format!("{name} {group} {local}"))];
            if choice.one_in(2) {
                body.push(is(&format!("edge {local} Y{number}")));
            }
            if choice.one_in(3) {
                body.push(not(&format!("edge {local} {group}")));
            }
            numbered(fold(&new, how, &local, body), bound)
        }
    }
}

/// The program that bytes choose.
pub fn program(bytes: &[u8]) -> Program {
    let mut choice = Choice(bytes.iter());
    let mut build = Build::default();
    for (name, types) in STATED {
        build.relation(&format!("{name} {types}"));
    }
    for (name, types, _) in DERIVED {
        build.relation(&format!("{name} {types}"));
    }
    for _ in 0..choice.below(14) {
        let (name, types) = STATED[choice.below(STATED.len())];
        let mut row = Vec::new();
        for letter in types.chars() {
            row.push(match letter {
                'n' => Value::Number(choice.below(5) as i64),
                's' => Value::text(choice.of(&["a", "b", "3"])),
                _ => {
                    Value::List((0..choice.below(3)).map(|_| Value::Number(choice.below(5) as i64)).collect())
                }
            });
        }
        let relation = build.id(name);
        build.row(relation, row);
    }
    for _ in 0..1 + choice.below(9) {
        let (name, types, level) = DERIVED[choice.below(DERIVED.len())];
        let mut bound = Bound::default();
        let mut body: Vec<L> =
            (0..1 + choice.below(3)).map(|_| positive(level, &mut bound, &mut choice)).collect();
        for number in 0..choice.below(3) {
            body.extend(binding(level, number, &mut bound, &mut choice));
        }
        body.extend((0..choice.below(2)).map(|_| negative(level, &bound, &mut choice)));
        body.extend((0..choice.below(2)).map(|_| test(&bound, &mut choice)));
        let terms = types.chars().map(|letter| format!(" {}", bound_term(letter, &bound, &mut choice)));
        let head = name.to_owned() + &terms.collect::<String>();
        let swap = choice.below(body.len());
        body.swap(0, swap);
        build.rule(&head, body);
    }
    build.finish()
}

/// The program with rules, literals, facts in the opposite order.
pub fn reversed(program: &Program) -> Program {
    let mut program = program.clone();
    program.facts.reverse();
    let last = program.rules.len() as u32 - 1;
    program.rules.reverse();
    for rule in &mut program.rules {
        rule.body.reverse();
    }
    for stratum in &mut program.strata {
        for rule in &mut stratum.rules {
            *rule = RuleId(last - rule.0);
        }
    }
    program
}
