//! Size limits: a file of at most 800 lines and a function of at most 70, tests and generated code apart. Whoever
//! meets a limit cuts the file in two; there is no list of exceptions.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tree;

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// Collects functions that are too long, but for those in `#[cfg(test)]` modules.
struct LongFunctions {
    found: Vec<(String, usize)>,
}

impl LongFunctions {
    fn check(&mut self, name: &syn::Ident, block: &syn::Block) {
        let lines = block.span().end().line - block.span().start().line + 1;
        if lines > FUNCTION_LINES_MAX {
            self.found.push((name.to_string(), lines));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|cfg| cfg == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.check(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn files_and_functions_stay_small() {
    let mut found = Vec::new();
    for path in tree::rust_files() {
        if tree::is_test_file(&path) {
            continue;
        }
        let text = tree::text(&path);
        let lines = tree::shipped(&text).lines().count();
        if lines > FILE_LINES_MAX {
            found.push(format!("{path}: {lines} lines, more than {FILE_LINES_MAX}"));
        }
        let mut functions = LongFunctions { found: Vec::new() };
        functions.visit_file(&syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}")));
        for (name, lines) in functions.found {
            found.push(format!("{path}: fn {name}: {lines} lines, more than {FUNCTION_LINES_MAX}"));
        }
    }
    assert!(found.is_empty(), "cut these:\n{}", found.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<String> =
        tree::rust_files().into_iter().filter(|path| !tree::text(path).starts_with("//!")).collect();
    assert!(silent.is_empty(), "these files have no //! at their top:\n{}", silent.join("\n"));
}
