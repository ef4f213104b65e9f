//! What is known of categories while products are checked against them.

use std::collections::{HashMap, HashSet};

use vitrine_category_api::{CategoryKey, CategorySummary};
use vitrine_kernel::{CategoryId, Fault};

use super::CategoryRef;

/// Categories asked for before the work began: a rule that needs another one can say so, instead of asking in the middle of a
/// transaction.
#[derive(Debug, Clone, Default)]
pub struct CategoryDirectory {
    asked: HashSet<CategoryKey>,
    found: HashMap<CategoryKey, CategorySummary>,
}

/// The category module must be asked for these first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAsked(pub Vec<CategoryKey>);

impl CategoryDirectory {
    /// Those of `keys` that have not been asked for, once each.
    pub fn missing(&self, keys: impl IntoIterator<Item = CategoryKey>) -> Vec<CategoryKey> {
        let mut missing: Vec<_> = keys.into_iter().filter(|key| !self.asked.contains(key)).collect();
        let mut seen = HashSet::new();
        missing.retain(|key| seen.insert(key.clone()));
        missing
    }

    /// Notes what the category module said of `keys`.
    pub fn learn(&mut self, keys: Vec<CategoryKey>, found: HashMap<CategoryKey, CategorySummary>) {
        self.asked.extend(keys);
        for (key, summary) in found {
            let by_id = CategoryKey::Id(summary.id);
            if key != by_id {
                self.asked.insert(by_id.clone());
                self.found.insert(by_id, summary.clone());
            }
            self.found.insert(key, summary);
        }
    }

    /// The categories with these ids; those that don't exist are left out.
    ///
    /// Errors: [`NotAsked`].
    pub fn summaries(&self, ids: &[CategoryId]) -> Result<Vec<&CategorySummary>, NotAsked> {
        let keys = || ids.iter().map(|id| CategoryKey::Id(*id));
        let missing = self.missing(keys());
        if !missing.is_empty() {
            return Err(NotAsked(missing));
        }
        Ok(keys().filter_map(|key| self.found.get(&key)).collect())
    }

    /// The ids of the categories that a body names.
    ///
    /// Errors: [`NotAsked`]; and in the inner result, those that don't exist or are named twice.
    pub fn resolve(&self, refs: &[CategoryRef]) -> Result<Result<Vec<CategoryId>, Vec<Fault>>, NotAsked> {
        let missing = self.missing(refs.iter().map(|category| category.key.clone()));
        if !missing.is_empty() {
            return Err(NotAsked(missing));
        }
        let mut ids: Vec<CategoryId> = Vec::with_capacity(refs.len());
        let mut faults = Vec::new();
        for category in refs {
            match self.found.get(&category.key) {
                None => faults.push(Fault::new(
                    &category.pointer,
                    "unknown_category",
                    "there is no such category",
                )),
                Some(found) if ids.contains(&found.id) => {
                    faults.push(Fault::new(&category.pointer, "duplicate", "names a category a second time"));
                }
                Some(found) => ids.push(found.id),
            }
        }
        Ok(if faults.is_empty() { Ok(ids) } else { Err(faults) })
    }
}
