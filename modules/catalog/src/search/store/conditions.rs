//! Which products are meant: filters, full text, and what the caller may see, as SQL.

use vitrine_db::DbId;

use super::sql::Sql;
use crate::search::condition::Condition;
use crate::search::plan::Plan;
use crate::search::request::{AttributeFilter, Bound, FacetName, ProductFilter, Visibility};

/// What products a list is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection<'a> {
    /// The filters.
    pub(crate) filter: &'a ProductFilter,
    /// What the caller may see.
    pub(crate) visibility: Visibility,
    /// The full text looked for.
    pub(crate) plan: Option<&'a Plan>,
    /// A facet's own filter, which it ignores.
    pub(crate) without: Option<&'a FacetName>,
    /// Something is looked for that can't be found.
    pub(crate) impossible: bool,
}

impl Selection<'_> {
    /// ` FROM … `: products as `p`, and as `c` their prices in the currency asked for.
    pub(super) fn source(&self) -> Sql {
        let mut sql = Sql::new(" FROM catalog_products p");
        self.append_currency(&mut sql);
        sql
    }

    /// Joins the prices in the currency asked for, which leaves out products that have none.
    pub(super) fn append_currency(&self, sql: &mut Sql) {
        if let Some(currency) = self.filter.currency {
            sql.push(" JOIN catalog_prices c ON c.product_seq = p.seq AND c.currency = ")
                .bind(currency.code());
        }
    }

    /// The column with the price that filters and sorts compare.
    pub(super) const fn price_column(&self) -> &'static str {
        if self.filter.currency.is_some() { "c.min_key" } else { "p.price_key" }
    }

    /// ` WHERE …`
    pub(super) fn conditions(&self) -> Sql {
        let mut sql = self.conditions_without_text();
        if let Some(matching) = self.plan.and_then(Plan::matching) {
            sql.push(" AND p.seq IN (").append(products_matching(matching)).push(")");
        }
        sql
    }

    /// The same but for the words that must be found: a ranked query starts from those.
    pub(super) fn conditions_without_text(&self) -> Sql {
        let mut sql = Sql::new(" WHERE p.deleted_at IS NULL");
        sql.append(published(self.visibility));
        if self.impossible {
            sql.push(" AND FALSE");
        }
        let ignores = |name: &FacetName| self.without == Some(name);
        let filter = self.filter;
        if let Some(unwanted) = self.plan.and_then(Plan::any_unwanted) {
            sql.push_either(" AND p.seq NOT IN (", " AND NOT EXISTS (SELECT FROM (");
            sql.append(products_matching(unwanted));
            sql.push_either(")", ") unwanted WHERE unwanted.seq = p.seq)");
        }
        if !filter.statuses.is_empty() {
            sql.push(" AND p.status IN ").bind_list(filter.statuses.iter().map(|status| status.name()));
        }
        if !filter.skus.is_empty() {
            sql.push(" AND p.seq IN (SELECT product_seq FROM catalog_skus WHERE sku IN ");
            sql.bind_list(&filter.skus).push(")");
        }
        if let Some(since) = filter.updated_since {
            sql.push(" AND p.updated_at >= ").bind(since.as_millis());
        }
        if !filter.brands.is_empty() && !ignores(&FacetName::Brand) {
            sql.push(" AND p.brand_key IN ").bind_list(&filter.brands);
        }
        if !filter.tags.is_empty() && !ignores(&FacetName::Tag) {
            sql.push(" AND p.seq IN (SELECT product_seq FROM catalog_product_tags WHERE tag_key IN ");
            sql.bind_list(&filter.tags).push(")");
        }
        if let Some(categories) = filter.categories.as_ref().filter(|_| !ignores(&FacetName::Category)) {
            sql.push(
                " AND p.seq IN (SELECT product_seq FROM catalog_product_categories WHERE category_id IN ",
            );
            sql.bind_list(categories.iter().map(|id| DbId::from(*id))).push(")");
        }
        if !ignores(&FacetName::Price) {
            self.append_price(&mut sql);
        }
        for (key, values) in &filter.attributes {
            let own = matches!(self.without, Some(FacetName::Attribute(facet)) if facet == key);
            if !own {
                append_attribute(&mut sql, key, values);
            }
        }
        sql
    }

    fn append_price(&self, sql: &mut Sql) {
        if let Some(min) = self.filter.price_min {
            sql.push(" AND ").push(self.price_column()).push(" >= ").bind(min);
        }
        if let Some(max) = self.filter.price_max {
            sql.push(" AND ").push(self.price_column()).push(" <= ").bind(max);
        }
    }
}

/// `SELECT seq …` of the products whose texts match.
pub(super) fn products_matching(condition: Condition) -> Sql {
    let mut sql = Sql::default();
    sql.push_either(
        "SELECT rowid AS seq FROM catalog_search WHERE catalog_search MATCH ",
        "SELECT product_seq AS seq FROM catalog_search WHERE catalog_searchable(document) @@ ",
    );
    sql.bind(condition);
    sql
}

/// ` AND …`: anonymous callers see what is active.
pub(super) fn published(visibility: Visibility) -> Sql {
    match visibility {
        Visibility::Published => Sql::new(" AND p.status = 'active'"),
        Visibility::All => Sql::default(),
    }
}

/// Values are alternatives; a range narrows them further.
fn append_attribute(sql: &mut Sql, key: &str, filter: &AttributeFilter) {
    if !filter.values.is_empty() {
        begin_attribute(sql, key);
        sql.push(" AND (value_key IN ").bind_list(filter.values.iter().map(|value| &value.key));
        let numbers: Vec<_> = filter.values.iter().filter_map(|value| value.number).collect();
        if !numbers.is_empty() {
            sql.push(" OR number IN ").bind_list(numbers);
        }
        sql.push("))");
    }
    if filter.min.is_none() && filter.max.is_none() {
        return;
    }
    begin_attribute(sql, key);
    for (bound, numbers, dates) in [
        (&filter.min, " AND number >= ", " AND value_key >= "),
        (&filter.max, " AND number <= ", " AND value_key <= "),
    ] {
        match bound {
            Some(Bound::Number(number)) => {
                sql.push(numbers).bind(*number);
            }
            // Dates as ISO 8601 writes them are in the order of their text; other texts are no dates.
            Some(Bound::Date(date)) => {
                sql.push_either(
                    " AND value_key GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'",
                    " AND value_key ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'",
                );
                sql.push(dates).bind(date);
            }
            None => {}
        }
    }
    sql.push(")");
}

fn begin_attribute(sql: &mut Sql, key: &str) {
    sql.push(" AND p.seq IN (SELECT product_seq FROM catalog_product_attributes WHERE key = ").bind(key);
}
