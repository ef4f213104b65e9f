//! When answers made from products must be made anew.

use std::sync::Arc;

use vitrine_cache::{Epochs, Stamp};
use vitrine_db::Db;
use vitrine_kernel::{CategoryId, ChangeEvent, ProductId};

/// The epochs of products, and of the categories that stand in their answers.
#[derive(Default)]
pub struct CatalogEpochs {
    products: Epochs,
    categories: Epochs,
}

impl CatalogEpochs {
    /// The stamp of one product's details: they change with the product, and with any category (names, trails).
    pub fn product(&self, id: ProductId) -> Stamp {
        self.products.key(&id) + self.categories.collection()
    }

    /// The stamp of lists: they change with any product and any category.
    pub fn lists(&self) -> Stamp {
        self.products.collection() + self.categories.collection()
    }

    /// Follows what is committed to a database, before it is acknowledged.
    pub fn follow(self: &Arc<Self>, db: &Db) {
        let epochs = Arc::clone(self);
        db.on_commit(Arc::new(move |events| events.iter().for_each(|event| epochs.advance(event))));
    }

    fn advance(&self, event: &ChangeEvent) {
        if event.kind.starts_with("product.") {
            self.products.advance(&ProductId(event.key));
        } else if event.kind.starts_with("category.") {
            self.categories.advance(&CategoryId(event.key));
        }
    }
}
