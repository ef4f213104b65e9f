use vitrine_kernel::{Cursor, Failure, Limit, Page, ProductId, Slug, Version};

use super::{CatalogService, ProductDetails};
use crate::domain::{HistoryEntry, Product, ProductStatus};
use crate::store::{ProductKey, SlugMatch};

/// Which products somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Active ones.
    Published,
    /// All.
    All,
}

impl Visibility {
    /// Whether this product is among them.
    pub fn shows(self, product: &Product) -> bool {
        self == Self::All || product.status == ProductStatus::Active
    }
}

/// What a slug leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundBySlug {
    /// The product that has it.
    Current(Box<ProductDetails>),
    /// It is a former one; this is the slug that its product has now.
    Moved(Slug),
}

impl CatalogService {
    /// One product; `None` where there is none that this caller sees.
    pub async fn find(
        &self,
        key: ProductKey,
        visibility: Visibility,
    ) -> Result<Option<ProductDetails>, Failure> {
        match self.store.find(key).await? {
            Some(product) if visibility.shows(&product) => Ok(Some(self.with_categories(product).await?)),
            _ => Ok(None),
        }
    }

    /// One product by its id as it is committed, past any cache.
    pub async fn find_stored(
        &self,
        id: ProductId,
        visibility: Visibility,
    ) -> Result<Option<ProductDetails>, Failure> {
        match self.store.find_stored(id).await? {
            Some(product) if visibility.shows(&product) => Ok(Some(self.with_categories(product).await?)),
            _ => Ok(None),
        }
    }

    /// The product that has or had a slug.
    pub async fn find_by_slug(
        &self,
        slug: Slug,
        visibility: Visibility,
    ) -> Result<Option<FoundBySlug>, Failure> {
        match self.store.find_by_slug(slug).await? {
            Some(SlugMatch::Current(product)) if visibility.shows(&product) => {
                let details = self.with_categories(*product).await?;
                Ok(Some(FoundBySlug::Current(Box::new(details))))
            }
            Some(SlugMatch::Former(product)) if visibility.shows(&product) => {
                Ok(Some(FoundBySlug::Moved(product.slug)))
            }
            _ => Ok(None),
        }
    }

    /// Who changed a product, deleted ones too, newest first.
    ///
    /// Errors: not found when there was never such a product; a bad cursor.
    pub async fn history(
        &self,
        id: ProductId,
        cursor: Option<&str>,
        limit: Limit,
    ) -> Result<Page<HistoryEntry>, Failure> {
        let query = format!("history of {id}");
        let before = match cursor {
            Some(text) => Some(read_position(text, &query)?),
            None => None,
        };
        // One more tells whether there is a next page.
        let mut items = self.store.history(id, before, limit.get() + 1).await?;
        if items.is_empty() && before.is_none() {
            return Err(Failure::not_found("product", id));
        }
        let more = items.len() > limit.as_usize();
        items.truncate(limit.as_usize());
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|entry| Cursor::new(&query, vec![entry.version.0.into()]).encode());
        Ok(Page { items, next_cursor, total: None })
    }

    /// Products that are not deleted, drafts too, in the order they were created in: for an export. Positions are opaque; begin
    /// with 0 and go on with the last one.
    pub async fn products_after(&self, position: i64, limit: u16) -> Result<Vec<(i64, Product)>, Failure> {
        self.store.products_after(position, limit).await
    }
}

fn read_position(text: &str, query: &str) -> Result<Version, Failure> {
    let cursor = Cursor::decode(text, query)?;
    match cursor.keys() {
        [version] => version.as_i64().map(Version),
        _ => None,
    }
    .ok_or_else(|| Cursor::invalid("The cursor does not belong to a history."))
}
