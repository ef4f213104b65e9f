//! From what a body asks for to the next state of a product.

use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, Fault, ProductId, Slug, Timestamp, VariantId, Version};

use super::attribute_rules::{attribute_faults, type_texts};
use super::categories::{CategoryDirectory, NotAsked};
use super::new_product::{point, point_all};
use super::{NewProduct, NewVariant, Product, ProductStatus, Variant};

/// A product about to be written. Version and times are set when it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The product.
    pub product: Product,
    /// Whether its slug was made from the name: a number may be put behind it where it is taken.
    pub slug_is_made: bool,
    shorthand: bool,
}

/// What became of a body under the rules; the inner error lists all faults.
pub type Checked<T> = Result<Result<T, Vec<Fault>>, NotAsked>;

impl Candidate {
    /// A product that doesn't exist yet.
    pub fn create(mut new: NewProduct, directory: &CategoryDirectory) -> Checked<Self> {
        let category_ids = match check(&mut new, directory, None)? {
            Ok(ids) => ids,
            Err(faults) => return Ok(Err(faults)),
        };
        let unknown: Vec<_> = new.variants.iter().enumerate().filter(|(_, v)| v.id.is_some()).collect();
        if !unknown.is_empty() {
            let fault = |at| {
                Fault::new(
                    format!("/variants/{at}/id"),
                    "unknown_variant",
                    "a new product has no variants yet",
                )
            };
            return Ok(Err(unknown.into_iter().map(|(at, _)| fault(at)).collect()));
        }
        let ids = new.variants.iter().map(|_| VariantId::generate()).collect();
        let base = Base {
            id: ProductId::generate(),
            created_at: Timestamp::from_millis(0),
            version: Version::FIRST,
            published_at: None,
            slug: None,
        };
        Ok(Ok(base.with(new, category_ids, ids)))
    }

    /// The next state of a product. Without a slug in the body, it gets one from its name.
    pub fn revise(current: &Product, mut new: NewProduct, directory: &CategoryDirectory) -> Checked<Self> {
        let mut faults = Vec::new();
        let ids = keep_ids(&current.variants, &new, &mut faults);
        let category_ids = match check(&mut new, directory, Some(current))? {
            Ok(category_ids) if faults.is_empty() => category_ids,
            Ok(_) => return Ok(Err(faults)),
            Err(more) => {
                faults.extend(more);
                return Ok(Err(faults));
            }
        };
        let base = Base {
            id: current.id,
            created_at: current.created_at,
            version: current.version.next(),
            published_at: current.published_at,
            slug: Some(&current.slug),
        };
        Ok(Ok(base.with(new, category_ids, ids)))
    }

    /// A product that is as it is: for restoring.
    pub fn unchanged(product: Product) -> Self {
        Self { product, slug_is_made: false, shorthand: false }
    }

    /// Moves a pointer to where the body has what it points to.
    pub fn point(&self, pointer: String) -> String {
        point(self.shorthand, pointer)
    }

    /// Sets the times of this version.
    pub fn stamp(&mut self, now: Timestamp) {
        let product = &mut self.product;
        if product.version == Version::FIRST {
            product.created_at = now;
        }
        product.updated_at = now;
        if product.status == ProductStatus::Active {
            product.published_at.get_or_insert(now);
        }
    }
}

/// What a product has that no body writes.
struct Base<'a> {
    id: ProductId,
    created_at: Timestamp,
    version: Version,
    published_at: Option<Timestamp>,
    slug: Option<&'a Slug>,
}

impl Base<'_> {
    fn with(self, new: NewProduct, category_ids: Vec<CategoryId>, ids: Vec<VariantId>) -> Candidate {
        let slug_is_made = new.slug.is_none();
        let made = || Slug::from_name(&new.name, "product");
        // Its own slug stays where it would be made again, whatever number it has: it is that name's slug.
        let slug = new.slug.clone().unwrap_or_else(made);
        let slug_is_made = slug_is_made && self.slug != Some(&slug);
        let product = Product {
            id: self.id,
            external_id: new.external_id,
            slug,
            name: new.name,
            description: new.description,
            brand: new.brand,
            status: new.status,
            category_ids,
            tags: new.tags,
            attributes: new.attributes,
            options: new.options,
            variants: new.variants.into_iter().zip(ids).map(|(variant, id)| variant.with_id(id)).collect(),
            media: new.media,
            metadata: new.metadata,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.created_at,
            published_at: self.published_at,
        };
        Candidate { product, slug_is_made, shorthand: new.shorthand }
    }
}

impl NewVariant {
    fn with_id(self, id: VariantId) -> Variant {
        Variant {
            id,
            sku: self.sku,
            options: self.options,
            price: self.price,
            compare_at_price: self.compare_at_price,
            prices: self.prices,
            barcode: self.barcode,
            attributes: self.attributes,
        }
    }
}

/// Checks a body against its categories. Only what a change touches is checked again: categories may have got other rules, or
/// gone away, since the product was written, and a new price must not fail over that.
fn check(
    new: &mut NewProduct,
    directory: &CategoryDirectory,
    current: Option<&Product>,
) -> Checked<Vec<CategoryId>> {
    let same_categories = current.is_some_and(|product| names_just(new, &product.category_ids));
    let ids = match current {
        Some(product) if same_categories => product.category_ids.clone(),
        _ => match directory.resolve(&new.categories)? {
            Ok(ids) => ids,
            Err(faults) => return Ok(Err(faults)),
        },
    };
    let is_concerned = |new: &NewProduct| {
        current.is_none_or(|product| product.category_ids != ids || attributes_differ(product, new))
    };
    if new.is_untyped && is_concerned(new) {
        type_texts(&mut new.attributes, &directory.summaries(&ids)?);
        new.is_untyped = false;
    }
    if !is_concerned(new) {
        return Ok(Ok(ids));
    }
    let faults = attribute_faults(new, &directory.summaries(&ids)?);
    Ok(if faults.is_empty() { Ok(ids) } else { Err(point_all(new.shorthand, faults)) })
}

fn names_just(new: &NewProduct, ids: &[CategoryId]) -> bool {
    new.categories.len() == ids.len()
        && new.categories.iter().zip(ids).all(|(category, id)| category.key == CategoryKey::Id(*id))
}

fn attributes_differ(product: &Product, new: &NewProduct) -> bool {
    product.status != new.status
        || product.attributes != new.attributes
        || product.variants.len() != new.variants.len()
        || product
            .variants
            .iter()
            .zip(&new.variants)
            .any(|(old, new)| old.attributes != new.attributes || old.options != new.options)
}

/// The ids of the variants after a change: a variant that says its id keeps it, then one that has the SKU of an existing one,
/// then one with the options of an existing one; others are new.
fn keep_ids(current: &[Variant], new: &NewProduct, faults: &mut Vec<Fault>) -> Vec<VariantId> {
    let mut ids: Vec<Option<VariantId>> = new.variants.iter().map(|variant| variant.id).collect();
    for (at, id) in ids.iter().enumerate() {
        if id.is_some_and(|id| current.iter().all(|variant| variant.id != id)) {
            let pointer = format!("/variants/{at}/id");
            let detail = "is no variant of this product; leave the id out to add a variant";
            faults.push(Fault::new(pointer, "unknown_variant", detail));
        }
    }
    let ways: [SameVariant; 2] = [same_sku, same_options];
    for is_same in ways {
        for at in 0..ids.len() {
            let (Some(None), Some(variant)) = (ids.get(at), new.variants.get(at)) else { continue };
            let free = current.iter().find(|old| is_same(old, variant) && !ids.contains(&Some(old.id)));
            if let (Some(found), Some(slot)) = (free, ids.get_mut(at)) {
                *slot = Some(found.id);
            }
        }
    }
    ids.into_iter().map(|id| id.unwrap_or_else(VariantId::generate)).collect()
}

type SameVariant = fn(&Variant, &NewVariant) -> bool;

fn same_sku(old: &Variant, new: &NewVariant) -> bool {
    old.sku.is_some() && old.sku == new.sku
}

fn same_options(old: &Variant, new: &NewVariant) -> bool {
    old.options == new.options
}
