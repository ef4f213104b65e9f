//! The ranking on PostgreSQL: the index finds the products, and each is given its points by what its row says.

use super::{Earnings, WHOLE_NAME, WHOLE_SKU, earnings};
use crate::search::condition::Condition;
use crate::search::plan::Plan;
use crate::search::store::conditions::Selection;
use crate::search::store::sql::{InFields, Sql};

pub(super) fn ranked(selection: &Selection<'_>, plan: &Plan, matching: Condition) -> Sql {
    let mut sql = Sql::new("SELECT p.seq AS seq, (");
    sql.append(points(plan)).push(" + CASE WHEN p.name_key = ").bind(&plan.folded);
    sql.push(" THEN ").bind(WHOLE_NAME);
    sql.push(" ELSE 0 END) * 256 - LEAST(length(p.name_key), 255) AS score FROM catalog_search s");
    if selection.filter.asks_for_columns() {
        sql.push(" JOIN catalog_products p ON p.seq = s.product_seq");
    } else {
        // The row that was found says all: no need to read the product for each of many.
        sql.push(
            " CROSS JOIN LATERAL (SELECT s.product_seq AS seq, s.name_key AS name_key, s.status AS status, \
             CAST(NULL AS BIGINT) AS deleted_at) p",
        );
    }
    selection.append_currency(&mut sql);
    sql.append(selection.conditions_without_text());
    sql.push(" AND catalog_searchable(s.document) @@ ").bind(matching);
    // Computed once, whatever is asked of the score.
    sql.push(" OFFSET 0");
    sql
}

fn points(plan: &Plan) -> Sql {
    let mut sql = Sql::new("(CAST(0 AS BIGINT)");
    for earnings in earnings(plan) {
        append_earnings(&mut sql, earnings);
    }
    sql.push(")");
    let Some(whole_sku) = plan.whole_sku() else { return sql };
    // A product that is meant by its SKU alone is worth that alone.
    if let Some(all) = plan.all_groups().filter(|_| plan.groups.len() > 1) {
        sql.push(" * CASE WHEN s.fields @@ ").bind(InFields(whole_sku.clone()));
        sql.push(" AND NOT catalog_searchable(s.document) @@ ").bind(all).push(" THEN 0 ELSE 1 END");
    }
    sql.push(" + CASE WHEN s.fields @@ ").bind(InFields(whole_sku)).push(" THEN ").bind(WHOLE_SKU);
    sql.push(" ELSE 0 END");
    sql
}

/// The first that is found counts, and they come with the most first.
fn append_earnings(sql: &mut Sql, earnings: Earnings) {
    if earnings.is_empty() {
        return;
    }
    sql.push(" + CASE");
    for (points, found) in earnings {
        sql.push(" WHEN s.fields @@ ").bind(InFields(found)).push(" THEN ").bind(points);
    }
    sql.push(" ELSE 0 END");
}
