//! What can be done with categories. It decides by the rules of `domain`, keeps in a `store`, and asks the catalog about products;
//! it knows neither HTTP nor SQL.

mod deletion;
mod integrity;
mod maintenance;
mod port;
mod reading;
#[cfg(test)]
mod tests;
mod writing;

use std::sync::Arc;

use vitrine_catalog_api::CatalogPort;

use crate::store::CategoryStore;

pub use crate::store::{DeletePolicy, Exported, Outline, TreeProblem};
pub use port::LocalCategories;
pub use reading::{Located, TreeNode, TreeQuery};

/// The use cases of the category module.
#[derive(Clone)]
pub struct CategoryService {
    store: Arc<dyn CategoryStore>,
    catalog: Arc<dyn CatalogPort>,
    tree_max_nodes: u32,
}

impl CategoryService {
    /// A service over a store. `tree_max_nodes` bounds what one tree shows.
    pub fn new(store: Arc<dyn CategoryStore>, catalog: Arc<dyn CatalogPort>, tree_max_nodes: u32) -> Self {
        Self { store, catalog, tree_max_nodes }
    }
}
